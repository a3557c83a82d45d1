/* siaga ack, assign, forward ...: what people do with cases. One row an act says what it takes; all
 * run alike: each ticket is a request of its own, one line each, the exit code is the worst. */
#include "act.h"

#include <string.h>
#include <sysexits.h>

#define TICKETS_MAX 1000
#define OPTIONS_MAX 16u
#define REASON_BYTES 64u

struct asked {
    const struct act *act;
    const char *args[TICKETS_MAX + 1];
    int n;
    unsigned given; /* mask of what was given */
    const char *note;
    char target[64];
    bool single; /* --key: means one case */
};

/* ---- options ---- */

static int take_into(struct tool *t, const char *arg)
{
    char ticket[24], seen[80];
    if (siaga_ticket_read(arg, ticket) != SIAGA_TICKET_FINE)
        return tool_complain(t, EX_USAGE, "--into: '%s' is no ticket; such as E-261124-0042-K",
                             tool_clean(arg, seen, sizeof(seen)));
    siaga_map_text(tool_request(t), "into", ticket);
    return 0;
}

static int take_at(struct tool *t, const char *arg)
{
    char when[SIAGA_TIME_BYTES];
    int code = tool_time_option(t, "--at", arg, when);
    if (!code)
        siaga_map_text(tool_request(t), "at", when);
    return code;
}

static int take_stars(struct tool *t, const char *arg)
{
    int64_t stars;
    if (!tool_number(arg, 1, 5, &stars))
        return tool_complain(t, EX_USAGE, "--stars: 1 to 5, not '%s'", arg);
    siaga_map_int(tool_request(t), "stars", stars);
    return 0;
}

static int take_target(struct tool *t, struct asked *asked, const char *arg)
{
    tool_fold(arg, asked->target, sizeof(asked->target));
    siaga_map_text(tool_request(t), "target", asked->target);
    asked->given |= TARGET;
    return 0;
}

static int take_done(struct tool *t, struct asked *asked, bool done)
{
    if (asked->given & RATING)
        return tool_complain(t, EX_USAGE, "use --done or --not-done, not both");
    siaga_map_bool(tool_request(t), "done", done);
    asked->given |= RATING;
    return 0;
}

/* Those that are one text or one truth. */
static int take_plain(struct tool *t, struct asked *asked, int key, const char *arg)
{
    if (key == KEY_REASON)
        siaga_map_text(tool_request(t), "reason", arg);
    else if (key == KEY_PROOF)
        siaga_map_text(tool_request(t), "proof", arg);
    else if (key == KEY_CORRECT)
        siaga_map_bool(tool_request(t), "correct", true);
    asked->given |= key == KEY_REASON ? REASON : 0;
    return 0;
}

static int take_change(struct tool *t, struct asked *asked, int key, const char *arg)
{
    asked->single |= key == TOOL_CHANGE_KEY;
    if (key == TOOL_CHANGE_NOTE) {
        asked->note = arg;
        asked->given |= NOTE;
    }
    return tool_change_option(t, key, arg);
}

static int take_arg(struct tool *t, struct asked *asked, const char *arg)
{
    if (asked->n > TICKETS_MAX)
        return tool_complain(t, EX_USAGE, "at most %d tickets at once", TICKETS_MAX);
    asked->args[asked->n++] = arg;
    return 0;
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
    if (key == KEY_OUTCOME) {
        asked->given |= OUTCOME;
        return tool_set_word(t, "outcome", "--outcome", "outcome", arg);
    }
    if (key == KEY_INTO) {
        asked->given |= INTO;
        return take_into(t, arg);
    }
    return key == TOOL_ARG                          ? take_arg(t, asked, arg)
           : key == KEY_TO                          ? take_target(t, asked, arg)
           : key == KEY_AT                          ? take_at(t, arg)
           : key == KEY_STARS                       ? take_stars(t, arg)
           : key == KEY_DONE || key == KEY_NOT_DONE ? take_done(t, asked, key == KEY_DONE)
           : key >= KEY_REASON && key <= KEY_STARS  ? take_plain(t, asked, key, arg)
                                                    : take_change(t, asked, key, arg);
}

/* ---- what must be there ---- */

