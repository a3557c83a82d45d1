/* siaga completion: what fits at a place of a command line. The scripts for the shells are a few
 * lines that hand over the words typed so far; what fits is read from the tables of the verbs, and
 * siagad is asked for what the city's files and the open cases name. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tool_options.h"

#define TICKETS_MAX 100
#define HURRY_MS 300 /* a person waits behind the key */

static const char bash_script[] =
    "# Completion of siaga for bash, made by `siaga completion bash`: siaga itself says what "
    "fits.\n"
    "_siaga() {\n"
    "    local program=$1 line=${COMP_LINE:0:COMP_POINT} cur words\n"
    "    IFS=$' \\t\\n' read -ra words <<< \"$line\"\n"
    "    [[ $line != *[[:space:]] ]] || words+=('')\n"
    "    words=(\"${words[@]:1}\")\n"
    "    if [[ ${program##*/} == siaga-* ]]; then\n"
    "        words=(\"${program##*/siaga-}\" \"${words[@]}\")\n"
    "        program=siaga\n"
    "    fi\n"
    "    words[0]=${words[0]#siaga-}\n"
    "    cur=${words[-1]}\n"
    "    mapfile -t COMPREPLY < <(\"$program\" completion at -- \"${words[@]}\" 2> /dev/null)\n"
    "    COMPREPLY=(\"${COMPREPLY[@]%%$'\\t'*}\")\n"
    "    case ${COMPREPLY[0]-} in\n"
    "    /)\n"
    "        COMPREPLY=()\n"
    "        compopt -o default 2> /dev/null\n"
    "        ;;\n"
    "    *=) compopt -o nospace 2> /dev/null ;;\n"
    "    esac\n"
    "    # what stands before the last of these is no part of the word that readline replaces\n"
    "    [[ $cur != *[=:]* ]] || COMPREPLY=(\"${COMPREPLY[@]#\"${cur%\"${cur##*[=:]}\"}\"}\")\n"
    "}\n"
    "complete -F _siaga siaga siaga-emergency siaga-report siaga-watch\n";

static const char zsh_script[] =
    "#compdef siaga siaga-emergency siaga-report siaga-watch\n"
    "# Completion of siaga for zsh, made by `siaga completion zsh`: siaga itself says what fits.\n"
    "_siaga() {\n"
    "    local -a found plain shown typed\n"
    "    local line program=$words[1]\n"
    "    typed=(\"${(@)words[2,CURRENT]}\")\n"
    "    if [[ ${program:t} == siaga-* ]]; then\n"
    "        typed=(\"${${program:t}#siaga-}\" \"${(@)typed}\")\n"
    "        program=siaga\n"
    "    fi\n"
    "    found=(\"${(@f)$(\"$program\" completion at -- \"${(@)typed}\" 2> "
    "/dev/null)}\")\n"
    "    if [[ $found[1] == / ]]; then\n"
    "        compset -P '*='\n"
    "        _files\n"
    "        return\n"
    "    fi\n"
    "    for line in $found; do\n"
    "        plain+=(\"${line%%$'\\t'*}\")\n"
    "        shown+=(\"${line/$'\\t'/  }\")\n"
    "    done\n"
    "    if [[ $plain[1] == *= ]]; then\n"
    "        compadd -S '' -l -d shown -a plain\n"
    "    else\n"
    "        compadd -l -d shown -a plain\n"
    "    fi\n"
    "}\n"
    "if [[ $funcstack[1] == _siaga ]]; then\n"
    "    _siaga \"$@\"\n"
    "else\n"
    "    compdef _siaga siaga siaga-emergency siaga-report siaga-watch\n"
    "fi\n";

/* What stands behind an option or in place of an argument, by its name, else by that of its
 * argument: a group of words; @ and what siagad is asked for; / a file. */
static const struct behind {
    const char *name, *offer;
} behind[] = {
    {"category", "@category"},
    {"kecamatan", "@kecamatan"},
    {"helper", "@skpd"},
    {"ticket", "@ticket"},
    {"class", "call_class"},
    {"SKPD", "@skpd"},
    {"TICKET", "@ticket"},
    {"KIND", "kind"},
    {"ROLE", "role"},
    {"SEVERITY", "severity"},
    {"OUTCOME", "outcome"},
    {"STATE", "state"},
    {"CLASS", "call_class"},
    {"MILESTONE", "milestone"},
    {"CODE", "verdict"},
    {"FOLDER", "/"},
    {"FILE", "/"},
    {"COMMAND", "/"},
    {"fields", "right"},
    {"context", "@context"},
    {"CONTEXT", "@context"},
};

