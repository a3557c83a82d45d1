/* The rooms, made in order and unmade in reverse, and what they ask of the house. */
#include "house.h"
#include "restore.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/control.h"
#include "daemon/base/log.h"
#include "daemon/ingress/access.h"
#include "daemon/ingress/ask.h"
#include "daemon/ingress/measures.h"
#include "daemon/ingress/gate.h"
#include "daemon/ingress/links.h"
#include "daemon/ingress/notice.h"
#include "daemon/ingress/work.h"
#include "doubt.h"
#include "last_word.h"
#include "service.h"

#define TOLD_A_MINUTE 6u     /* of what goes wrong at the door */
#define UNREADABLE_LEAST 10u /* messages of one key in ten minutes: then the POC hears of it */
#define LOOK_US 300000ll     /* at each environment of a store in doubt, before it is opened */

/* ---- what the rooms ask of the house ---- */

static void journal_broken(void *self, const struct err *err)
{
    struct siagad *s = self;
    if (!s->broken)
        log_message(
            MESSAGE_STORE_FAILED,
            "%s; nothing in flight was acknowledged; siagad ends, a restart tells the truth",
            err->text);
    s->broken = true;
    s->exit_code = 70;
}

static void views_moved(void *self, uint64_t views_at)
{
    struct siagad *s = self;
    if (s->ask != NULL)
        ask_views_moved(s->ask, views_at);
}

static void feed_asks(void *self, struct question *q, bool views)
{
    ask_put(((struct siagad *)self)->ask, q, views);
}

static void desk_wants(void *self, const struct desk_take *take)
{
    work_take(&((struct siagad *)self)->door, take);
}

static uint64_t head(void *self)
{
    return pipeline_head(((struct siagad *)self)->pipeline);
}

static void answered(void *self, const struct errand *e)
{
    struct siagad *s = self;
    gate_release(s->door.gate, e->proposals[0]->entry.source, e->charged);
}

static void tell_stored(const struct facts *f)
{
    char ticket[TICKET_BYTES] = "";
    if (f->counter != 0)
        ticket_write((struct ticket){f->kind, f->day, f->counter}, ticket);
    log_case(MESSAGE_STORED, ticket, f->owner, "entry %llu is on the disk: %s",
             (unsigned long long)f->seq, words_wire(WORDS_ENTRY, f->what));
}

/* An entry is on the disk: desks whose queue it may have changed look, timers are noted. */
static void stored(void *self, const struct proposal *p)
{
    struct siagad *s = self;
    const struct facts *f = &p->outcome->facts;
    struct slice helpers = f->helpers;
    if (log_tells(LOG_INFO))
        tell_stored(f);
    if (f->case_seq != 0 && f->what != ENTRY_CLOCK && f->what != ENTRY_ALARM) {
        desk_poke(s->desks, f->owner);
        while (helpers.n > 0)
            desk_poke(s->desks, slice_cut(&helpers, ','));
    }
    tick_stored(s->tick, p);
    heads_stored(s->heads, f);
}

static void cut(void *self, const struct address *to)
{
    struct siagad *s = self;
    s->cut_n++;
    router_cut(s->router, to);
}

static void tell_room(void *self, uint64_t ret_used[STORE_ENVS], uint64_t ret_size[STORE_ENVS])
{
    struct siagad *s = self;
    for (int e = 0; e < STORE_ENVS; e++)
        store_room(s->store, (enum store_env)e, &ret_used[e], &ret_size[e]);
}

static void condemn(void *self)
{
    store_condemn_views(store_dir(((struct siagad *)self)->store));
}

static void trusted(void *self)
{
    struct siagad *s = self;
    s->in_doubt = false;
    s->door.trusted = NULL;
    last_word_forget(store_dir(s->store));
}

/* ---- the rooms, in order ---- */

static int say(int rc, const struct err *err)
{
    if (rc == 0)
        return 0;
    log_message(MESSAGE_NOT_STARTED, "%s", err->text);
    return rc == ERR_FATAL ? 70 : 78;
}

