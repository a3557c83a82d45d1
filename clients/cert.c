/* siaga cert: key files, and who has which. */
#include "cert.h"

#include <string.h>
#include <sysexits.h>

#include "cert_folder.h"

enum { KEY_ROLE = 1000, KEY_SKPD, KEY_SERVER_KEY, KEY_DIR, KEY_PEOPLE, KEY_REASON };

void cert_today(const struct tool *t, char out[CERT_DAY_BYTES])
{
    char at[SIAGA_TIME_BYTES];
    int64_t now = siaga_now();
    siaga_time_format(now, tool_zone_offset(&t->zone, now), at);
    snprintf(out, CERT_DAY_BYTES, "%.10s", at);
}

void cert_put(siaga_map *m, const char *name, const char *text)
{
    siaga_map_text(m, name, *text ? text : NULL);
}

/* ---- the verb ---- */

static const struct act {
    const char *name;
    int (*run)(struct tool *t, const struct cert_asked *asked);
    bool subject; /* it wants a name or file */
} acts[] = {
    {"new", cert_new, true},
    {"enrol", cert_enrol, true},
    {"revoke", cert_revoke, true},
    {"list", cert_list, false},
};
#define ACTS_N (sizeof(acts) / sizeof(acts[0]))

static const struct act *find(const char *name)
{
    for (size_t i = 0; i < ACTS_N; i++)
        if (strcmp(acts[i].name, name) == 0)
            return &acts[i];
    return NULL;
}

static int unknown_act(struct tool *t, const char *arg)
{
    const char *names[ACTS_N + 1] = {NULL};
    char shown[64];
    for (size_t i = 0; i < ACTS_N; i++)
        names[i] = acts[i].name;
    const char *near = tool_nearest(arg, names);
    return tool_complain(t, EX_USAGE, "'%s' is not known; did you mean %s?",
                         tool_clean(arg, shown, sizeof(shown)),
                         near ? near : "new, enrol, revoke, list");
}

static int take_word(struct tool *t, struct cert_asked *asked, const char *arg)
{
    if (asked->act) {
        asked->subject = arg;
        return 0;
    }
    asked->act = arg;
    return find(arg) ? 0 : unknown_act(t, arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct cert_asked *asked = state;
    const char **into[] = {&asked->role,   &asked->skpd,   &asked->server_key,
                           &asked->folder, &asked->people, &asked->reason};
    if (key == TOOL_ARG)
        return take_word(t, asked, arg);
    if (key < KEY_ROLE || key > KEY_REASON)
        return TOOL_NOT_MINE;
    *into[key - KEY_ROLE] = arg;
    return 0;
}

static const struct tool_option options[] = {
    {NULL, 0, NULL, N_("Making (new)")},
    {"role", KEY_ROLE, N_("ROLE"),
     N_("operator, field, handler, ... (see siaga roles); server for siagad")},
    {"skpd", KEY_SKPD, "SKPD", N_("the SKPD of who has the key")},
    {"server-key", KEY_SERVER_KEY, N_("KEY|FILE"),
     N_("public key of the siagad it is for, or server.pub")},
    {"dir", KEY_DIR, "FOLDER", N_("where the files are made; here unless given")},
    {NULL, 0, NULL, N_("Enrolling (enrol, revoke, list), on the machine of siagad")},
    {"people", KEY_PEOPLE, "FOLDER", N_("the folder people.d; /etc/siaga/people.d unless given")},
    {"reason", KEY_REASON, N_("REASON"), N_("why it is revoked, up to 200 bytes")},
    {0},
};

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] new NAME --role ROLE | enrol FILE | revoke NAME | list"),
    .examples = {"siaga cert new poc-5 --role operator --skpd poc-112 --server-key server.pub",
                 "siaga cert revoke poc-5 --reason 'laptop hilang'", NULL},
    .options = options,
    .fields = "name,role,skpd,public,from,until,user,state",
    .known = "file key_file public_file",
    .option = take,
    .args_min = 1,
    .args_max = 2,
    .exits = N_("1   no such name, or it has no key"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct cert_asked asked = {.folder = ".", .people = CERT_FOLDER_USUAL};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    const struct act *act = find(asked.act);
    if (act->subject != (asked.subject != NULL))
        return tool_complain(t, EX_USAGE, "use: siaga cert %s", tool_text(t, usage.args));
    return act->run(t, &asked);
}

const struct verb cert_verb = {
    .name = "cert",
    .summary =
        N_("Key files: make, enrol, revoke, see. A secret key stays on the machine that made it."),
    .run = run,
};