static const char *behind_name(const char *name)
{
    for (size_t i = 0; i < sizeof(behind) / sizeof(*behind); i++)
        if (strcmp(behind[i].name, name) == 0)
            return behind[i].offer;
    return NULL;
}

/* ---- what is offered ---- */

/* The place to fill: the word under the cursor, of which the first `kept` bytes stay. */
struct place {
    struct tool *t;
    char **words; /* NULL-terminated; the last one is under the cursor */
    size_t n;
    const char *cur;
    size_t kept;
    bool feed; /* what a feed can be asked for, which is less than a list */
};

static const char *part(const struct place *p)
{
    return p->cur + p->kept;
}

/* Behind a comma another word of the same sort begins. */
static void keep_commas(struct place *p)
{
    const char *comma = strrchr(part(p), ',');
    if (comma)
        p->kept = (size_t)(comma + 1 - p->cur);
}

static void offer(const struct place *p, const char *word, const char *suffix, const char *about)
{
    if (strncmp(word, part(p), strlen(part(p))) != 0)
        return;
    printf("%.*s", (int)p->kept, p->cur);
    tool_print(stdout, word);
    fputs(suffix, stdout);
    if (about && strcmp(about, word) != 0)
        printf("\t%s", about);
    putchar('\n');
}

static void offer_group(const struct place *p, const char *group)
{
    const char *word;
    for (size_t i = 0; (word = siaga_word(group, i)); i++)
        offer(p, word, "", siaga_label(group, word, p->t->english));
}

static int offer_tickets(const struct place *p)
{
    siaga_doc *answer = NULL;
    siaga_map *request = siaga_map_new();
    siaga_map_bool(request, "open", true);
    siaga_map_int(request, "limit", TICKETS_MAX);
    int code = tool_ask(p->t, "list", request, &answer);
    const siaga_doc *rows = siaga_doc_get(answer, "rows");
    for (size_t i = 0; !code && i < siaga_doc_size(rows); i++) {
        char title[120];
        const siaga_doc *row = siaga_doc_at(rows, i);
        tool_clean(siaga_text(row, "title"), title, sizeof(title));
        offer(p, siaga_text(row, "ticket"), "", *title ? title : NULL);
    }
    siaga_doc_free(answer);
    siaga_map_free(request);
    return code;
}

/* Those of client.yaml; siagad is not asked. */
static void offer_contexts(const struct place *p)
{
    for (size_t i = 0; i < p->t->config->n; i++) {
        const struct tool_context *c = &p->t->config->contexts[i];
        offer(p, c->name, "", c->values[TOOL_SERVER].text);
    }
}

/* One sort of names, straight from siagad: skpd category kecamatan ticket. */
static int offer_asked(const struct place *p, const char *what)
{
    if (!p->t->timeout_given)
        p->t->timeout_ms = HURRY_MS;
    p->t->timeout_given = true;
    if (strcmp(what, "ticket") == 0)
        return offer_tickets(p);
    siaga_doc *answer = NULL;
    siaga_map *request = siaga_map_new();
    siaga_map_text(request, "names", what);
    int code = tool_ask(p->t, "route", request, &answer);
    const siaga_doc *names = siaga_doc_get(answer, "names");
    for (size_t i = 0; !code && i < siaga_doc_size(names); i++)
        offer(p, siaga_doc_text(siaga_doc_at(names, i)), "", NULL);
    siaga_doc_free(answer);
    siaga_map_free(request);
    return code;
}

static void offer_behind(const struct place *p, const char *what)
{
    if (strcmp(what, "@context") == 0)
        offer_contexts(p);
    else if (*what == '@')
        offer_asked(p, what + 1);
    else if (*what == '/')
        puts("/");
    else
        offer_group(p, what);
}

/* Words as a usage line has them, "table|jsonl|json" or "KEY|FILE": small ones are to be typed,
 * others are looked up. */
static void offer_words(const struct place *p, const char *text)
{
    for (size_t n; *text; text += n + strspn(text + n, "|.")) {
        char word[40];
        n = strcspn(text, "|.");
        snprintf(word, sizeof(word), "%.*s", (int)n, text);
        if (islower((unsigned char)*word))
            offer(p, word, "", NULL);
        else if (behind_name(word))
            offer_behind(p, behind_name(word));
    }
}