int rooms_city(struct siagad *s)
{
    struct conf_report report = {.out = stderr};
    s->people_stamp = city_people_stamp(s->options->config);
    s->city = city_load(s->options->config, clock_now(&s->clock), NULL, &report);
    if (s->city == NULL)
        log_message(MESSAGE_NOT_STARTED, "%s: %u mistakes, %u warnings; nothing was started",
                    s->options->config, report.errors, report.warnings);
    if (s->city != NULL && s->options->practice)
        city_practise(s->city);
    return s->city == NULL ? 78 : 0;
}

static int open_key(struct siagad *s)
{
    struct err err = {""};
    return say(server_key_read(city_settings(s->city)->server_key, &s->key, &s->has_key, &err),
               &err);
}

static void listen_as_told(struct siagad *s)
{
    const struct city_settings *c = city_settings(s->city);
    memcpy(s->listen, c->listen, sizeof s->listen);
    s->listen_n = c->listen_n;
    if (s->options->listen != NULL) {
        snprintf(s->listen[0], sizeof s->listen[0], "%s", s->options->listen);
        s->listen_n = 1;
    }
    for (unsigned i = 0; i < CITY_LISTEN_MAX; i++)
        s->listen_fd[i] = -1;
}

static bool listens(const struct siagad *s, const char *endpoint)
{
    for (unsigned i = 0; i < s->listen_n; i++)
        if (strcmp(s->listen[i], endpoint) == 0)
            return true;
    return false;
}

/* What the socket units opened is where siagad listens, and nowhere else. */
static void listen_as_given(struct siagad *s, const struct service_socket *given, unsigned n)
{
    const struct city_settings *c = city_settings(s->city);
    s->listen_n = n;
    for (unsigned i = 0; i < n; i++) {
        memcpy(s->listen[i], given[i].endpoint, sizeof s->listen[i]);
        s->listen_fd[i] = given[i].fd;
    }
    for (unsigned i = 0; i < c->listen_n; i++)
        if (!listens(s, c->listen[i]))
            log_warn("%s stands in siagad.yaml, but systemd opened no such socket; see `systemctl "
                     "edit siagad.socket siagad-tcp.socket`",
                     c->listen[i]);
}

/* Where to listen: the sockets handed over, else as the file says, or the one endpoint of the
 * command line. */
static int choose_listen(struct siagad *s)
{
    struct service_socket given[CITY_LISTEN_MAX];
    unsigned n = 0;
    struct err err = {""};
    listen_as_told(s);
    int code = say(service_sockets(given, CITY_LISTEN_MAX, &n, &err), &err);
    if (code != 0)
        return code;
    if (n > 0)
        listen_as_given(s, given, n);
    return say(router_check((const char(*)[128])s->listen, s->listen_n, s->has_key, &err), &err);
}

/* Beside the store, so that an older copy of the store does not bring back what was erased. A copy:
 * the door holds on to it, and the city it is from goes when its files are read again. */
static const char *erasures_dir(struct siagad *s)
{
    if (s->options->store != NULL)
        snprintf(s->erasures_dir, sizeof s->erasures_dir, "%s-erased", s->options->store);
    else
        snprintf(s->erasures_dir, sizeof s->erasures_dir, "%s", city_settings(s->city)->erasures);
    return s->erasures_dir;
}

const char *rooms_store_dir(const struct siagad *s)
{
    return s->options->store != NULL ? s->options->store : city_settings(s->city)->store;
}

/* After one death a start does not wait for the whole of a large store to be looked at; the file
 * stays until the scrub has seen the rest. */
static int doubt(struct siagad *s, const char *dir)
{
    unsigned deaths = last_word_left(dir);
    int code = 0;
    if (deaths > 0)
        code = doubt_store(dir, deaths > 1 ? 0 : control("hasty") ? 1 : LOOK_US, &s->in_doubt);
    if (code == 0 && deaths > 0 && !s->in_doubt)
        last_word_forget(dir);
    if (s->in_doubt)
        log_warn("%s: more of it than can be looked at before the start; the rest is looked at "
                 "while siagad serves",
                 dir);
    return code;
}

