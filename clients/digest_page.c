/* The page, and how it looks as plain text and as Markdown. */
#include "digest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE 100u /* columns of running text */

static void *grown(void *p, size_t n, size_t size)
{
    if (n > 0 && (n & (n - 1)) != 0) /* room for a power of two is there */
        return p;
    void *more = realloc(p, (n > 0 ? 2 * n : 1) * size);
    if (!more)
        abort();
    return more;
}

static char *copy(const char *text)
{
    char *c = strdup(text);
    if (!c)
        abort();
    return c;
}

struct page *page_new(const char *title, bool english)
{
    struct page *p = calloc(1, sizeof(*p));
    if (!p)
        abort();
    p->title = copy(title);
    p->english = english;
    return p;
}

static void block_free(struct block *b)
{
    for (size_t i = 0; i < b->cells_n; i++)
        free(b->cells[i]);
    for (size_t i = 0; i < b->bars_n; i++)
        free(b->bars[i].name);
    free(b->text);
    free(b->one);
    free(b->other);
    free(b->cells);
    free(b->right);
    free(b->bars);
    free(b->hours);
}

void page_free(struct page *p)
{
    for (size_t i = 0; i < p->blocks_n; i++)
        block_free(&p->blocks[i]);
    free(p->blocks);
    free(p->title);
    free(p);
}

static struct block *add(struct page *p, enum block_kind kind, const char *text)
{
    p->blocks = grown(p->blocks, p->blocks_n, sizeof(*p->blocks));
    struct block *b = &p->blocks[p->blocks_n++];
    *b = (struct block){.kind = kind, .text = copy(text)};
    return b;
}

static struct block *last(const struct page *p)
{
    return &p->blocks[p->blocks_n - 1];
}

void page_head(struct page *p, const char *text)
{
    add(p, BLOCK_HEAD, text);
}

void page_text(struct page *p, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    if (vasprintf(&text, lang_text(p->english, format), args) < 0)
        abort();
    va_end(args);
    add(p, BLOCK_TEXT, text);
    free(text);
}

static void put_cell(struct block *b, const char *text)
{
    char clean[512];
    b->cells = grown(b->cells, b->cells_n, sizeof(*b->cells));
    b->cells[b->cells_n++] = copy(tool_clean(text, clean, sizeof(clean)));
}

void page_table(struct page *p, const char *headings)
{
    struct block *b = add(p, BLOCK_TABLE, "");
    char *all = copy(headings), *rest = all, *one;
    while ((one = strsep(&rest, "|"))) {
        b->right = grown(b->right, b->columns, sizeof(*b->right));
        b->right[b->columns++] = *one == '>';
        put_cell(b, one + (*one == '>'));
    }
    free(all);
}

void page_row(struct page *p, const char *const cells[])
{
    struct block *b = last(p);
    for (size_t i = 0; i < b->columns; i++)
        put_cell(b, cells[i] ? cells[i] : "");
}

bool page_rows(const struct page *p)
{
    return last(p)->cells_n > last(p)->columns;
}

void page_bars(struct page *p, const char *caption, const char *one, const char *other)
{
    struct block *b = add(p, BLOCK_BARS, caption);
    b->one = copy(one);
    b->other = other ? copy(other) : NULL;
}

void page_bar(struct page *p, const char *name, int64_t value, int64_t second)
{
    struct block *b = last(p);
    char clean[128];
    b->bars = grown(b->bars, b->bars_n, sizeof(*b->bars));
    b->bars[b->bars_n++] =
        (struct bar){copy(tool_clean(name, clean, sizeof(clean))), value, second};
}

void page_grid(struct page *p, const char *caption, const int64_t *hours)
{
    struct block *b = add(p, BLOCK_GRID, caption);
    if (!(b->hours = calloc(168, sizeof(*hours))))
        abort();
    memcpy(b->hours, hours, 168 * sizeof(*hours));
}

/* ---- plain text ---- */

static size_t width(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void pad(FILE *out, size_t n)
{
    while (n-- > 0)
        fputc(' ', out);
}

static void text_table(const struct block *b, FILE *out)
{
    size_t rows = b->cells_n / b->columns, *wide = calloc(b->columns, sizeof(*wide));
    if (!wide)
        abort();
    for (size_t i = 0; i < b->cells_n; i++)
        if (width(b->cells[i]) > wide[i % b->columns])
            wide[i % b->columns] = width(b->cells[i]);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < b->columns; c++) {
            const char *cell = b->cells[r * b->columns + c];
            size_t room = wide[c] - width(cell);
            if (b->right[c])
                pad(out, room);
            fputs(cell, out);
            if (!b->right[c] && c + 1 < b->columns)
                pad(out, room);
            fputs(c + 1 < b->columns ? "  " : "\n", out);
        }
    }
    free(wide);
}

/* Words broken into lines. */
static void text_lines(const char *text, FILE *out)
{
    size_t column = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        char word[256];
        snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : sizeof(word) - 1), text);
        if (column > 0 && column + 1 + width(word) > LINE) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s", column > 0 ? " " : "");
        fputs(word, out);
        column += width(word);
        text += n + strspn(text + n, " ");
    }
    fputc('\n', out);
}

static void underline(const char *text, char with, FILE *out)
{
    fprintf(out, "%s\n", text);
    for (size_t n = width(text); n > 0; n--)
        fputc(with, out);
    fputs("\n", out);
}

static void text_block(const struct block *b, FILE *out)
{
    if (b->kind == BLOCK_BARS || b->kind == BLOCK_GRID)
        return;
    fputc('\n', out);
    if (b->kind == BLOCK_HEAD)
        underline(b->text, '-', out);
    else if (b->kind == BLOCK_TEXT)
        text_lines(b->text, out);
    else
        text_table(b, out);
}

/* ---- Markdown ---- */

static void md_cell(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (strchr("|\\`*_<>[]", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void md_table(const struct block *b, FILE *out)
{
    for (size_t i = 0; i < b->cells_n; i++) {
        bool end = i % b->columns == b->columns - 1;
        fputs("| ", out);
        md_cell(b->cells[i], out);
        fputs(end ? " |\n" : " ", out);
        for (size_t c = 0; i + 1 == b->columns && c < b->columns; c++)
            fprintf(out, "|%s%s", b->right[c] ? "---:" : "---", c + 1 == b->columns ? "|\n" : "");
    }
}

static void md_block(const struct block *b, FILE *out)
{
    if (b->kind == BLOCK_BARS || b->kind == BLOCK_GRID)
        return;
    fputc('\n', out);
    if (b->kind == BLOCK_TABLE) {
        md_table(b, out);
        return;
    }
    fputs(b->kind == BLOCK_HEAD ? "## " : "", out);
    md_cell(b->text, out);
    fputc('\n', out);
}

void page_print(const struct page *p, enum digest_form form, FILE *out)
{
    if (form == DIGEST_HTML) {
        page_html(p, out);
        return;
    }
    if (form == DIGEST_MD) {
        fputs("# ", out);
        md_cell(p->title, out);
        fputc('\n', out);
    } else {
        underline(p->title, '=', out);
    }
    for (size_t i = 0; i < p->blocks_n; i++)
        (form == DIGEST_MD ? md_block : text_block)(&p->blocks[i], out);
}
