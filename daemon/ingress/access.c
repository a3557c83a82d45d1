#include "access.h"

#include <pwd.h>
#include <stdio.h>

#include "daemon/base/control.h"
#include "daemon/base/log.h"
#include "notice.h"

#define SHORT_KEY 8u /* of a key in a record: enough to tell two apart */

static bool uid_of(const char *user, uint32_t *ret_uid)
{
    const struct passwd *p = user[0] != '\0' ? getpwnam(user) : NULL;
    if (p == NULL)
        return false;
    *ret_uid = (uint32_t)p->pw_uid;
    return true;
}

struct zap_table *access_table(const struct city *c)
{
    const struct city_key *rows;
    unsigned n = city_keys(c, &rows), keys = 0, users = 0;
    struct zap_table *t = zap_table_new(n, n);
    t->claimed = city_settings(c)->ipc_claimed;
    for (unsigned i = 0; i < n; i++) {
        if (rows[i].public_key[0] != '\0') {
            struct zap_key *k = &t->keys[keys++];
            k->from_us = rows[i].from_us;
            k->until_us = rows[i].until_us;
            k->handshakes_per_minute = rows[i].handshakes_per_minute;
            snprintf(k->public_key, sizeof k->public_key, "%s", rows[i].public_key);
            snprintf(k->name, sizeof k->name, "%s", rows[i].source);
        }
        if (uid_of(rows[i].user, &t->users[users].uid))
            snprintf(t->users[users++].name, sizeof t->users[0].name, "%s", rows[i].source);
    }
    t->keys_n = keys;
    t->users_n = users;
    return t;
}

bool access_holds(const struct city *c, struct slice source, struct slice key, int64_t now_us)
{
    const struct city_key *row = city_key_of(c, source);
    char text[48];
    uint32_t uid;
    if (row == NULL)
        return false;
    if (key.n > 4 && memcmp(key.p, "uid:", 4) == 0) {
        if (!uid_of(row->user, &uid))
            return false;
        snprintf(text, sizeof text, "uid:%u", uid);
        return slice_is(key, text);
    }
    return slice_is(key, row->public_key) && (row->from_us == 0 || now_us >= row->from_us) &&
           (row->until_us == 0 || now_us < row->until_us);
}

static bool same_role(const struct city *before, const struct city *now, struct slice source)
{
    const struct city_key *a = city_key_of(before, source), *b = city_key_of(now, source);
    return a != NULL && b != NULL && a->role == b->role && strcmp(a->skpd, b->skpd) == 0;
}

/* ---- connections ---- */

struct judging {
    struct door *door;
    const struct city *before, *now;
    int64_t now_us;
};

static bool keep(void *self, struct slice source, struct slice key)
{
    const struct judging *j = self;
    if (source.n == 0) /* it claims its names, one message at a time */
        return city_settings(j->now)->ipc_claimed;
    return access_holds(j->now, source, key, j->now_us) &&
           (j->before == NULL || same_role(j->before, j->now, source));
}

static void cut(void *self, const struct address *to)
{
    struct door *d = ((struct judging *)self)->door;
    feed_drop(d->feed, to);
    desk_drop(d->desks, to);
    d->cut(d->self, to);
}

void access_judge(struct door *d, const struct city *before, const struct city *now)
{
    struct judging j = {d, before, now, clock_now(d->clock)};
    unsigned n = control("cut") ? 0 : links_judge(d->links, keep, cut, &j);
    if (n > 0)
        log_note("%u connections cut: their keys do not hold any more", n);
}

/* ---- entries ---- */

static void told(void *self, struct errand *errand)
{
    const struct proposal *p = errand->proposals[0];
    (void)self;
    if (p->verdict != V_DONE)
        log_warn("a change of the key of " SLICE_FMT " could not be recorded: %s",
                 SLICE_ARG(p->words.said[0].value), verdict_name(p->verdict));
}

static void say(struct proposal *p, const char *name, const char *value, size_t most)
{
    struct arena *arena = pipeline_errand_arena(p->errand);
    size_t n = strnlen(value, most);
    if (n > 0)
        p->words.said[p->words.said_n++] =
            (struct entry_pair){name, arena_copy(arena, value, (uint32_t)n)};
}

static void say_times(struct proposal *p, uint32_t times)
{
    say(p, "times", arena_printf(pipeline_errand_arena(p->errand), "%u", times).p, 16);
}

