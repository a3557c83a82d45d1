/* Help: usage line, one sentence, real examples, grouped options, exit codes. */
#include <string.h>

#include "tool_options.h"

#define COLUMN 30 /* where the texts begin */
#define WIDTH_MIN 60
#define WIDTH_MAX 100

static int width(void)
{
    int n = tool_screen_width(80);
    return n < WIDTH_MIN ? WIDTH_MIN : n > WIDTH_MAX ? WIDTH_MAX : n;
}

/* Screen columns of the first n bytes, near enough for our own texts. */
static int columns(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* Words of a text from column `at` on, broken before the width and indented. */
static void print_wrapped(const char *text, int at, int indent)
{
    int most = width() - 1;
    bool first = true;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        int need = columns(p, n) + !first;
        if (!first && at + need > most) {
            printf("\n%*s", indent, "");
            at = indent;
            need--;
            first = true;
        }
        printf("%s%.*s", first ? "" : " ", (int)n, p);
        at += need;
        first = false;
        p += n + strspn(p + n, " ");
    }
    putchar('\n');
}

static void print_option(struct tool *t, const struct tool_option *o)
{
    char left[96];
    if (tool_option_short(o) && o->name)
        snprintf(left, sizeof(left), "  -%c, --%s%s%s", o->key, o->name, o->arg ? "=" : "",
                 o->arg ? tool_text(t, o->arg) : "");
    else if (o->name)
        snprintf(left, sizeof(left), "      --%s%s%s", o->name, o->arg ? "=" : "",
                 o->arg ? tool_text(t, o->arg) : "");
    else
        snprintf(left, sizeof(left), "  -%c %s", o->key, o->arg ? tool_text(t, o->arg) : "");
    int at = printf("%s", left);
    if (at >= COLUMN - 1) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", COLUMN - at, "");
    print_wrapped(tool_text(t, o->help), COLUMN, COLUMN);
}

/* The verb has an option of its own by that name. */
static bool replaced(const struct tool_usage *usage, const struct tool_option *o)
{
    for (const struct tool_option *own = usage->options; own && (own->name || own->help); own++)
        if (own != o && own->name && o->name && strcmp(own->name, o->name) == 0)
            return true;
    return false;
}

static void print_options(struct tool *t, const struct tool_usage *usage,
                          const struct tool_option *table)
{
    bool headed = false;
    for (const struct tool_option *o = table; o && (o->name || o->key || o->help); o++) {
        if (replaced(usage, o))
            continue;
        bool heading = !o->name && !o->key;
        if (heading || !headed)
            printf("\n%s:\n", heading ? tool_text(t, o->help) : tool_text(t, "Options"));
        if (!heading)
            print_option(t, o);
        headed = true;
    }
}

static void print_exits(struct tool *t, const struct tool_usage *usage)
{
    printf("\n%s:\n", tool_text(t, "Exit codes"));
    fputs(tool_text(t, "  0 done; 1 nothing matched, or some were refused;\n"
                       "  64 usage; 65 bad data; 66 no input; 77 not allowed; 78 configuration;\n"
                       "  70 a bug; 76 versions differ: mend it, do not just repeat\n"
                       "  69 siagad not reachable; 75 busy or no answer: safe to repeat\n"
                       "  128+n stopped by signal n\n"),
          stdout);
    if (usage->exits)
        printf("  %s\n", tool_text(t, usage->exits));
}

void tool_help(struct tool *t, const struct tool_usage *usage)
{
    const char *args = tool_text(t, usage->args);
    printf("%s: siaga %s %s\n", tool_text(t, "Usage"), t->verb->name, args ? args : "");
    print_wrapped(tool_text(t, t->verb->summary), 0, 0);
    printf("\n%s:\n", tool_text(t, "Examples"));
    for (size_t i = 0; i < sizeof(usage->examples) / sizeof(usage->examples[0]); i++)
        if (usage->examples[i])
            printf("  %s\n", usage->examples[i]);
    struct tool_tables tables = tool_tables(usage);
    for (int i = 0; i < TOOL_TABLES; i++)
        print_options(t, usage, tables.at[i]);
    print_exits(t, usage);
}
