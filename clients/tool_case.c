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
        return tool_complain(t, EX_USAGE,
                             "the last letter of ticket '%s' does not fit; check its digits", seen);
    if (state != SIAGA_TICKET_FINE)
        return tool_complain(
            t, EX_USAGE, "'%s' is no ticket and no number; such as E-261124-0042-K or 1207", seen);
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

const char *tool_changed(const struct tool *t, const siaga_doc *refusal, char *out, size_t size)
{
    const char *act = siaga_text(refusal, "changed_do"),
               *from = siaga_text(refusal, "changed_from"),
               *task = siaga_text(refusal, "changed_task"), *label = "-";
    if (*act)
        label = siaga_label(*from ? "act" : "entry", act, t->english);
    snprintf(out, size, "%s%s%s%s%s%s", label, *task ? tool_text(t, ", part of ") : "", task,
             *from ? tool_text(t, " (before: ") : "",
             *from ? siaga_label("state", from, t->english) : "", *from ? ")" : "");
    return out;
}

/* What an E_STALE or E_STATE tells of the case beside its hint. */
static void tell_present(struct tool *t, const siaga_doc *refusal)
{
    char state[128], by[SIAGA_SOURCE_BYTES * 4], at[TOOL_TIME_BYTES], what[200], shown[400];
    if (!*siaga_text(refusal, "state"))
        return;
    tool_note(t, "  now: %s, version %lld",
              tool_clean(tool_label(t, refusal, "state"), state, sizeof(state)),
              (long long)siaga_int(refusal, "version", 0));
    if (siaga_time(refusal, "changed_at"))
        tool_note(t, "  changed by %s at %s: %s",
                  *siaga_text(refusal, "changed_by")
                      ? tool_clean(siaga_text(refusal, "changed_by"), by, sizeof(by))
                      : "-",
                  tool_time_long(t, siaga_time(refusal, "changed_at"), at),
                  tool_clean(tool_changed(t, refusal, what, sizeof(what)), shown, sizeof(shown)));
}

/* The part of a supporting SKPD, when the act was about one. */
static void print_task(const struct tool *t, const siaga_doc *answer, const char *owner)
{
    const char *task = siaga_text(answer, "task"), *state = siaga_text(answer, "task_state");
    if (!*task || strcmp(task, owner) == 0)
        return;
    printf("  %s ", tool_text(t, "part of"));
    tool_print(stdout, task);
    fputs(": ", stdout);
    tool_print(stdout, siaga_label("state", state, t->english));
}

/* A case given away twice goes to the Secretariat, whoever was named. */
static void print_rule(const struct tool *t, const char *owner)
{
    fputs(tool_text(t, "  (forwarded the third time: to "), stdout);
    tool_print(stdout, owner);
    fputs(tool_text(t, " by rule)"), stdout);
}

static void print_changed(struct tool *t, const siaga_doc *answer, const char *target)
{
    const char *owner = siaga_text(answer, "owner");
    tool_print(stdout, siaga_text(answer, "ticket"));
    fputs("  ", stdout);
    tool_print(stdout, tool_label(t, answer, "state"));
    printf("  %s %lld", tool_text(t, "version"), (long long)siaga_int(answer, "version", 0));
    if (*owner) {
        fputs("  ", stdout);
        tool_print(stdout, owner);
    }
    print_task(t, answer, owner);
    if (target && *owner && strcmp(owner, target) != 0)
        print_rule(t, owner);
    if (siaga_bool(answer, "duplicate", false))
        fputs(tool_text(t, "  (recorded before)"), stdout);
    putchar('\n');
}

int tool_change_option(struct tool *t, int key, const char *arg)
{
    siaga_map *request = tool_request(t);
    int64_t version;
    char skpd[64];
    if (key == TOOL_CHANGE_NOTE)
        siaga_map_text(request, "note", arg);
    else if (key == TOOL_CHANGE_KEY)
        siaga_map_text(request, "key", arg);
    else if (key == TOOL_CHANGE_TASK) {
        tool_fold(arg, skpd, sizeof(skpd));
        siaga_map_text(request, "task", skpd);
    } else if (key != TOOL_CHANGE_IF_VERSION)
        return TOOL_NOT_MINE;
    else if (!tool_number(arg, 1, UINT32_MAX, &version))
        return tool_complain(t, EX_USAGE, "--if-version takes the number of a version, not '%s'",
                             arg);
    else
        siaga_map_int(request, "version", version);
    return 0;
}

static void print_answer(struct tool *t, const struct tool_change *change, const siaga_doc *answer)
{
    if (t->output == TOOL_TABLE)
        print_changed(t, answer, change->target);
    else if (change->many)
        tool_emit(t, answer);
    else
        tool_emit_one(t, answer);
}

int tool_change(struct tool *t, const struct tool_change *change)
{
    int code = 0;
    char key[SIAGA_KEY_BYTES];
    siaga_session *session = tool_session(t, &code);
    if (!session)
        return code;
    siaga_map *request = siaga_map_new();
    siaga_map_merge(request, change->request);
    add_key(request, key);
    siaga_doc *answer = NULL;
    siaga_error err;
    code = siaga_request(session, change->verb, request, &answer, &err);
    siaga_map_free(request);
    if (code && answer) {
        code = tool_refused(t, answer);
        tool_suggest_all(t, answer);
        tell_present(t, answer);
    } else if (code) {
        code = tool_fail(t, &err);
    } else {
        print_answer(t, change, answer);
    }
    if (code == EX_TEMPFAIL && *key)
        tool_note(t, "  it may have happened; repeat with --key %s", key);
    siaga_doc_free(answer);
    return code;
}
