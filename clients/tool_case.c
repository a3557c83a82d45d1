#include "tool.h"

#include <string.h>
#include <sysexits.h>

/* ---- which case ---- */

int tool_case(struct tool *t, siaga_map *request, const char *text)
{
    char ticket[24], seen[80];
    int64_t number;
    if (tool_number(text, 1, INT64_MAX, &number)) {
        siaga_map_int(request, "case", number);
        siaga_map_text(request, "ticket", NULL);
        return 0;
    }
    siaga_ticket_state state = siaga_ticket_read(text, ticket);
    tool_clean(text, seen, sizeof(seen));
    if (state == SIAGA_TICKET_BAD_CHECK)
        return tool_complain(t, EX_USAGE, "huruf akhir tiket '%s' tidak cocok; periksa angkanya",
                             "the last letter of ticket '%s' does not fit; check its digits", seen);
    if (state != SIAGA_TICKET_FINE)
        return tool_complain(
            t, EX_USAGE, "'%s' bukan tiket atau nomor; contoh E-261124-0042-K atau 1207",
            "'%s' is no ticket and no number; such as E-261124-0042-K or 1207", seen);
    siaga_map_text(request, "ticket", ticket);
    siaga_map_text(request, "case", NULL);
    return 0;
}

/* ---- changing it ---- */

int tool_set_word(struct tool *t, const char *field, const char *option, const char *group,
                  const char *arg)
{
    const char *known = tool_find_word(group, arg);
    siaga_map_text(tool_request(t), field, known ? known : arg);
    return known ? 0 : tool_word(t, option, group, arg);
}

/* A key like an event's, so that a repeat is told from a second change. "" if it has one. */
static void add_key(siaga_map *request, char ret_key[SIAGA_KEY_BYTES])
{
    *ret_key = '\0';
    if (siaga_map_has(request, "key"))
        return;
    siaga_event *ev = siaga_event_new("report");
    snprintf(ret_key, SIAGA_KEY_BYTES, "%s", siaga_event_key(ev));
    siaga_map_text(request, "key", ret_key);
    siaga_event_free(ev);
}

/* What an E_STALE or E_STATE tells of the case beside its hint. */
static void tell_present(struct tool *t, const siaga_doc *refusal)
{
    char state[128], by[SIAGA_SOURCE_BYTES * 4], at[TOOL_TIME_BYTES];
    if (!*siaga_text(refusal, "state"))
        return;
    tool_note(t, "  sekarang: %s, versi %lld", "  now: %s, version %lld",
              tool_clean(tool_label(t, refusal, "state"), state, sizeof(state)),
              (long long)siaga_int(refusal, "version", 0));
    if (*siaga_text(refusal, "changed_by"))
        tool_note(t, "  diubah oleh %s pada %s", "  changed by %s at %s",
                  tool_clean(siaga_text(refusal, "changed_by"), by, sizeof(by)),
                  tool_time_long(t, siaga_time(refusal, "changed_at"), at));
}

static void print_changed(struct tool *t, const siaga_doc *answer)
{
    tool_print(stdout, siaga_text(answer, "ticket"));
    fputs("  ", stdout);
    tool_print(stdout, tool_label(t, answer, "state"));
    printf("  %s %lld", tool_text(t, "versi", "version"),
           (long long)siaga_int(answer, "version", 0));
    if (*siaga_text(answer, "owner")) {
        fputs("  ", stdout);
        tool_print(stdout, siaga_text(answer, "owner"));
    }
    if (siaga_bool(answer, "duplicate", false))
        fputs(tool_text(t, "  (sudah tercatat)", "  (recorded before)"), stdout);
    putchar('\n');
}

int tool_change_option(struct tool *t, int key, const char *arg)
{
    siaga_map *request = tool_request(t);
    int64_t version;
    if (key == TOOL_CHANGE_NOTE)
        siaga_map_text(request, "note", arg);
    else if (key == TOOL_CHANGE_KEY)
        siaga_map_text(request, "key", arg);
    else if (key != TOOL_CHANGE_IF_VERSION)
        return TOOL_NOT_MINE;
    else if (!tool_number(arg, 1, UINT32_MAX, &version))
        return tool_complain(t, EX_USAGE, "--if-version butuh angka versi, bukan '%s'",
                             "--if-version takes the number of a version, not '%s'", arg);
    else
        siaga_map_int(request, "version", version);
    return 0;
}

