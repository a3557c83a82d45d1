/* ROUTE and STATUS: answered from the city's snapshot and the counters, without the disk. */
#include "door.h"
#include "measures.h"
#include "health.h"
#include "proto/pairs.h"
#include "proto/rights.h"
#include "proto/stamp.h"

struct sample { /* a made-up event to be routed, or names that are asked for instead */
    struct slice kind, category, kecamatan, severity, names;
    int64_t at_us;
};

#define NAMES_MAX 4096u

static const struct names {
    const char *word;
    const char *(*nth)(const struct city *c, unsigned n);
} all_names[] = {
    {"skpd", city_nth_skpd}, {"category", city_nth_category}, {"kecamatan", city_nth_kecamatan}};

static const struct names *names_find(struct slice word)
{
    for (size_t i = 0; i < sizeof all_names / sizeof *all_names; i++)
        if (slice_is(word, all_names[i].word))
            return &all_names[i];
    return NULL;
}

static void read_sample(const struct request *r, struct sample *s, struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "kind"))
            door_text(&w, &s->kind, faults, 32);
        else if (slice_is(w.name, "category"))
            door_text(&w, &s->category, faults, CODE_MAX_BYTES);
        else if (slice_is(w.name, "kecamatan"))
            door_text(&w, &s->kecamatan, faults, CODE_MAX_BYTES);
        else if (slice_is(w.name, "severity"))
            door_text(&w, &s->severity, faults, 32);
        else if (slice_is(w.name, "at"))
            door_time(&w, &s->at_us, faults);
        else if (slice_is(w.name, "names"))
            door_text(&w, &s->names, faults, 32);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, faults);
    }
    if (s->names.n > 0 && (s->kind.n > 0 || names_find(s->names) == NULL))
        faults_add(faults, E_FIELD, "names", 0, s->names);
    if (s->names.n == 0 && words_find(WORDS_KIND, s->kind) == 0)
        faults_add(faults, E_FIELD, "kind", 0, s->kind);
    if (s->severity.n > 0 && words_find(WORDS_SEVERITY, s->severity) == 0)
        faults_add(faults, E_FIELD, "severity", 0, s->severity);
}

static uint32_t pack_helpers(struct writer *w, const struct route *route)
{
    writer_text(w, "helpers");
    writer_array(w, route->helpers_n);
    for (unsigned i = 0; i < route->helpers_n; i++)
        writer_text(w, route->helpers[i]->id);
    return 1;
}

static uint32_t pack_target(struct writer *w, const struct target *t)
{
    if (!t->found)
        return 0;
    uint32_t pairs = pair_text(w, "ack", t->ack) + pair_text(w, "resolve", t->resolve);
    pairs += pair_text(w, "target_file", t->file);
    return pairs + pair_uint(w, "target_line", t->line);
}

/* As admission and routing would have it: an emergency nobody has judged counts as severe, others
 * have the severity of their category, else minor. */
static uint8_t severity_of(struct door *d, const struct sample *s, uint8_t kind)
{
    uint8_t given = words_find(WORDS_SEVERITY, s->severity);
    if (kind == KIND_EMERGENCY)
        return given > SEVERITY_UNKNOWN ? given : SEVERITY_SEVERE;
    const struct category *c = city_category(d->city, s->category);
    uint8_t usual = c != NULL && c->severity != 0 ? c->severity : SEVERITY_MINOR;
    return given != 0 ? given : usual;
}

/* Names that the city does not know are an answer too, but a hint helps more. */
static bool check_names(struct door *d, const struct request *r, const struct sample *s)
{
    struct refusal refusal = {.verdict = V_DONE};
    struct faults faults = {0};
    if (s->category.n > 0 && city_category(d->city, s->category) == NULL) {
        refusal.verdict = E_CATEGORY;
        refusal.nearest_n = city_nearest_category(d->city, s->category, refusal.nearest);
        faults_add(&faults, E_CATEGORY, "category", 0, s->category);
    } else if (s->kecamatan.n > 0 && !city_kecamatan(d->city, s->kecamatan)) {
        refusal.verdict = E_FIELD;
        refusal.nearest_n = city_nearest_kecamatan(d->city, s->kecamatan, refusal.nearest);
        faults_add(&faults, E_FIELD, "kecamatan", 0, s->kecamatan);
    }
    if (refusal.verdict == V_DONE)
        return true;
    refusal.faults = &faults;
    refused_note(d->refused, clock_now(d->clock), r->source, r->verb, refusal.verdict, &faults);
    ack_refused(d->ack, &r->to, &refusal);
    return false;
}

/* What the city's files name, for who picks one of it. */
static void names_serve(struct door *d, const struct request *r, const struct names *asked)
{
    uint32_t n = 0;
    while (n < NAMES_MAX && asked->nth(d->city, n) != NULL)
        n++;
    struct writer *w = ack_open(d->ack);
    writer_map(w, 1);
    writer_text(w, "names");
    writer_array(w, n);
    for (uint32_t i = 0; i < n; i++)
        writer_text(w, asked->nth(d->city, i));
    ack_answer(d->ack, &r->to);
}