/* ---- options and what stands behind them ---- */

static void offer_value(struct place *p, const struct tool_option *o)
{
    const char *known = behind_name(o->name ? o->name : "");
    keep_commas(p);
    if (known)
        offer_behind(p, known);
    else if (o->name && siaga_word(o->name, 0))
        offer_group(p, o->name);
    else
        offer_words(p, o->arg);
}

static void offer_options(const struct place *p, const struct tool_tables *tables)
{
    for (int i = 0; i < TOOL_TABLES; i++)
        for (const struct tool_option *o = tables->at[i]; o && (o->name || o->key || o->help);
             o++) {
            char name[48];
            snprintf(name, sizeof(name), "--%s", o->name ? o->name : "");
            if (o->name)
                offer(p, name, "", tool_text(p->t, o->help));
        }
}

/* ---- arguments ---- */

/* NAME=VALUE of a list: the names, and behind one of them its values. */
static void offer_leaf(struct place *p)
{
    const char *equals = strchr(p->cur, '='), *name;
    for (size_t i = 0; (name = siaga_word("where", i)); i++) {
        bool flag = strcmp(name, "open") == 0;
        if (p->feed && !flag && !tool_filter_known(name))
            continue;
        if (!equals)
            offer(p, name, flag ? "" : "=", siaga_label("where", name, p->t->english));
        else if (strlen(name) == (size_t)(equals - p->cur) &&
                 strncmp(name, p->cur, strlen(name)) == 0)
            break;
    }
    if (!equals || !name)
        return;
    p->kept = (size_t)(equals + 1 - p->cur);
    keep_commas(p);
    const char *known = strcmp(name, "skpd") == 0 ? "@skpd" : behind_name(name);
    if (known || siaga_word(name, 0))
        offer_behind(p, known ? known : name);
}

/* "release|export" holds the word typed behind the verb */
static bool is_of(const char *words, const char *typed)
{
    size_t n = strlen(typed);
    for (const char *at = words; n && (at = strstr(at, typed)); at++)
        if ((at == words || at[-1] == '|') && (!at[n] || at[n] == '|'))
            return true;
    return false;
}

/* One alternative of a usage line. When it begins with words to be typed they come first, and the
 * rest only behind one of them. */
static void offer_alternative(struct place *p, char *text)
{
    char *token;
    bool first = true, open = true, value = false;
    while ((token = strsep(&text, " "))) {
        char *word = token + strspn(token, "[");
        word[strcspn(word, "],")] = '\0';
        bool skip = !*word || value || strcmp(word, "OPTIONS") == 0 || *word == '-';
        value = *word == '-'; /* what follows belongs to that option */
        if (skip)
            continue;
        if (first && islower((unsigned char)*word)) {
            open = p->n > 2 && is_of(word, p->words[1]);
            if (p->n == 2)
                offer_words(p, word);
        } else if (open && strcmp(word, "NAME=VALUE") == 0)
            offer_leaf(p);
        else if (open)
            offer_words(p, word);
        first = false;
    }
}

/* The arguments as the usage line names them: "[OPTIONS] list | requeue TICKET... --reason R". */
static void offer_args(struct place *p, const char *args)
{
    char *copy = strdup(args ? args : ""), *from = copy, *bar;
    while ((bar = strstr(from, " | "))) {
        *bar = '\0';
        offer_alternative(p, from);
        from = bar + 3;
    }
    offer_alternative(p, from);
    free(copy);
}

/* ---- the place ---- */

/* Called by tool_parse() of the verb typed, with what it takes. */
static void offer_here(struct tool *t, const struct tool_usage *usage)
{
    struct place *p = t->inspector;
    struct tool_tables tables = tool_tables(usage);
    const char *before = p->n > 1 ? p->words[p->n - 2] : "";
    const struct tool_option *o = NULL;
    size_t n = 0;
    t->inspect = NULL;
    p->feed = usage->filters && !usage->args_max;
    for (size_t i = 0; i + 1 < p->n; i++)
        if (strcmp(p->words[i], "--") == 0) { /* what follows is somebody else's command */
            puts("/");
            return;
        }
    if (strncmp(p->cur, "--", 2) == 0 && strchr(p->cur, '=')) {
        o = tool_option_of(&tables, p->cur, &n);
        p->kept = n + 1;
    } else if (before[0] == '-' && before[1])
        o = tool_option_of(&tables, before, &n);
    if (o && o->arg && (p->kept || !before[n]))
        offer_value(p, o);
    else if (*p->cur == '-')
        offer_options(p, &tables);
    else
        offer_args(p, usage->args);
}

