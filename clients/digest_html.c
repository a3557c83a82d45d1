/* The page as one HTML file that needs nothing else, on a screen and on paper. */
#include "digest.h"

#include <string.h>

static const char STYLE[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem;border-bottom:3px solid #0b6b3a;padding-bottom:.4rem}"
    "h2{font-size:1.15rem;margin:1.8rem 0 .5rem}"
    "table{border-collapse:collapse;width:100%;font-size:.85rem;margin:.5rem 0 1rem}"
    "th,td{border-bottom:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "th{background:#f0f4f1}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "figure{margin:1rem 0}figcaption{font-size:.85rem;color:#444}"
    "@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}"
    "tr,figure{break-inside:avoid}th{background:none}}";

void page_escape(const char *text, FILE *out)
{
    static const char special[] = "<>&\"'";
    static const char *const as[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
    for (; *text; text++) {
        const char *at = strchr(special, *text);
        if (at)
            fputs(as[at - special], out);
        else
            fputc(*text, out);
    }
}

static void element(const char *name, const char *attributes, const char *text, FILE *out)
{
    fprintf(out, "<%s%s>", name, attributes);
    page_escape(text, out);
    fprintf(out, "</%s>", name);
}

static void html_table(const struct block *b, FILE *out)
{
    size_t rows = b->cells_n / b->columns;
    fputs("<table>\n", out);
    for (size_t r = 0; r < rows; r++) {
        fputs(r == 0 ? "<thead><tr>" : "<tr>", out);
        for (size_t c = 0; c < b->columns; c++)
            element(r == 0 ? "th" : "td", b->right[c] ? " class=\"n\"" : "",
                    b->cells[r * b->columns + c], out);
        fputs(r == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
}

static void html_block(const struct page *p, const struct block *b, FILE *out)
{
    switch (b->kind) {
    case BLOCK_HEAD:
        element("h2", "", b->text, out);
        fputc('\n', out);
        return;
    case BLOCK_TEXT:
        element("p", "", b->text, out);
        fputc('\n', out);
        return;
    case BLOCK_TABLE:
        html_table(b, out);
        return;
    default:
        fputs("<figure>\n", out);
        page_svg(p, b, out);
        element("figcaption", "", b->text, out);
        fputs("</figure>\n", out);
    }
}

void page_html(const struct page *p, FILE *out)
{
    fprintf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"/>\n",
            lang_name(p->english));
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n", out);
    element("title", "", p->title, out);
    fprintf(out, "\n<style>%s</style></head>\n<body>\n", STYLE);
    element("h1", "", p->title, out);
    fputc('\n', out);
    for (size_t i = 0; i < p->blocks_n; i++)
        html_block(p, &p->blocks[i], out);
    fputs("</body>\n</html>\n", out);
}