static struct proposal *propose(struct door *d, uint8_t act, struct slice source)
{
    struct errand *errand = pipeline_own_errand(d->pipeline, told, d);
    struct arena *arena = pipeline_errand_arena(errand);
    struct person_role who = {.role = ROLE_SYSTEM, .registered = true, .skpd = ""};
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &who, SLICE_LIT(OWN_SOURCE));
    p->entry.what = ENTRY_ACCESS;
    p->entry.act = act;
    p->entry.key =
        arena_printf(arena, "access.%u.%llu", d->identity->boot, (unsigned long long)++d->accesses);
    if (source.n > 0)
        p->words.said[p->words.said_n++] =
            (struct entry_pair){"name", arena_copy(arena, source.p, source.n)};
    return p;
}

static void enter(struct door *d, struct proposal *p)
{
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, p->errand);
}

static void record(struct door *d, uint8_t act, const struct city_key *row)
{
    struct proposal *p = propose(d, act, slice_from(row->source));
    say(p, "role_of", words_wire(WORDS_ROLE, row->role), 32);
    say(p, "skpd", row->skpd, 32);
    say(p, "public_key", row->public_key, SHORT_KEY);
    enter(d, p);
}

static bool has_key(const struct city_key *row)
{
    return row != NULL && (row->public_key[0] != '\0' || row->user[0] != '\0');
}

static bool same(const struct city_key *a, const struct city_key *b)
{
    return a->role == b->role && strcmp(a->skpd, b->skpd) == 0 &&
           strcmp(a->public_key, b->public_key) == 0 && strcmp(a->user, b->user) == 0 &&
           a->from_us == b->from_us && a->until_us == b->until_us;
}

void access_follow(struct door *d, const struct city *before, const struct city *now)
{
    const struct city_key *old, *new;
    unsigned old_n = city_keys(before, &old), new_n = city_keys(now, &new);
    for (unsigned i = 0; i < new_n; i++) {
        const struct city_key *was = city_key_of(before, slice_from(new[i].source));
        if (!has_key(&new[i]))
            continue;
        if (!has_key(was))
            record(d, ACCESS_GRANTED, &new[i]);
        else if (!same(was, &new[i]))
            record(d, ACCESS_CHANGED, &new[i]);
    }
    for (unsigned i = 0; i < old_n; i++)
        if (has_key(&old[i]) && !has_key(city_key_of(now, slice_from(old[i].source))))
            record(d, ACCESS_REVOKED, &old[i]);
}

void access_turned_away(struct door *d, const struct turned *t)
{
    uint32_t times =
        notice_count(d->turned, slice_from(t->address), t->count, clock_mono(d->clock));
    if (times == 0)
        return;
    log_message(MESSAGE_TURNED_AWAY, "turned away at the door: %s%s%s, %u times", t->address,
                t->name[0] != '\0' ? ", a key of " : "", t->name, times);
    struct proposal *p = propose(d, ACCESS_TURNED_AWAY, slice_from(t->name));
    say(p, "here", t->address, sizeof t->address);
    say_times(p, times);
    enter(d, p);
}

void access_unreadable(struct door *d, struct slice source)
{
    uint32_t times = notice_count(d->unreadable, source, 1, clock_mono(d->clock));
    if (times == 0)
        return;
    log_message(MESSAGE_UNREADABLE,
                SLICE_FMT " has sent %u messages that cannot be read; look at its program",
                SLICE_ARG(source), times);
    struct proposal *p = propose(d, ACCESS_UNREADABLE, source);
    say_times(p, times);
    enter(d, p);
}

void access_two_places(struct door *d, struct slice source, struct slice here, const char *there)
{
    struct proposal *p = propose(d, ACCESS_TWO_PLACES, source);
    struct arena *arena = pipeline_errand_arena(p->errand);
    log_message(MESSAGE_TWO_PLACES,
                "the key of " SLICE_FMT " is used in two places at once: " SLICE_FMT " and %s",
                SLICE_ARG(source), SLICE_ARG(here), there);
    d->counters->at[COUNT_TWO_PLACES]++;
    say(p, "here", arena_printf(arena, SLICE_FMT, SLICE_ARG(here)).p, LINK_PEER_BYTES);
    say(p, "there", there, LINK_PEER_BYTES);
    enter(d, p);
}