static void offer_verbs(const struct place *p)
{
    for (const struct verb *const *v = p->t->verbs; *v; v++)
        offer(p, (*v)->name, "", tool_text(p->t, (*v)->summary));
    offer(p, "help", "", NULL);
    offer(p, "version", "", NULL);
}

/* Asks the siagad that the line asks. */
static void take_globals(struct place *p)
{
    const char **into[] = {&p->t->server, &p->t->cert};
    static const char *const names[] = {"--server", "--cert"};
    for (size_t i = 0; i + 1 < p->n; i++)
        for (size_t k = 0; k < 2; k++) {
            size_t n = strlen(names[k]);
            if (strncmp(p->words[i], names[k], n) != 0)
                continue;
            if (p->words[i][n] == '=')
                *into[k] = p->words[i] + n + 1;
            else if (!p->words[i][n] && i + 2 < p->n)
                *into[k] = p->words[i + 1];
        }
}

static void offer_of_verb(struct place *p, const char *name, char **argv, size_t argc)
{
    for (const struct verb *const *v = p->t->verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0) {
            p->t->inspect = offer_here;
            p->t->verb = *v;
            (*v)->run(p->t, (int)argc, argv);
            p->t->inspect = NULL;
        }
}

/* siaga completion at -- WORD...: the lines that fit, each a word, perhaps a tab and a remark. */
static int complete(struct place *p)
{
    static const struct tool_usage none;
    size_t at = 0;
    int step;
    take_globals(p);
    while (at + 1 < p->n && (step = tool_leading(p->words + at)))
        at += (size_t)step;
    p->t->inspector = p;
    if (at >= p->n || (at + 1 == p->n && *p->cur == '-'))
        offer_here(p->t, &none);
    else if (at + 1 == p->n || strcmp(p->words[at], "help") == 0)
        offer_verbs(p);
    else
        offer_of_verb(p, p->words[at], p->words + at, p->n - at);
    return 0;
}

/* ---- the verb ---- */

struct asked {
    const char *act;
    char **words;
    size_t n;
};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *a = state;
    (void)t;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    if (a->act)
        a->words[a->n++] = (char *)arg;
    else
        a->act = arg;
    return 0;
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] bash | zsh | words skpd|category|kecamatan|ticket"),
    .examples = {"siaga completion bash > ~/.local/share/bash-completion/completions/siaga",
                 "siaga completion words skpd", NULL},
    .option = take,
    .args_min = 1,
    .args_max = -1,
};

static int words_of(struct tool *t, const struct asked *a)
{
    const struct place p = {.t = t, .cur = ""};
    static const char *const sorts[] = {"skpd", "category", "kecamatan", "ticket"};
    for (size_t i = 0; a->n == 1 && i < sizeof(sorts) / sizeof(*sorts); i++)
        if (strcmp(a->words[0], sorts[i]) == 0)
            return offer_asked(&p, sorts[i]);
    return tool_complain(t, EX_USAGE, "words: skpd, category, kecamatan or ticket");
}

static int act(struct tool *t, struct asked *a)
{
    if (strcmp(a->act, "words") == 0)
        return words_of(t, a);
    if (strcmp(a->act, "at") == 0 && a->n) {
        struct place p = {.t = t, .words = a->words, .n = a->n, .cur = a->words[a->n - 1]};
        return complete(&p);
    }
    bool bash = strcmp(a->act, "bash") == 0;
    if (a->n || (!bash && strcmp(a->act, "zsh") != 0))
        return tool_complain(t, EX_USAGE, "use: siaga completion %s",
                             tool_text(t, usage.args) + strlen("[PILIHAN] "));
    fputs(bash ? bash_script : zsh_script, stdout);
    return 0;
}

static int run(struct tool *t, int argc, char **argv)
{
    struct asked a = {.words = calloc((size_t)argc + 1, sizeof(char *))};
    if (!a.words)
        abort();
    int code = tool_parse(t, &usage, argc, argv, &a);
    if (!code)
        code = act(t, &a);
    free(a.words);
    return code;
}

const struct verb completion_verb = {
    .name = "completion",
    .summary = N_("The completion script for bash or zsh; the words that siagad knows."),
    .run = run,
};
