/* entries: sealed entries from a few words. What a wish leaves out gets a sensible value; a key is
 * made when none is given, so two wishes are two events. Two wishes of one key are the same content
 * when title, act, to, class and version are. */
#ifndef SIAGA_TESTS_ENTRIES_H
#define SIAGA_TESTS_ENTRIES_H

#include "daemon/views/entry.h"

#define ENTRIES_AT 1795500000000000ll /* 2026-11-24 06:00 UTC, when nothing else is wished */
#define ENTRIES_HELPERS 8

struct wish {
    int64_t at_us;
    const char *source, *key;
    uint8_t kind, severity, call_class, mode, role;
    const char *owner, *desk, *kecamatan; /* default damkar, poc, none */
    const char *title, *body, *category, *kelurahan;
    bool has_point;
    int32_t lat_e7, lon_e7;
    uint8_t visibility;
    uint8_t subkind;
    uint32_t day, flags; /* day default: local day of at_us */
    struct ticket ref;   /* kind 0: none */
    const char *helpers[ENTRIES_HELPERS];

    /* what was promised: by an event to every part, by a clock to one; an event's acknowledge time
     * is a minute when nothing is wished */
    int64_t ack_due, resolve_due, silence_at;
    const char *ack_target, *resolve_target; /* default 1m, 4h where there is a due time */
    uint8_t judge;
    bool outside; /* of the owner, or of the target */

    /* all but an event */
    uint64_t of; /* the case; 0: by ticket */
    struct ticket ticket;
    uint32_t version;
    uint8_t act, to, outcome;
    const char *reason, *note;
    const char *own, *task, *target, *secretariat; /* secretariat default setda */
    struct ticket into;
    uint8_t timer;
    int64_t timer_at, until_us, claimed_us;
    uint32_t attempt;
    uint8_t attempts_max, level, milestone, stars, choices;
};

struct entry *entries_event(struct arena *a, const struct wish *w);
struct entry *entries_change(struct arena *a, const struct wish *w, uint8_t what);

#define an_event(a, ...) entries_event(a, &(struct wish){__VA_ARGS__})
#define a_move(a, ...) entries_change(a, &(struct wish){__VA_ARGS__}, ENTRY_MOVE)
#define a_reclass(a, ...) entries_change(a, &(struct wish){__VA_ARGS__}, ENTRY_RECLASS)
#define a_work(a, ...) entries_change(a, &(struct wish){__VA_ARGS__}, ENTRY_WORK)
#define an_alarm(a, ...) entries_change(a, &(struct wish){__VA_ARGS__}, ENTRY_ALARM)
#define a_clock(a, ...) entries_change(a, &(struct wish){__VA_ARGS__}, ENTRY_CLOCK)

struct entry *entries_copy(struct arena *a, const struct entry *e); /* with all it points to */

/* A generator whose seed is printed: splitmix64. */
static inline uint64_t entries_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}
static inline uint32_t entries_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(entries_random(state) % n);
}

#endif
