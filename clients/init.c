/* siaga init: a folder with all that a siagad of one's own needs, to be tried on this machine: the
 * files of a city, its settings, keys, and client.yaml for who speaks to it. */
#include "init.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cert.h"

#define OPERATOR "poc-1"
#define USUAL_FOLDER "kota"
#define MAPS_MIB (128 + 128 + 32)

struct init {
    struct tool *t;
    const char *folder, *from; /* as typed; from NULL: the example that comes with siaga */
    char whole[PATH_MAX];      /* the folder from the root on */
    int64_t port;              /* 0: the usual one, or the next that is free */
    bool wanted;               /* the port was given */
};

/* ---- files ---- */

static int cannot(const struct init *i, const char *path, const char *why)
{
    return tool_complain(i->t, EX_CANTCREAT,
                         "%s cannot be made: %s; delete that folder, then repeat", path, why);
}

/* A file of the folder, and the text in it. */
__attribute__((format(printf, 3, 4))) static int write_text(const struct init *i, const char *name,
                                                            const char *format, ...)
{
    char path[INIT_PATH];
    struct tool_file f;
    va_list args;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", i->folder, name) >= sizeof(path))
        return cannot(i, i->folder, strerror(ENAMETOOLONG));
    int code = tool_file_open(i->t, &f, path);
    if (code)
        return code;
    va_start(args, format);
    vfprintf(f.out, format, args);
    va_end(args);
    return tool_file_close(i->t, &f, 0);
}

static int make_folder(struct init *i)
{
    char shown[256];
    if (mkdir(i->folder, 0700) != 0 && errno != EEXIST)
        return cannot(i, i->folder, strerror(errno));
    if (!init_empty(i->folder))
        return tool_complain(i->t, EX_CANTCREAT,
                             "%s is there and not empty; nothing was changed. Name another folder: "
                             "siaga init FOLDER",
                             tool_clean(i->folder, shown, sizeof(shown)));
    if (!realpath(i->folder, i->whole) || chmod(i->folder, 0700) != 0)
        return cannot(i, i->folder, strerror(errno));
    return strpbrk(i->whole, "\"'\\\n#:,[]{}")
               ? cannot(i, i->whole,
                        tool_text(i->t, "the name of this folder cannot be written in YAML"))
               : 0;
}

static int copy_city(const struct init *i)
{
    char found[INIT_PATH];
    const char *from = i->from ? i->from : init_example(found, sizeof(found));
    if (!from || !init_is_city(from))
        return tool_complain(
            i->t, EX_NOINPUT,
            "%s: no city.yaml there; name the folder of a city: --from /usr/share/siaga/etc/bekasi",
            from ? from : "etc/bekasi");
    const char *failed = init_copy_city(from, i->folder, found, sizeof(found));
    return failed ? cannot(i, failed, strerror(errno)) : 0;
}

/* ---- settings ---- */

static int write_settings(const struct init *i)
{
    int code =
        write_text(i, "siagad.yaml",
                   "# Made by siaga init, to try siagad on this machine. How to write it: "
                   "siagad.yaml(5).\n"
                   "listen: [tcp://127.0.0.1:%lld]   # this machine alone; who comes in has a key\n"
                   "server_key: %s/keys/server.key\n"
                   "store: %s/store\n"
                   "node: coba-1\n"
                   "# Set aside at once, %d MiB in all; room for some hundred thousand events.\n"
                   "journal_size: 128MiB\nviews_size: 128MiB\npersons_size: 32MiB\n",
                   (long long)i->port, i->whole, i->whole, MAPS_MIB);
    return code ? code
                : write_text(
                      i, "client.yaml",
                      "# Made by siaga init. In force with: export SIAGA_CONFIG=%s/client.yaml\n"
                      "server: tcp://127.0.0.1:%lld\n"
                      "cert: keys/" OPERATOR ".key\n"
                      "source: " OPERATOR "\n"
                      "lang: %s\n",
                      i->whole, (long long)i->port, tool_language(i->t));
}

/* ---- keys, as siaga cert new and enrol make them ---- */