int tool_change(struct tool *t, const char *verb, siaga_map *request)
{
    int code = 0;
    char key[SIAGA_KEY_BYTES];
    siaga_session *session = tool_session(t, &code);
    if (!session)
        return code;
    add_key(request, key);
    siaga_doc *answer = NULL;
    siaga_error err;
    code = siaga_request(session, verb, request, &answer, &err);
    if (code && answer) {
        code = tool_refused(t, answer);
        tell_present(t, answer);
    } else if (code) {
        code = tool_fail(t, &err);
    } else if (t->output == TOOL_TABLE) {
        print_changed(t, answer);
    } else {
        tool_emit_one(t, answer);
    }
    if (code == EX_TEMPFAIL && *key)
        tool_note(t, "  mungkin sudah terjadi; ulangi dengan --key %s",
                  "  it may have happened; repeat with --key %s", key);
    siaga_doc_free(answer);
    return code;
}

/* ---- parts of sentences ---- */

void tool_print_list(const struct tool *t, FILE *out, const siaga_doc *list, const char *group)
{
    for (size_t i = 0; i < siaga_doc_size(list); i++) {
        const char *item = siaga_doc_text(siaga_doc_at(list, i));
        fputs(!i ? "" : group ? "; " : ", ", out);
        tool_print(out, group ? siaga_label(group, item, t->english) : item);
    }
}

void tool_print_place(FILE *out, const char *before, const siaga_doc *row)
{
    static const char *const parts[] = {"landmark", "address", "kelurahan", "kecamatan"};
    const siaga_doc *lat = siaga_doc_get(row, "lat"), *lon = siaga_doc_get(row, "lon");
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *part = siaga_text(row, parts[i]);
        if (!*part)
            continue;
        fputs(before, out);
        tool_print(out, part);
        before = ", ";
    }
    if (lat && lon)
        fprintf(out, "%s%.6f,%.6f", before, siaga_doc_double(lat, 0), siaga_doc_double(lon, 0));
}

const char *tool_drill(const struct tool *t, const siaga_doc *row, char out[32])
{
    const char *mode = siaga_text(row, "mode");
    *out = '\0';
    if (*mode && strcmp(mode, "actual") != 0)
        snprintf(out, 32, "[%.20s] ", tool_label(t, row, "mode"));
    return out;
}

/* "; alasan: ..." when there is one */
static void print_said(const struct tool *t, FILE *out, const siaga_doc *row, const char *name,
                       const char *id, const char *en)
{
    const char *text = siaga_text(row, name);
    if (!*text)
        return;
    fprintf(out, "; %s: ", tool_text(t, id, en));
    tool_print(out, strcmp(name, "outcome") == 0 ? tool_label(t, row, name) : text);
}

void tool_print_doing(const struct tool *t, FILE *out, const siaga_doc *row)
{
    if (strcmp(siaga_text(row, "entry"), "reclass") == 0) {
        fputs(tool_text(t, "digolongkan ", "classed as "), out);
        tool_print(out, tool_label(t, row, "call_class"));
        fputs(", ", out);
    }
    tool_print(out, siaga_label("state", siaga_text(row, "from"), t->english));
    fputs(" -> ", out);
    tool_print(out, siaga_label("state", siaga_text(row, "to"), t->english));
    fputs(tool_text(t, ", oleh ", ", by "), out);
    tool_print(out, siaga_text(row, "source"));
    if (*siaga_text(row, "role")) {
        fputs(" (", out);
        tool_print(out, tool_label(t, row, "role"));
        fputs(")", out);
    }
    print_said(t, out, row, "outcome", "hasil", "outcome");
    print_said(t, out, row, "reason", "alasan", "reason");
    print_said(t, out, row, "note", "catatan", "note");
}

void tool_print_entry(const struct tool *t, FILE *out, const siaga_doc *row)
{
    static const char *const names[] = {"owner", "kecamatan", "category", "title"};
    char when[TOOL_TIME_BYTES], drill[32];
    fprintf(out, "%s  ", tool_time_short(t, siaga_time(row, "at"), when));
    tool_print(out, siaga_text(row, "ticket"));
    fprintf(out, "  %s", tool_severity_colour(out, siaga_text(row, "severity")));
    tool_print(out, tool_label(t, row, "severity"));
    fprintf(out, "%s  ", tool_plain(out));
    tool_print(out, tool_drill(t, row, drill));
    if (strcmp(siaga_text(row, "entry"), "event") == 0)
        tool_print(out, tool_label(t, row, "state"));
    else
        tool_print_doing(t, out, row);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (*siaga_text(row, names[i])) {
            fputs("  ", out);
            tool_print(out, siaga_text(row, names[i]));
        }
    putc('\n', out);
}