int rooms_store(struct siagad *s)
{
    const struct city_settings *c = city_settings(s->city);
    struct store_conf conf = {.dir = rooms_store_dir(s),
                              .bytes = {[STORE_JOURNAL] = c->journal_bytes,
                                        [STORE_VIEWS] = c->views_bytes,
                                        [STORE_PERSONS] = c->persons_bytes}};
    struct err err = {""};
    if (!s->restoring && restore_unfinished(conf.dir)) {
        log_error("%s: a restore was cut short here; do it again: siagad -c %s --restore FILE",
                  conf.dir, s->options->config);
        return 78;
    }
    int doubted = doubt(s, conf.dir);
    if (doubted != 0)
        return doubted;
    last_word_arm(conf.dir);
    int code = say(store_open(&s->store, &conf, &err), &err);
    if (code == 0 && store_forgot_views(s->store))
        log_warn("%s/views was damaged and is thrown away; the views are made again", conf.dir);
    return code == 0 ? say(erasures_open(&s->erasures, erasures_dir(s), &err), &err) : code;
}

int rooms_identity(struct siagad *s)
{
    struct err err = {""};
    int code = say(identity_open(s->store, city_settings(s->city)->node, &s->identity, &err), &err);
    if (code == 0)
        code = say(numbers_open(&s->numbers, erasures_dir(s), &s->identity, &err), &err);
    if (code == 0 && s->identity.was[0] != '\0')
        log_warn("%s was written by the node %s; it is a copy, now %s", store_dir(s->store),
                 s->identity.was, s->identity.node);
    return code;
}

static int open_journal(struct siagad *s)
{
    struct jcalls calls = {pipeline_settled, s->pipeline};
    struct journal_beside beside = {s->erasures, s->numbers, &s->identity};
    struct err err = {""};
    journal_close(&s->journal);
    views_close(&s->views);
    int code = say(views_open(&s->views, s->store, &err), &err);
    if (code == 0)
        code = say(
            journal_lmdb_open(&s->journal, s->store, s->views, &beside, &s->clock, &calls, &err),
            &err);
    return code;
}

/* Views that cannot be brought on are thrown away and made again from the first entry. */
int rooms_journal(struct siagad *s)
{
    struct err err = {""};
    int code = open_journal(s);
    if (code != 0)
        return code;
    uint64_t at = views_seq(s->views);
    enum jrc rc = views_foreign(s->views)
                      ? J_DIVERGED
                      : journal_follow(s->journal, at, views_hash(s->views), &err);
    if (rc == J_DIVERGED) {
        log_note("the views (at %llu) do not fit the journal%s%s; they are made again",
                 (unsigned long long)at, err.text[0] != '\0' ? ": " : "", err.text);
        views_close(&s->views);
        err = (struct err){""};
        code = say(store_forget_views(s->store, &err), &err);
        if (code == 0)
            code = open_journal(s);
        if (code != 0)
            return code;
        at = 0;
        rc = journal_follow(s->journal, 0, views_hash(s->views), &err);
    }
    if (rc == J_LOST)
        log_error("acknowledged entries are missing from the journal: restore it from a backup; to "
                  "go on without them, delete the folder views/ of the store");
    if (rc != J_OK)
        return say(rc == J_BROKEN ? ERR_FATAL : ERR_DAMAGED, &err);
    if (views_seq(s->views) != at)
        log_note("views brought from %llu to %llu", (unsigned long long)at,
                 (unsigned long long)views_seq(s->views));
    clock_not_before(&s->clock, views_time(s->views));
    return 0;
}

static int open_router(struct siagad *s)
{
    struct err err = {""};
    struct router_conf conf = {.endpoints = (const char(*)[128])s->listen,
                               .fds = s->listen_fd,
                               .n = s->listen_n,
                               .secret_key = s->has_key ? s->key.secret_key : NULL,
                               .table = access_table(s->city)};
    int code = say(router_open(&s->router, &conf, &err), &err);
    if (code == 0)
        code = say(router_prove(s->router, &err), &err);
    return code;
}

/* The secrets have gone where they are needed; here they are forgotten. */
static int open_heads(struct siagad *s)
{
    uint8_t seed[32];
    size_t n = 0;
    bool fine = !s->has_key || sodium_hex2bin(seed, sizeof seed, s->key.sign_seed,
                                              strlen(s->key.sign_seed), NULL, &n, NULL) == 0;
    s->heads = heads_new(&s->door, s->has_key && fine ? seed : NULL, views_seq(s->views),
                         views_hash(s->views));
    explicit_bzero(seed, sizeof seed);
    explicit_bzero(&s->key, sizeof s->key);
    return fine ? 0 : 78;
}

