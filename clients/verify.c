/* siaga verify TICKET finds a complaint fit to go on (act.c); without a ticket it checks that the
 * history is what was written: of a siagad that runs, or with --store of one that lies still. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool.h"

#define ARGS_MAX 12
#define PATH_BYTES 4200
#define HEAD_BYTES 512

enum { KEY_FROM = 1000, KEY_TO, KEY_HEAD, KEY_SIGNER, KEY_STORE };

extern const struct verb verify_case_verb;

struct asked {
    int64_t from, upto;
    const char *head, *signer, *store;
};

static int take_number(struct tool *t, const char *option, const char *arg, int64_t *ret)
{
    if (tool_number(arg, 1, INT64_MAX, ret))
        return 0;
    return tool_complain(t, EX_USAGE, "%s takes the number of an entry, not '%s'", option, arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *a = state;
    if (key == KEY_FROM)
        return take_number(t, "--from", arg, &a->from);
    if (key == KEY_TO)
        return take_number(t, "--to", arg, &a->upto);
    if (key == KEY_HEAD)
        a->head = arg;
    else if (key == KEY_SIGNER)
        a->signer = arg;
    else if (key == KEY_STORE)
        a->store = arg;
    else
        return TOOL_NOT_MINE;
    return 0;
}

static const struct tool_option options[] = {
    {"from", KEY_FROM, "N", N_("from entry N")},
    {"to", KEY_TO, "N", N_("to entry N")},
    {"head", KEY_HEAD, N_("FILE"), N_("check against a head kept elsewhere (siaga head)")},
    {"signer", KEY_SIGNER, "HEX", N_("public key that signs heads; several are joined by commas")},
    {"store", KEY_STORE, "FOLDER", N_("check this store without siagad (which must be stopped)")},
    {0},
};

static const struct tool_usage usage = {
    .args = N_("[OPTIONS], or TICKET to find a complaint fit to go on"),
    .examples = {"siaga verify --from 1", "siaga verify --store /var/lib/siaga --head kepala.txt",
                 NULL},
    .options = options,
    .fields = "",
    .known = "more next head hash before heads erased found number elsewhere text public believed",
    .option = take,
    .exits = N_("65  an entry was altered, is missing or was moved: the first one is named"),
};

/* ---- a store that lies still: siagad itself looks ---- */

static int run_siagad(struct tool *t, const struct asked *a)
{
    char from[32], upto[32], path[PATH_BYTES];
    const char *args[ARGS_MAX] = {"siagad", "--verify-chain", a->store};
    size_t n = 3;
    const char *const given[][2] = {{"--head", a->head}, {"--signer", a->signer}};
    snprintf(from, sizeof(from), "--from=%lld", (long long)(a->from ? a->from : 1));
    args[n++] = from;
    if (a->upto) {
        snprintf(upto, sizeof(upto), "--to=%lld", (long long)a->upto);
        args[n++] = upto;
    }
    for (size_t i = 0; i < 2; i++)
        if (given[i][1]) {
            args[n++] = given[i][0];
            args[n++] = given[i][1];
        }
    execvp(tool_siagad(t, path, sizeof(path)), (char *const *)args);
    return tool_complain(t, EX_UNAVAILABLE, "siagad cannot be run: %s; install siagad",
                         strerror(errno));
}

/* ---- a siagad that runs: slice by slice ---- */

/* What all slices together said. */
struct told {
    int64_t last, heads, erased;
};

static int judge(const siaga_doc *answer)
{
    return *siaga_text(answer, "found") ? EX_DATAERR : 0;
}

static void tell_found(struct tool *t, const siaga_doc *answer)
{
    int64_t number = siaga_int(answer, "number", 0), at = siaga_int(answer, "elsewhere", 0);
    const siaga_doc *text = siaga_doc_get(answer, "text");
    const char *signer = siaga_text(answer, "public");
    printf("%s %lld: ", tool_text(t, "entry"), (long long)number);
    tool_print(stdout, siaga_text(text, tool_language(t)));
    if (at)
        printf("%s %lld", tool_text(t, ", it stands at"), (long long)at);
    else if (strcmp(siaga_text(answer, "found"), "missing") == 0 &&
             number > siaga_int(answer, "head", 0))
        printf("%s", tool_text(t, ", the journal ends before it"));
    if (*signer) {
        printf(": ");
        tool_print(stdout, signer);
    }
    putchar('\n');
    if (*signer)
        tool_note(t, "if it was this siagad's key before, name both: --signer NEW,OLD");
}

static void tell_fine(const struct tool *t, const struct asked *a, const struct told *told)
{
    printf("%s %lld %s %lld: %s; %s: %lld", tool_text(t, "entries"),
           (long long)(a->from ? a->from : 1), tool_text(t, NC_("until", "to")),
           (long long)told->last, tool_text(t, "all well"), tool_text(t, "signed heads"),
           (long long)told->heads);
    if (told->erased)
        printf("; %s: %lld", tool_text(t, "texts erased"), (long long)told->erased);
    putchar('\n');
}