static int complete(struct tool *t, struct asked *asked)
{
    static const struct {
        unsigned of;
        const char *option;
    } names[] = {
        {REASON, "--reason"}, {TARGET, "--to"}, {OUTCOME, "--outcome"},
        {INTO, "--into"},     {NOTE, "--note"}, {RATING, "--done | --not-done"},
    };
    char reason[REASON_BYTES + 1];
    unsigned missing = asked->act->needs & ~asked->given;
    if ((missing & REASON) && asked->note && *asked->note) {
        tool_cut(asked->note, reason, REASON_BYTES);
        siaga_map_text(tool_request(t), "reason", reason);
        missing &= ~(unsigned)REASON;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (missing & names[i].of)
            return tool_complain(t, EX_USAGE, "'siaga %s' needs %s; see 'siaga %s --help'",
                                 t->verb->name, names[i].option, t->verb->name);
    return 0;
}

/* What a case may wait for, as typed or by the label of the act. */
static int set_waiting(struct tool *t, const char *typed)
{
    static const char *const words[] = {"reporter", "third_party", "budget", NULL};
    char shape[64], word[64], act[64], shown[80];
    tool_fold(typed, shape, sizeof(shape));
    const char *labelled = tool_find_word("act", typed);
    for (size_t i = 0; words[i]; i++) {
        tool_fold(words[i], word, sizeof(word));
        snprintf(act, sizeof(act), "wait_%s", words[i]);
        if (strcmp(shape, word) != 0 && (!labelled || strcmp(labelled, act) != 0))
            continue;
        siaga_map_text(tool_request(t), "do", act);
        return 0;
    }
    const char *near = tool_nearest(typed, words);
    return tool_complain(t, EX_USAGE, "'%s': wait for the reporter, third_party or budget?%s%s",
                         tool_clean(typed, shown, sizeof(shown)), near ? " -> " : "",
                         near ? near : "");
}

/* What stands behind the tickets leaves their list. */
static int set_word(struct tool *t, struct asked *asked)
{
    const struct act *act = asked->act;
    siaga_map_text(tool_request(t), "do", act->verb);
    if (act->word == ACT_NO_WORD)
        return 0;
    if (asked->n < 2)
        return tool_complain(t, EX_USAGE, "something is missing; use: siaga %s %s", t->verb->name,
                             tool_text(t, act->args));
    const char *typed = asked->args[--asked->n];
    return act->word == ACT_WAITING
               ? set_waiting(t, typed)
               : tool_set_word(t, "milestone", N_("MILESTONE"), "milestone", typed);
}

static int check(struct tool *t, struct asked *asked)
{
    int code = set_word(t, asked);
    if (!code)
        code = complete(t, asked);
    if (!code && asked->n > 1 && asked->single)
        code = tool_complain(t, EX_USAGE, "--key is for one ticket only");
    return code;
}

/* ---- the run ---- */

/* The next ticket would fare no better. */
static bool hopeless(int code)
{
    return code == EX_UNAVAILABLE || code == EX_TEMPFAIL || code == EX_PROTOCOL;
}

static int run_all(struct tool *t, const struct asked *asked)
{
    int worst = 0, i = 0;
    struct tool_change change = {
        .verb = "move",
        .request = tool_request(t),
        .target = *asked->target && strcmp(asked->act->verb, "support") != 0 ? asked->target : NULL,
        .many = asked->n > 1,
    };
    for (; i < asked->n && !hopeless(worst); i++) {
        char shown[80];
        int code = tool_case(t, tool_request(t), asked->args[i]);
        if (!code)
            code = tool_change(t, &change);
        if (code && asked->n > 1)
            tool_note(t, "  at: %s", tool_clean(asked->args[i], shown, sizeof(shown)));
        worst = code > worst ? code : worst;
    }
    if (i < asked->n)
        tool_note(t, "%d tickets were not tried, from %s on", asked->n - i, asked->args[i]);
    if (asked->n > 1)
        tool_emit_end(t);
    return worst;
}

static const struct act *find(const char *verb)
{
    size_t i = 0;
    while (strcmp(act_all[i].verb, verb) != 0)
        i++;
    return &act_all[i];
}

static int run(struct tool *t, int argc, char **argv)
{
    static const struct tool_option common[] = {TOOL_CHANGE_OPTIONS};
    static struct asked asked;
    struct tool_option options[OPTIONS_MAX] = {{0}};
    const struct act *act = asked.act = find(t->verb->name);
    size_t n = 0;
    for (size_t i = 0; i < act_options_n; i++)
        if (act_options[i].of & act->takes)
            options[n++] = act_options[i].option;
    memcpy(options + n, common, sizeof(common));
    struct tool_usage usage = {
        .args = act->args,
        .examples = {act->examples[0], act->examples[1], NULL},
        .options = options,
        .fields = TOOL_CHANGE_FIELDS,
        .known = TOOL_CHANGE_KNOWN,
        .option = take,
        .args_min = 1,
        .args_max = -1,
        .exits = N_("65  the case has changed, or this may not be done now"),
    };
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (!code)
        code = check(t, &asked);
    return code ? code : run_all(t, &asked);
}

#define ACT_VERB(name, text) const struct verb name##_verb = {#name, text, run};
ACT_VERB(ack, N_("Acknowledge: a person of the SKPD has this case."))
ACT_VERB(assign, N_("Assign a case to its owner, or to another SKPD."))
ACT_VERB(forward, N_("Forward a case to another SKPD with a reason."))
ACT_VERB(refuse, N_("Refuse as not this SKPD's duty; the case goes to the POC."))
/* `siaga verify` without a ticket checks the history: verify.c. */
const struct verb verify_case_verb = {"verify", N_("Find a complaint fit to go on."), run};
ACT_VERB(reject, N_("Reject a complaint with a reason."))
ACT_VERB(start, N_("Start to work on it."))
ACT_VERB(wait, N_("Wait for the reporter, a third party, or budget; the wait does not count."))
ACT_VERB(resume, N_("Go on after a wait."))
ACT_VERB(resolve, N_("Resolve, with the outcome."))
ACT_VERB(reopen, N_("Reopen a case that had ended."))
ACT_VERB(close, N_("Close a resolved case."))
ACT_VERB(cancel, N_("Cancel a case with a reason."))
ACT_VERB(merge, N_("Merge reports into one incident."))
ACT_VERB(support, N_("Ask another SKPD for support; it gets a part of its own."))
ACT_VERB(milestone,
         N_("Record a milestone: ticketed dispatched en_route on_scene contained cleared."))
ACT_VERB(note, N_("Add a note to a case."))
ACT_VERB(rate, N_("Record how the reporter rates it."))
ACT_VERB(retarget,
         N_("Put a case under the targets of today, by order; old and new due times are kept."))
ACT_VERB(appeal, N_("Appeal against a rejection."))