static int make_rooms(struct siagad *s)
{
    struct err err = {""};
    int code = open_router(s);
    if (code != 0)
        return code;
    s->ack = ack_new(s->router, &s->counters, &s->clock);
    s->refused = refused_new(store_dir(s->store));
    struct feed_parts feed = {
        .ack = s->ack, .counters = &s->counters, .clock = &s->clock, .ask = feed_asks, .self = s};
    s->feed = feed_new(&feed);
    struct desk_parts desks = {.ack = s->ack,
                               .counters = &s->counters,
                               .clock = &s->clock,
                               .ask = feed_asks,
                               .take = desk_wants,
                               .head = head,
                               .self = s};
    s->desks = desks_new(&desks);
    struct pipeline_parts pipeline = {.clock = &s->clock,
                                      .counters = &s->counters,
                                      .ack = s->ack,
                                      .feed = s->feed,
                                      .refused = s->refused,
                                      .identity = &s->identity,
                                      .views_moved = views_moved,
                                      .answered = answered,
                                      .stored = stored,
                                      .broken = journal_broken,
                                      .self = s};
    s->pipeline = pipeline_new(&pipeline);
    if ((code = rooms_journal(s)) != 0)
        return code;
    pipeline_use(s->pipeline, s->journal, city_settings(s->city)->reserve_percent);
    struct jstate j;
    pipeline_state(s->pipeline, &j);
    feed_reach(s->feed, j.oldest, j.head);
    if ((code = say(query_open(&s->query, s->store, &err), &err)) != 0)
        return code;
    s->ask = ask_new(s->query, s->pipeline);
    s->door = (struct door){.clock = &s->clock,
                            .counters = &s->counters,
                            .ack = s->ack,
                            .refused = s->refused,
                            .feed = s->feed,
                            .desks = s->desks,
                            .pipeline = s->pipeline,
                            .ask = s->ask,
                            .city = s->city,
                            .identity = &s->identity,
                            .secure = router_secure(s->router),
                            .links = links_new(),
                            .gate = gate_new(),
                            .turned = notice_new(1, TOLD_A_MINUTE),
                            .unreadable = notice_new(UNREADABLE_LEAST, TOLD_A_MINUTE),
                            .cut = cut,
                            .erasures = erasures_dir(s),
                            .started_us = clock_now(&s->clock),
                            .config_loaded_us = clock_now(&s->clock),
                            .room = tell_room,
                            .condemn = condemn,
                            .trusted = s->in_doubt ? trusted : NULL,
                            .self = s};
    s->door.health = s->health = health_new(&s->door);
    s->backlog = backlog_new(&s->door);
    s->tick = tick_new(&s->door);
    s->door.measures = measures_new(&s->door);
    tick_sweep(s->tick);
    return open_heads(s);
}

int rooms_make(struct siagad *s)
{
    static int (*const steps[])(struct siagad *) = {rooms_city,  open_key,       choose_listen,
                                                    rooms_store, rooms_identity, make_rooms};
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof steps / sizeof *steps; i++)
        code = steps[i](s);
    return code;
}

void rooms_unmake(struct siagad *s)
{
    journal_close(&s->journal);
    query_close(&s->query);
    links_free(&s->door.links);
    gate_free(&s->door.gate);
    notice_free(&s->door.turned);
    notice_free(&s->door.unreadable);
    backlog_free(&s->backlog);
    ask_free(&s->ask);
    pipeline_free(&s->pipeline);
    feed_free(&s->feed);
    desks_free(&s->desks);
    tick_free(&s->tick);
    measures_free(&s->door.measures);
    heads_free(&s->heads);
    health_free(&s->health);
    refused_free(&s->refused);
    ack_free(&s->ack);
    router_close(&s->router);
    views_close(&s->views);
    erasures_close(&s->erasures);
    numbers_close(&s->numbers);
    store_close(&s->store);
    arena_drop(&s->door.arena);
    city_unref(&s->city);
    if (s->signals > 0)
        close(s->signals);
}
