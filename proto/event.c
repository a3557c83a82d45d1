#include "event.h"

#include "event_private.h"
#include "key.h"
#include "stamp.h"

#define SKEW_US (5 * STAMP_MINUTE)
#define SKEW_MOST_US STAMP_DAY
#define STALE_US (30 * STAMP_DAY)
#define E7 10000000

/* --- finding the fields --------------------------------------------------------------------- */

#define NAME_LONGEST 16u

/* The fields by the length of their names: few share one. */
static struct {
    uint8_t count[NAME_LONGEST + 1], field[NAME_LONGEST + 1][EVENT_FIELDS];
} by_length;

static __attribute__((constructor)) void sort_names(void)
{
    for (uint32_t k = 0; k < EVENT_FIELDS; k++) {
        uint32_t n = event_fields[k].name_n;
        by_length.field[n][by_length.count[n]++] = (uint8_t)k;
    }
}

static const struct field *field_named(struct slice name)
{
    if (name.n > NAME_LONGEST)
        return NULL;
    for (uint32_t i = 0; i < by_length.count[name.n]; i++) {
        const struct field *f = &event_fields[by_length.field[name.n][i]];
        if (f->name[0] == name.p[0] && memcmp(f->name, name.p, name.n) == 0)
            return f;
    }
    return NULL;
}

static struct reader reader_of(struct slice packed)
{
    return reader_over(packed.p, packed.n);
}

/* Notes where each known field stands, so that they can be judged in the order of fields.def. */
static void find_fields(struct decode *d, struct reader r)
{
    for (uint32_t left = reader_map(&r); left > 0 && !r.err; left--) {
        const struct field *f = field_named(reader_str(&r));
        struct slice value = reader_skip(&r);
        struct reader over = reader_of(value);
        if (!f)
            d->strangers = true;
        else if (reader_peek(&over) != PACK_NIL)
            d->raw[f - event_fields] = value;
    }
}

static void read_field(struct decode *d, enum event_field k)
{
    const struct field *f = &event_fields[k];
    if (d->raw[k].n == 0)
        return;
    if (f->setter == SETTER_CLIENT)
        d->given[k] = f->read(d, f, reader_of(d->raw[k]));
    else
        event_blame(
            d, (struct blame){.field = f->name,
                              .verdict = E_FIELD,
                              .hint = f->setter == SETTER_SERVER ? HINT_SERVER : HINT_PERSONAL});
}

static void read_unknown(struct decode *d, struct reader r)
{
    for (uint32_t left = reader_map(&r); left > 0 && !r.err; left--) {
        struct slice name = reader_str(&r);
        struct reader value = reader_of(reader_skip(&r));
        if (!field_named(name) && reader_peek(&value) != PACK_NIL)
            event_unknown(d, name, value);
    }
}

/* --- what takes more than one field ---------------------------------------------------------- */

static void require(struct decode *d, enum event_field k)
{
    if (!d->given[k])
        event_blame(d, (struct blame){.field = event_fields[k].name,
                                      .verdict = E_FIELD,
                                      .hint = HINT_MISSING});
}

/* The fields that must be right even in an emergency; after them it is known whether to bend. */
static void judge_head(struct decode *d)
{
    struct reader v = reader_of(d->raw[FIELD_V]);
    if (d->raw[FIELD_V].n && (reader_peek(&v) != PACK_UINT || reader_uint(&v) != 1))
        event_blame(d, (struct blame){.field = "v",
                                      .verdict = E_VERSION,
                                      .limit = 1,
                                      .seen = event_show(d->arena, reader_of(d->raw[FIELD_V]))});
    read_field(d, FIELD_SOURCE);
    read_field(d, FIELD_KEY);
    require(d, FIELD_KEY);
    read_field(d, FIELD_KIND);
    require(d, FIELD_KIND);
    d->emergency = d->e->kind == KIND_EMERGENCY;
}

static void judge_words(struct decode *d)
{
    struct event *e = d->e;
    if (e->subkind && e->kind && words_subkind_kind(e->subkind) != e->kind) {
        event_blame(d, (struct blame){.field = "subkind",
                                      .verdict = E_FIELD,
                                      .hint = HINT_SUBKIND,
                                      .seen = slice_from(words_wire(WORDS_SUBKIND, e->subkind))});
        e->subkind = 0;
    }
    if (e->kind == KIND_COMPLAINT || e->kind == KIND_REPORT) {
        require(d, FIELD_CATEGORY);
        require(d, FIELD_TITLE);
    }
}

