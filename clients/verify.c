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
    return tool_complain(t, EX_USAGE, "%s butuh nomor catatan, bukan '%s'",
                         "%s takes the number of an entry, not '%s'", option, arg);
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
    {"from", KEY_FROM, "N", "mulai dari catatan N", "from entry N"},
    {"to", KEY_TO, "N", "sampai catatan N", "to entry N"},
    {"head", KEY_HEAD, "BERKAS", "cocokkan dengan kepala rantai yang disimpan di tempat lain",
     "check against a head kept elsewhere (siaga head)"},
    {"signer", KEY_SIGNER, "HEX", "kunci umum penanda tangan kepala",
     "public key that signs heads"},
    {"store", KEY_STORE, "FOLDER", "periksa simpanan ini tanpa siagad (siagad harus berhenti)",
     "check this store without siagad (which must be stopped)"},
    {0},
};

static const struct tool_usage usage = {
    .args_id = "[PILIHAN], atau TIKET untuk menyatakan pengaduan layak",
    .args_en = "[OPTIONS], or TICKET to find a complaint fit to go on",
    .examples = {"siaga verify --from 1", "siaga verify --store /var/lib/siaga --head kepala.txt",
                 NULL},
    .options = options,
    .option = take,
    .exits_id = "65  ada catatan yang diubah, hilang, atau dipindahkan: yang pertama disebut",
    .exits_en = "65  an entry was altered, is missing or was moved: the first one is named",
};

/* ---- a store that lies still: siagad itself looks ---- */

/* Beside this program, else where the system finds it. */
static void find_siagad(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 16);
    char *slash = NULL;
    if (n > 0) {
        out[n] = '\0';
        slash = strrchr(out, '/');
    }
    if (slash)
        snprintf(slash + 1, 8, "siagad");
    if (!slash || access(out, X_OK) != 0)
        snprintf(out, size, "siagad");
}

static int run_siagad(struct tool *t, const struct asked *a)
{
    char path[4200], from[32], upto[32];
    const char *args[ARGS_MAX] = {"siagad", "--verify-chain", a->store};
    size_t n = 3;
    const char *const given[][2] = {{"--head", a->head}, {"--signer", a->signer}};
    find_siagad(path, sizeof(path));
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
    execvp(path, (char *const *)args);
    if (errno == ENOENT)
        execv("/usr/sbin/siagad", (char *const *)args);
    return tool_complain(t, EX_UNAVAILABLE, "siagad tidak dapat dijalankan: %s; pasang siagad",
                         "siagad cannot be run: %s; install siagad", strerror(errno));
}

/* ---- a siagad that runs: slice by slice ---- */

static int tell(struct tool *t, const siaga_doc *answer)
{
    long long number = siaga_int(answer, "number", 0), at = siaga_int(answer, "elsewhere", 0);
    const siaga_doc *text = siaga_doc_get(answer, "text");
    printf("%s %lld: ", tool_text(t, "catatan", "entry"), number);
    tool_print(stdout, siaga_text(text, t->english ? "en" : "id"));
    if (at)
        printf("%s %lld", tool_text(t, ", sekarang di nomor", ", it stands at"), at);
    putchar('\n');
    return EX_DATAERR;
}

static int slices(struct tool *t, const struct asked *a, int64_t *ret_last)
{
    siaga_map *request = tool_request(t);
    bool more = true;
    int code = 0;
    siaga_map_int(request, "from", a->from ? a->from : 1);
    if (a->upto)
        siaga_map_int(request, "upto", a->upto);
    if (a->signer)
        siaga_map_text(request, "signer", a->signer);
    while (more && !code) {
        siaga_doc *answer = NULL;
        code = tool_ask(t, "verify", request, &answer);
        if (code)
            return code;
        if (*siaga_text(answer, "found"))
            code = tell(t, answer);
        more = siaga_bool(answer, "more", false);
        *ret_last = siaga_int(answer, "next", 1) - 1;
        siaga_map_int(request, "from", *ret_last + 1);
        siaga_doc_free(answer);
    }
    return code;
}

/* The line `name: value` of a head in a file. */
static bool of_file(const char *path, const char *name, char *out, size_t size)
{
    char line[512];
    FILE *f = fopen(path, "r");
    bool found = false;
    size_t n = strlen(name);
    while (f && !found && fgets(line, sizeof(line), f))
        if (strncmp(line, name, n) == 0 && line[n] == ':' && line[n + 1] == ' ') {
            line[strcspn(line, "\n")] = '\0';
            snprintf(out, size, "%s", line + n + 2);
            found = true;
        }
    if (f)
        fclose(f);
    return found;
}

/* siagad walks up to the entry of the head and says which hash it has there. */
static int check_head(struct tool *t, const char *path)
{
    char upto[32], hash[80];
    int64_t number;
    siaga_doc *answer = NULL;
    if (!of_file(path, "upto", upto, sizeof(upto)) || !of_file(path, "hash", hash, sizeof(hash)) ||
        !tool_number(upto, 1, INT64_MAX, &number))
        return tool_complain(t, EX_NOINPUT, "%s: bukan kepala rantai; 'siaga head' mencetaknya",
                             "%s: no head of a chain; 'siaga head' prints one", path);
    siaga_map *request = siaga_map_new();
    siaga_map_int(request, "from", number);
    siaga_map_int(request, "upto", number);
    int code = tool_ask(t, "verify", request, &answer);
    siaga_map_free(request);
    if (code)
        return code;
    bool fits = !*siaga_text(answer, "found") && strcmp(siaga_text(answer, "hash"), hash) == 0;
    siaga_doc_free(answer);
    printf("%s %s: %s\n", tool_text(t, "catatan", "entry"), upto,
           fits ? tool_text(t, "cocok dengan kepala rantai yang disimpan",
                            "fits the head that was kept")
                : tool_text(t, "tidak cocok dengan kepala yang disimpan: riwayat ditulis ulang",
                            "does not fit the head that was kept: the history was rewritten"));
    return fits ? 0 : EX_DATAERR;
}

static int check(struct tool *t, const struct asked *a)
{
    int64_t last = 0;
    int code = slices(t, a, &last);
    if (!code)
        printf("%s %lld %s %lld: %s\n", tool_text(t, "catatan", "entries"),
               (long long)(a->from ? a->from : 1), tool_text(t, "sampai", "to"), (long long)last,
               tool_text(t, "utuh", "all well"));
    return code || !a->head ? code : check_head(t, a->head);
}

/* A ticket among the words, or a bare number that is no option's. */
static bool names_case(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *w = argv[i];
        bool value = i > 1 && argv[i - 1][0] == '-';
        if ((isalpha((unsigned char)w[0]) && w[1] == '-' && isdigit((unsigned char)w[2])) ||
            (!value && isdigit((unsigned char)w[0])))
            return true;
    }
    return false;
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
    .summary_id = "Periksa keutuhan riwayat; dengan TIKET: nyatakan pengaduan layak diteruskan.",
    .summary_en = "Check that the history is whole; with TICKET: find a complaint fit to go on.",
    .run = run,
};
