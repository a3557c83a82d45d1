#include "tool.h"

#include <sysexits.h>

struct asked {
    int args;
};

enum { KEY_IF_VERSION = 1000, KEY_NOTE, KEY_KEY };

static const struct tool_option options[] = {
    {"if-version", KEY_IF_VERSION, "N", "hanya bila kasus masih pada versi N",
     "only if the case is still at version N"},
    {"note", KEY_NOTE, "TEKS", "catatan, sampai 1.000 bita", "a note of up to 1,000 bytes"},
    {"key", KEY_KEY, "KUNCI", "kunci idempotensi, supaya ulangan tidak dobel",
     "idempotency key, so that a repeat does no harm"},
    {0},
};

/* The first is the case, the second what the call was. */
static int take_arg(struct tool *t, struct asked *asked, const char *arg)
{
    siaga_map *request = tool_request(t);
    if (asked->args++ == 0)
        return tool_case(t, request, arg);
    return tool_set_word(t, "class", "GOLONGAN", "call_class", arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    siaga_map *request = tool_request(t);
    int64_t version;
    if (key == TOOL_ARG)
        return take_arg(t, state, arg);
    if (key == KEY_NOTE)
        siaga_map_text(request, "note", arg);
    else if (key == KEY_KEY)
        siaga_map_text(request, "key", arg);
    else if (key != KEY_IF_VERSION)
        return TOOL_NOT_MINE;
    else if (!tool_number(arg, 1, UINT32_MAX, &version))
        return tool_complain(t, EX_USAGE, "--if-version butuh angka versi, bukan '%s'",
                             "--if-version takes the number of a version, not '%s'", arg);
    else
        siaga_map_int(request, "version", version);
    return 0;
}

static const struct tool_usage usage = {
    .args_id = "[PILIHAN] TIKET|NOMOR GOLONGAN",
    .args_en = "[OPTIONS] TICKET|NUMBER CLASS",
    .examples = {"siaga reclass E-261124-0042-K prank",
                 "siaga reclass E-261124-0043-C real --note \"penelepon kedua membenarkan\"", NULL},
    .options = options,
    .option = take,
    .args_min = 2,
    .args_max = 2,
    .exits_id = "65  kasus sudah berubah, atau perubahan itu tidak boleh",
    .exits_en = "65  the case has changed, or the change is not allowed",
};

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {0};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    return code ? code : tool_change(t, "reclass", tool_request(t));
}

const struct verb reclass_verb = {
    .name = "reclass",
    .summary_id = "Ubah golongan panggilan 112: nyata, informasi, iseng, senyap, uji.",
    .summary_en = "Change the class of a 112 call: real, information, prank, ghost, test.",
    .run = run,
};