static int make_keys(const struct init *i)
{
    char keys[INIT_PATH], people[INIT_PATH], server[INIT_PATH + 32], row[INIT_PATH + 32];
    snprintf(keys, sizeof(keys), "%s/keys", i->folder);
    snprintf(people, sizeof(people), "%s/people.d", i->folder);
    snprintf(server, sizeof(server), "%s/server.pub", keys);
    snprintf(row, sizeof(row), "%s/" OPERATOR ".pub.yaml", keys);
    if (mkdir(keys, 0700) != 0 || (mkdir(people, 0700) != 0 && errno != EEXIST))
        return cannot(i, keys, strerror(errno));
    const struct cert_asked steps[] = {
        {.subject = "siagad", .role = "server", .folder = keys, .quiet = true},
        {.subject = OPERATOR,
         .role = "operator",
         .folder = keys,
         .server_key = server,
         .quiet = true},
        {.subject = row, .people = people, .quiet = true},
    };
    int code = cert_new(i->t, &steps[0]);
    code = code ? code : cert_new(i->t, &steps[1]);
    return code ? code : cert_enrol(i->t, &steps[2]);
}

/* ---- what comes next ---- */

static void tell(const struct init *i)
{
    const char *own = strchr(i->t->program, '/') ? i->t->program : "siaga";
    char daemon[INIT_PATH];
    printf(tool_text(i->t, "%s: a city to be tried on this machine\n"), i->folder);
    printf(tool_text(i->t, "  siagad.yaml   the address tcp://127.0.0.1:%lld; the store %s/store, "
                           "%d MiB as soon as siagad runs\n"),
           (long long)i->port, i->folder, MAPS_MIB);
    printf(tool_text(i->t, "  city.yaml, skpd.d, people.d, calendar.d   the city and its table of "
                           "duties\n"));
    printf(tool_text(i->t,
                     "  keys          the key of siagad, and that of %s, an operator: secret, "
                     "mode 0600\n"),
           OPERATOR);
    printf(tool_text(i->t, "  client.yaml   that address and key, for siaga and other programs\n\n"
                           "Next, one by one:\n"));
    printf("  %s -c %s/siagad.yaml &    # %s\n", tool_siagad(i->t, daemon, sizeof(daemon)),
           i->folder, tool_text(i->t, "its log is shown here; kill %1 stops it"));
    printf("  export SIAGA_CONFIG=%s/client.yaml\n", i->whole);
    printf("  %s emergency 'Kebakaran ruko' --address 'Jl. Juanda 12' --category fire.building "
           "--kecamatan "
           "bekasi-timur\n",
           own);
    printf("  %s show %s\n", own,
           tool_text(i->t, "TICKET    # the first word of the answer above"));
}

/* ---- the verb ---- */

enum { KEY_FROM = 1000, KEY_PORT };

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct init *i = state;
    if (key == TOOL_ARG && *arg)
        i->folder = arg;
    else if (key == KEY_FROM)
        i->from = arg;
    else if (key == KEY_PORT && tool_number(arg, 1, 65535, &i->port))
        i->wanted = true;
    else if (key == KEY_PORT)
        return tool_complain(t, EX_USAGE, "--port: 1 to 65535, not '%s'", arg);
    else
        return TOOL_NOT_MINE;
    return 0;
}

static const struct tool_option options[] = {
    {"from", KEY_FROM, "FOLDER", N_("the files of a city; those of Kota Bekasi unless given")},
    {"port", KEY_PORT, N_("NUMBER"),
     N_("tcp on this machine; 5570 unless given, or the next that is free")},
    {0},
};

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] [FOLDER]"),
    .examples = {"siaga init kota", "siaga init --from /usr/share/siaga/etc/sumenep sumenep", NULL},
    .options = options,
    .option = take,
    .args_max = 1,
    .exits = N_("73  the folder is not empty or cannot be made"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct init i = {.t = t, .folder = USUAL_FOLDER};
    int code = tool_parse(t, &usage, argc, argv, &i);
    if (!code && !init_port(&i.port))
        code = tool_complain(
            t, EX_UNAVAILABLE,
            i.wanted ? N_("port %lld is taken by another program; choose another --port")
                     : N_("no port is free from %lld on; name one with --port"),
            (long long)i.port);
    if (!code)
        code = make_folder(&i);
    if (!code)
        code = copy_city(&i);
    if (!code)
        code = write_settings(&i);
    if (!code)
        code = make_keys(&i);
    if (!code)
        tell(&i);
    return code;
}

const struct verb init_verb = {
    .name = "init",
    .summary = N_("Makes a city, keys and settings in one folder, to try siagad on this machine."),
    .run = run,
};
