/* One change of one case that is no work on it: release, correct and withdraw (Humas), erase and
 * hold (the administrator). A table of what each takes. */
#include <string.h>
#include <sysexits.h>

#include "tool.h"

enum { KEY_REASON = 1000, KEY_TEXT, KEY_KEY, KEY_LIFT };

enum { TAKES_TEXT = 1, NEEDS_REASON = 2, TAKES_LIFT = 4 };

static const struct order {
    const char *name, *verb, *field, *word;
    unsigned takes;
    const char *args, *examples[2];
} orders[] = {
    {"release",
     "release",
     "do",
     "release",
     TAKES_TEXT,
     N_("[OPTIONS] TICKET --text TEXT"),
     {"siaga release E-261124-0042-K --text 'Kebakaran di Jatiasih dapat dikendalikan.'",
      "siaga release 42 --text 'Pohon tumbang sudah dibersihkan.'"}},
    {"correct",
     "release",
     "do",
     "correct",
     TAKES_TEXT,
     N_("[OPTIONS] TICKET --text TEXT"),
     {"siaga correct E-261124-0042-K --text 'Ralat: api padam pukul 03.10.'",
      "siaga correct 42 --text 'Ralat: dua unit, bukan tiga.'"}},
    {"withdraw",
     "release",
     "do",
     "withdraw",
     NEEDS_REASON,
     N_("[OPTIONS] TICKET --reason R"),
     {"siaga withdraw E-261124-0042-K --reason 'permintaan keluarga'",
      "siaga withdraw 42 --reason 'salah tempat'"}},
    {"erase",
     "erase",
     "what",
     "texts",
     NEEDS_REASON,
     N_("[OPTIONS] TICKET --reason R"),
     {"siaga erase C-261124-0007-H --reason 'permohonan pelapor, UU PDP'",
      "siaga erase 42 --reason retensi"}},
    {"hold",
     "hold",
     "do",
     "set",
     NEEDS_REASON | TAKES_LIFT,
     N_("[OPTIONS] TICKET --reason R"),
     {"siaga hold C-261124-0007-H --reason 'perkara pengadilan 12/2026'",
      "siaga hold C-261124-0007-H --lift --reason 'perkara selesai'"}},
};

static const struct order *of(const char *name)
{
    const struct order *o = orders;
    while (strcmp(o->name, name) != 0)
        o++;
    return o;
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    siaga_map *request = tool_request(t);
    (void)state;
    if (key == TOOL_ARG)
        return tool_case(t, request, arg);
    if (key == KEY_LIFT)
        siaga_map_text(request, "do", "lift");
    else if (key == KEY_REASON || key == KEY_TEXT || key == KEY_KEY)
        siaga_map_text(request,
                       key == KEY_REASON ? "reason"
                       : key == KEY_TEXT ? "text"
                                         : "key",
                       arg);
    else
        return TOOL_NOT_MINE;
    return 0;
}

static size_t options_of(const struct order *o, struct tool_option out[5])
{
    size_t n = 0;
    if (o->takes & TAKES_TEXT)
        out[n++] =
            (struct tool_option){"text", KEY_TEXT, N_("TEXT"),
                                 N_("for the public, by Humas, without names; up to 4,000 bytes")};
    if (o->takes & TAKES_LIFT)
        out[n++] = (struct tool_option){"lift", KEY_LIFT, NULL, N_("lift the hold")};
    out[n++] = (struct tool_option){"reason", KEY_REASON, N_("REASON"),
                                    N_("the reason, kept in the history")};
    out[n++] = (struct tool_option){"key", KEY_KEY, N_("KEY"),
                                    N_("idempotency key, so that a repeat does no harm")};
    out[n] = (struct tool_option){0};
    return n;
}

static int run(struct tool *t, int argc, char **argv)
{
    const struct order *o = of(t->verb->name);
    struct tool_option options[5];
    options_of(o, options);
    const struct tool_usage usage = {
        .args = o->args,
        .examples = {o->examples[0], o->examples[1], NULL},
        .options = options,
        .fields = TOOL_CHANGE_FIELDS,
        .known = TOOL_CHANGE_KNOWN,
        .option = take,
        .args_min = 1,
        .args_max = 1,
        .exits = N_("65  the case is on hold, secret, or not in such a state"),
    };
    siaga_map *request = tool_request(t);
    siaga_map_text(request, o->field, o->word);
    int code = tool_parse(t, &usage, argc, argv, NULL);
    if (!code && (o->takes & TAKES_TEXT) && !siaga_map_has(request, "text"))
        code = tool_complain(t, EX_USAGE, "%s takes --text TEXT", o->name);
    if (!code && (o->takes & NEEDS_REASON) && !siaga_map_has(request, "reason"))
        code = tool_complain(t, EX_USAGE, "%s takes --reason R", o->name);
    return code ? code : tool_change(t, &(struct tool_change){.verb = o->verb, .request = request});
}

#define ORDER_VERB(name, text) const struct verb name##_verb = {#name, text, run};
ORDER_VERB(release, N_("Release word of a case to the public, with a text by Humas."))
ORDER_VERB(correct, N_("Correct what was released."))
ORDER_VERB(withdraw, N_("Withdraw a case from the public feed."))
ORDER_VERB(erase, N_("Destroy the texts of a case; its history and figures stay."))
ORDER_VERB(hold, N_("Keep a case from being destroyed, or no longer."))
