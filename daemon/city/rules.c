/* What city.yaml says of the life of a case: who decides disputes, how long a wait may last, when
 * silence closes, how desks work. Who is told when nobody acknowledges: ladder.c. */
#include "load.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define HOUR_US 3600000000ll

static struct rules *rules_of(void *into)
{
    return &((struct load *)into)->city->rules;
}

void rules_defaults(struct rules *r)
{
    *r = (struct rules){
        .wait_reporter = "10wd",
        .wait_third_party = "30d",
        .wait_budget = "90d",
        .close_after = "10wd",
        .reopen_within = "30d",
        .work = {.lease_us = 120 * 1000000ll, .backoff_us = 10 * 1000000ll, .attempts = 5},
        .drill_levels = 1u << LEVEL_OPERATOR,
    };
}

/* ---- reading ---- */

static void read_limit(struct conf_doc *doc, const struct conf_node *n, char out[RULE_LIMIT_BYTES])
{
    const char *text;
    if (!conf_text(doc, n, RULE_LIMIT_BYTES - 1, &text))
        return;
    if (city_limit_valid(slice_from(text)))
        snprintf(out, RULE_LIMIT_BYTES, "%s", text);
    else
        conf_error(doc, n,
                   "'%s' is no limit; write a number with m, h, d, mo, wm, wh or wd, as in 10wd",
                   text);
}

#define LIMIT_READER(name)                                                               \
    static void read_##name(struct conf_doc *doc, const struct conf_node *n, void *into) \
    {                                                                                    \
        read_limit(doc, n, rules_of(into)->name);                                        \
    }
LIMIT_READER(wait_reporter)
LIMIT_READER(wait_third_party)
LIMIT_READER(wait_budget)
LIMIT_READER(close_after)
LIMIT_READER(reopen_within)

void rules_waiting(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {{"reporter", false, read_wait_reporter},
                                               {"third_party", false, read_wait_third_party},
                                               {"budget", false, read_wait_budget}};
    conf_map(doc, n, fields, COUNT(fields), into);
}

void rules_after(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {{"close", false, read_close_after},
                                               {"reopen", false, read_reopen_within}};
    conf_map(doc, n, fields, COUNT(fields), into);
}

static void read_lease(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_duration(doc, n, 1000000, HOUR_US, &rules_of(into)->work.lease_us);
}

static void read_backoff(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_duration(doc, n, 100000, HOUR_US, &rules_of(into)->work.backoff_us);
}

static void read_attempts(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    int64_t value;
    if (conf_int(doc, n, 1, 16, &value))
        rules_of(into)->work.attempts = (unsigned)value;
}

void rules_work(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {{"lease", false, read_lease},
                                               {"attempts", false, read_attempts},
                                               {"backoff", false, read_backoff}};
    conf_map(doc, n, fields, COUNT(fields), into);
}

void rules_silence(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_duration(doc, n, 1000000, HOUR_US, &rules_of(into)->silence_us);
}

void rules_secretariat(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->secretariat = (struct load_node){doc, n};
}

void rules_seal(struct load *l)
{
    struct skpd_entry *secretariat;
    if (l->secretariat.node && load_skpd(l, l->secretariat.doc, l->secretariat.node, &secretariat))
        l->city->rules.secretariat = secretariat;
}

/* ---- asking ---- */

const struct skpd *city_secretariat(const struct city *c)
{
    return c->rules.secretariat ? &c->rules.secretariat->open : NULL;
}

struct slice city_wait_cap(const struct city *c, uint8_t state)
{
    const struct rules *r = &c->rules;
    const char *const caps[STATE_COUNT] = {
        [STATE_WAITING_REPORTER] = r->wait_reporter,
        [STATE_WAITING_THIRD_PARTY] = r->wait_third_party,
        [STATE_WAITING_BUDGET] = r->wait_budget,
    };
    return slice_from(state < STATE_COUNT ? caps[state] : NULL);
}

struct slice city_close_after(const struct city *c)
{
    return slice_from(c->rules.close_after);
}

struct slice city_reopen_within(const struct city *c)
{
    return slice_from(c->rules.reopen_within);
}

const struct city_work *city_work(const struct city *c)
{
    return &c->rules.work;
}

int64_t city_silence_us(const struct city *c)
{
    return c->rules.silence_us;
}