void route_serve(struct door *d, const struct request *r)
{
    struct sample s = {.at_us = clock_now(d->clock)};
    struct faults faults = {0};
    struct route route;
    struct target target;
    read_sample(r, &s, &faults);
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        return;
    }
    if (s.names.n > 0) {
        names_serve(d, r, names_find(s.names));
        return;
    }
    if (!check_names(d, r, &s))
        return;
    uint8_t kind = words_find(WORDS_KIND, s.kind);
    uint32_t day = stamp_day(s.at_us, city_settings(d->city)->tz_offset_s);
    city_route(d->city, kind, s.category, s.kecamatan, day, &route);
    city_target(d->city, route.owner, kind, s.category, severity_of(d, &s, kind), s.at_us, &target);

    struct writer *w = ack_open(d->ack);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "owner", route.owner->id);
    pairs += pair_both(w, "owner_name", route.owner->name_id, route.owner->name_en);
    pairs += pack_helpers(w, &route);
    pairs += pair_text(w, "file", route.file) + pair_uint(w, "line", route.line) +
             pair_text(w, "rule", route.rule);
    pairs += pack_target(w, &target);
    pairs += pair_flags(w, route.found ? 0 : FLAG_UNROUTED);
    writer_close_map(w, at, pairs);
    ack_answer(d->ack, &r->to);
}

static uint32_t pack_disks(struct writer *w, struct door *d)
{
    uint64_t used[STORE_ENVS], size[STORE_ENVS];
    d->room(d->self, used, size);
    for (int e = 0; e < STORE_ENVS; e++) {
        writer_text(w, store_env_name((enum store_env)e));
        writer_map(w, 3);
        pair_uint(w, "used_bytes", used[e]);
        pair_uint(w, "size_bytes", size[e]);
        pair_uint(w, "told_percent", health_told(d->health, (enum store_env)e));
    }
    return STORE_ENVS;
}

static uint32_t pack_scrub(struct writer *w, struct door *d)
{
    struct scrub_figures f;
    health_scrub(d->health, &f);
    writer_text(w, "scrub");
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_bool(w, "running", f.running);
    if (f.began_us != 0)
        pairs += pair_time(w, "began_at", f.began_us);
    if (f.ended_us != 0)
        pairs += pair_time(w, "ended_at", f.ended_us);
    pairs += pair_uint(w, "entries", f.entries) + pair_uint(w, "persons", f.persons);
    pairs += pair_uint(w, "rows", f.rows) + pair_uint(w, "damaged", f.damaged);
    writer_close_map(w, at, pairs);
    return 1;
}

static uint32_t pack_counters(struct writer *w, const struct counters *c)
{
    writer_text(w, "counters");
    writer_map(w, COUNTERS);
    for (int i = 0; i < COUNTERS; i++)
        pair_uint(w, counters_name((enum counter)i), c->at[i]);
    return 1;
}

static uint32_t pack_refused(struct writer *w, const struct refused *r)
{
    writer_text(w, "refused");
    size_t at = writer_open_map(w);
    uint32_t pairs = 0;
    for (int v = 1; v < VERDICT_COUNT; v++)
        pairs += pair_uint_if(w, verdict_name(v), refused_count(r, v));
    writer_close_map(w, at, pairs);
    return 1;
}

/* In the order in which load is shed. */
static uint32_t shed_pack(struct writer *w, const struct counters *c)
{
    static const struct {
        const char *name;
        enum counter counter;
    } order[] = {
#define SHED(NAME, name, COUNTER_NAME, ...) {name, COUNT_##COUNTER_NAME},
#include "shed.def"
    };
    writer_text(w, "shedding");
    writer_array(w, sizeof order / sizeof *order);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        size_t at = writer_open_map(w);
        writer_close_map(w, at,
                         pair_text(w, "what", order[i].name) +
                             pair_uint(w, "count", c->at[order[i].counter]));
    }
    return 1;
}

static bool wants_sentences(const struct request *r)
{
    struct faults none = {0};
    bool wanted = false;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);)
        if (slice_is(w.name, "sentences"))
            door_flag(&w, &wanted, &none);
        else
            reader_skip(&w.r);
    return wanted;
}

void status_serve(struct door *d, const struct request *r)
{
    struct jstate j;
    pipeline_state(d->pipeline, &j);
    d->counters->at[COUNT_GROUPS] = j.rounds;
    d->counters->at[COUNT_VIEW_COMMITS] = j.view_commits;

    struct writer *w = ack_open(d->ack);
    size_t at = writer_open_map(w);
    uint32_t pairs =
        pair_text(w, "server", "siagad") + pair_text(w, "version", SIAGA_DAEMON_VERSION);
    pairs += pair_text(w, "node", d->identity->node) + pair_uint(w, "boot", d->identity->boot);
    pairs += pair_time(w, "started_at", d->started_us) + pair_time(w, "now", clock_now(d->clock));
    pairs += pair_text(w, "city", city_name(d->city, false)) +
             pair_text(w, "config", city_source(d->city));
    pairs += pair_time(w, "config_loaded_at", d->config_loaded_us) +
             pair_text(w, "config_error",
                       d->config_error[0] != '\0' ? d->config_error : city_people_error(d->city));
    pairs += pair_uint_if(w, "calendar_missing",
                          (uint64_t)city_year_missing(d->city, clock_now(d->clock)));
    pairs += pair_bool(w, "secure", d->secure);
    pairs += pair_uint(w, "head", j.head) + pair_uint(w, "open", j.open_cases) +
             pair_uint(w, "views_at", j.views_at);
    pairs += pair_uint(w, "watches", feed_watches(d->feed)) +
             pair_uint(w, "desks", desks_count(d->desks));
    pairs += pack_disks(w, d) + pack_scrub(w, d);
    if (rights_sees(r->who.role, RIGHTS_COUNTERS, false))
        pairs += pack_counters(w, d->counters) + shed_pack(w, d->counters) +
                 measures_pack(d->measures, w) + (wants_sentences(r) ? measures_sentences(w) : 0);
    if (rights_sees(r->who.role, RIGHTS_REFUSED, false))
        pairs += pack_refused(w, d->refused);
    writer_close_map(w, at, pairs);
    ack_answer(d->ack, &r->to);
}