/* The next slice goes on from the hash this one came to, so that nothing fits between them. */
static bool join(siaga_map *request, const siaga_doc *answer, struct told *told)
{
    told->last = siaga_int(answer, "next", 1) - 1;
    told->heads += siaga_int(answer, "heads", 0);
    told->erased += siaga_int(answer, "erased", 0);
    siaga_map_int(request, "from", told->last + 1);
    siaga_map_text(request, "before", siaga_text(answer, "hash"));
    return siaga_bool(answer, "more", false);
}

static int slices(struct tool *t, const struct asked *a)
{
    siaga_map *request = tool_request(t);
    siaga_doc *answer = NULL;
    struct told told = {0};
    siaga_map_int(request, "from", a->from ? a->from : 1);
    if (a->upto)
        siaga_map_int(request, "upto", a->upto);
    if (a->signer)
        siaga_map_text(request, "signer", a->signer);
    do {
        siaga_doc_free(answer);
        answer = NULL;
        int code = tool_ask(t, "verify", request, &answer);
        if (code)
            return code;
    } while (join(request, answer, &told));
    int code = judge(answer);
    if (t->output != TOOL_TABLE)
        tool_emit(t, answer);
    else if (code)
        tell_found(t, answer);
    else
        tell_fine(t, a, &told);
    siaga_doc_free(answer);
    return code;
}

/* ---- a head that was kept ---- */

/* The lines of a head, without what else stands in the file. False: it is none. */
static bool read_head(const char *path, char out[HEAD_BYTES])
{
    static const char *const names[] = {"node", "day", "upto", "hash", "public", "sign"};
    char line[HEAD_BYTES];
    size_t n = 0, found = 0;
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f)) {
        size_t end = strcspn(line, "\r\n"), name = strcspn(line, ":");
        line[end] = '\0';
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (name == strlen(names[i]) && strncmp(line, names[i], name) == 0 &&
                n + end + 2 < HEAD_BYTES) {
                n += (size_t)snprintf(out + n, HEAD_BYTES - n, "%s\n", line);
                found++;
            }
    }
    if (f)
        fclose(f);
    return found == sizeof(names) / sizeof(names[0]);
}

static void tell_head(struct tool *t, const siaga_doc *answer, const char *path)
{
    if (siaga_bool(answer, "believed", false))
        tool_note(t, "%s: the key in the head itself was believed; name it with --signer", path);
    printf("%s %lld: %s\n", tool_text(t, "entry"), (long long)(siaga_int(answer, "next", 1) - 1),
           judge(answer) == 0
               ? tool_text(t, "fits the head that was kept")
               : tool_text(t, "does not fit the head that was kept: the history was rewritten or "
                              "cut, or the head is not of this siagad"));
}

static int check_head(struct tool *t, const struct asked *a)
{
    char head[HEAD_BYTES];
    siaga_doc *answer = NULL;
    if (!read_head(a->head, head))
        return tool_complain(t, EX_NOINPUT, "%s: no head of a chain; 'siaga head' prints one",
                             a->head);
    siaga_map *request = siaga_map_new();
    siaga_map_text(request, "kept", head);
    if (a->signer)
        siaga_map_text(request, "signer", a->signer);
    int code = tool_ask(t, "verify", request, &answer);
    siaga_map_free(request);
    if (code)
        return code;
    code = judge(answer);
    if (t->output != TOOL_TABLE)
        tool_emit(t, answer);
    else
        tell_head(t, answer, a->head);
    siaga_doc_free(answer);
    return code;
}

static int check(struct tool *t, const struct asked *a)
{
    int code = slices(t, a);
    if (!code && a->head)
        code = check_head(t, a);
    tool_emit_end(t);
    return code;
}

/* ---- which of the two is meant ---- */

static bool ours(const char *word)
{
    for (const struct tool_option *o = options; o->name; o++) {
        size_t n = strlen(o->name);
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, o->name, n) == 0 &&
            (word[2 + n] == '\0' || word[2 + n] == '='))
            return true;
    }
    return false;
}

/* A ticket among the words, or a word that is no option's value; and nothing that asks about the
 * history. */
static bool names_case(int argc, char **argv)
{
    bool found = false;
    for (int i = 1; i < argc; i++) {
        const char *w = argv[i];
        bool value = i > 1 && argv[i - 1][0] == '-' && !strchr(argv[i - 1], '=');
        if (ours(w))
            return false;
        found = found || (isalpha((unsigned char)w[0]) && w[1] == '-') || (!value && w[0] != '-');
    }
    return found;
}

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {0};
    if (names_case(argc, argv))
        return verify_case_verb.run(t, argc, argv);
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    return asked.store ? run_siagad(t, &asked) : check(t, &asked);
}

const struct verb verify_verb = {
    .name = "verify",
    .summary = N_("Check that the history is whole; with TICKET: find a complaint fit to go on."),
    .run = run,
};