static void set_default(uint8_t *word, uint8_t number)
{
    if (*word == 0)
        *word = number;
}

static void set_defaults(struct event *e)
{
    static const uint8_t first_subkind[KIND_COUNT] = {
        [KIND_EMERGENCY] = SUBKIND_CALL,
        [KIND_COMPLAINT] = SUBKIND_COMPLAINT,
        [KIND_REPORT] = SUBKIND_SITUATION,
    };
    set_default(&e->subkind, first_subkind[e->kind]);
    set_default(&e->call_class, CALL_CLASS_REAL);
    set_default(&e->mode, MODE_ACTUAL);
    e->severity_given = e->severity != 0;
    set_default(&e->severity, e->kind == KIND_EMERGENCY ? SEVERITY_UNKNOWN : SEVERITY_MINOR);
    set_default(&e->visibility, VISIBILITY_OPEN);
    set_default(&e->language, LANGUAGE_ID);
}

static bool is_off(int64_t skew, int64_t most)
{
    return skew > most || skew < -most;
}

/* Now, by the clock that says it is `told`. What it differs by is that clock's error; one that is
 * off by more than a day tells nothing. */
static int64_t now_by(const struct event_rules *rules, int64_t told)
{
    int64_t skew = told - rules->now_us;
    bool known = told && is_off(skew, SKEW_US) && !is_off(skew, SKEW_MOST_US);
    return known ? told : rules->now_us;
}

/* Nothing is sent before it happens: by no clock that this event has seen, ours, that of the
 * message when it left, or the sender's own when he wanted it sent. */
static bool is_future(const struct event *e, const struct event_rules *rules)
{
    int64_t limit = e->occurred_at - SKEW_US;
    return limit > rules->now_us && limit > now_by(rules, rules->sent_us) &&
           limit > now_by(rules, e->sent_at);
}

static void judge_times(struct decode *d)
{
    struct event *e = d->e;
    const struct event_rules *rules = d->rules;
    struct blame wrong = {.field = "occurred_at"};
    if (is_future(e, rules)) {
        wrong.verdict = E_TIME_FUTURE;
        wrong.bend = FLAG_CLOCK_SKEW;
    } else if (e->occurred_at && e->occurred_at < rules->now_us - STALE_US) {
        wrong.verdict = E_TIME_STALE;
        wrong.bend = FLAG_LATE;
    }
    if (wrong.verdict == E_TIME_STALE && rules->importer) {
        e->flags |= FLAG_LATE;
    } else if (wrong.verdict) {
        wrong.seen = event_show(d->arena, reader_of(d->raw[FIELD_OCCURRED_AT]));
        event_blame(d, wrong);
    }

    int64_t known_at = e->occurred_at ? e->occurred_at : e->sent_at;
    if (known_at && rules->late_after_us > 0 &&
        known_at < now_by(rules, rules->sent_us) - rules->late_after_us)
        e->flags |= FLAG_LATE;
    int64_t left_at = rules->sent_us ? rules->sent_us : e->sent_at;
    if ((left_at && is_off(left_at - rules->now_us, SKEW_US)) ||
        e->sent_at > rules->now_us + SKEW_US)
        e->flags |= FLAG_CLOCK_SKEW;
}

/* --- the point ------------------------------------------------------------------------------ */

static bool within(double degrees, double limit)
{
    return degrees >= -limit && degrees <= limit;
}

static int32_t to_e7(double degrees)
{
    return (int32_t)(degrees * E7 + (degrees < 0 ? -0.5 : 0.5));
}

static bool in_city(const struct event_rules *rules, double lat, double lon)
{
    if (!within(lat, 90) || !within(lon, 180))
        return false;
    int32_t y = to_e7(lat), x = to_e7(lon);
    return y >= rules->south && y <= rules->north && x >= rules->west && x <= rules->east;
}

static struct slice show_point(struct arena *a, double lat, double lon)
{
    int32_t y = to_e7(lat), x = to_e7(lon);
    int32_t ay = y < 0 ? -y : y, ax = x < 0 ? -x : x;
    return arena_printf(a, "lat %s%d.%07d, lon %s%d.%07d", y < 0 ? "-" : "", ay / E7, ay % E7,
                        x < 0 ? "-" : "", ax / E7, ax % E7);
}

/* Exchanged it would be right: in the city or, where no box is known, on the earth at all. */
static bool looks_swapped(const struct decode *d, bool on_earth)
{
    if (d->rules->has_bounds)
        return in_city(d->rules, d->lon, d->lat);
    return !on_earth && within(d->lon, 90) && within(d->lat, 180);
}

static void judge_point(struct decode *d)
{
    struct blame wrong = {.field = "lat", .verdict = E_GEO, .bend = FLAG_NO_POINT};
    bool has_lat = d->raw[FIELD_LAT].n, has_lon = d->raw[FIELD_LON].n;
    if (has_lat != has_lon) {
        wrong.field = has_lat ? "lon" : "lat";
        wrong.hint = HINT_GEO_PAIR;
        event_blame(d, wrong);
    }
    if (!d->lat_read || !d->lon_read)
        return;

    bool lat_fits = within(d->lat, 90), lon_fits = within(d->lon, 180);
    bool on_earth = lat_fits && lon_fits;
    bool inside = !d->rules->has_bounds || in_city(d->rules, d->lat, d->lon);
    if (on_earth && to_e7(d->lat) == 0 && to_e7(d->lon) == 0) {
        wrong.hint = HINT_GEO_ZERO;
        wrong.seen = SLICE_LIT("lat 0, lon 0");
    } else if (!(on_earth && inside) && looks_swapped(d, on_earth)) {
        wrong.hint = HINT_GEO_SWAPPED;
        wrong.seen = show_point(d->arena, d->lon, d->lat);
    } else if (!on_earth) {
        enum event_field k = lat_fits ? FIELD_LON : FIELD_LAT;
        wrong.field = event_fields[k].name;
        wrong.hint = HINT_GEO_RANGE;
        wrong.limit = event_fields[k].limit;
        wrong.seen = event_show(d->arena, reader_of(d->raw[k]));
    }
    if (wrong.hint) {
        event_blame(d, wrong);
        return;
    }
    d->e->has_point = true;
    d->e->lat = to_e7(d->lat);
    d->e->lon = to_e7(d->lon);
    d->e->flags |= inside ? 0 : FLAG_OUTSIDE_CITY;
}

/* --- the whole ------------------------------------------------------------------------------ */

static void judge_event(struct decode *d, struct slice map)
{
    find_fields(d, reader_of(map));
    judge_head(d);
    for (enum event_field k = FIELD_KIND + 1; k < EVENT_FIELDS; k++)
        read_field(d, k);
    if (d->strangers)
        read_unknown(d, reader_of(map));
    event_sort_extra(d->e);

    judge_words(d);
    judge_times(d);
    judge_point(d);
    set_defaults(d->e);

    struct event *e = d->e;
    if (d->emergency && !e->has_point && !e->kelurahan.n && !e->address.n)
        e->flags |= FLAG_NO_PLACE;
}

int event_decode(struct reader *r, const struct event_rules *rules, struct arena *arena,
                 struct event *ret_event, struct faults *ret_faults)
{
    *ret_event = (struct event){.people_harmed = EVENT_PEOPLE_UNKNOWN,
                                .people_at_risk = EVENT_PEOPLE_UNKNOWN};
    ret_faults->count = 0;
    struct decode d = {.rules = rules, .arena = arena, .e = ret_event, .faults = ret_faults};

    enum pack_type type = reader_peek(r);
    struct slice map = reader_skip(r);
    if (r->err)
        event_blame(&d, (struct blame){.field = "events", .verdict = E_PARSE});
    else if (type != PACK_MAP)
        event_blame(&d, (struct blame){.field = "events",
                                       .verdict = E_FIELD,
                                       .hint = HINT_TYPE,
                                       .seen = event_show(arena, reader_of(map))});
    else
        judge_event(&d, map);
    return faults_worst(ret_faults);
}
