/* The reactor: wait, take what came in until the inbox is dry, hand the batch over, tell what was
 * settled, answer what was asked, keep the second. Everything it calls returns at once; what takes
 * time has a thread of its own (journal, query) and comes back through a descriptor. */
#include "siagad.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/ingress/access.h"
#include "daemon/ingress/ask.h"
#include "daemon/ingress/backlog.h"
#include "daemon/ingress/door.h"
#include "daemon/ingress/gate.h"
#include "daemon/ingress/heads.h"
#include "daemon/ingress/links.h"
#include "daemon/ingress/tick.h"
#include "daemon/ingress/work.h"
#include "daemon/server_key.h"

#define RECEIVE_MOST 1024 /* messages in one turn, then the others have theirs */
#define TICK_US 1000000ll
#define SWEEP_TICKS 10          /* seconds between two looks for dead readers */
#define STOP_AFTER_US 8000000ll /* what is in flight has this long to settle */

enum { FD_SIGNAL, FD_JOURNAL, FD_QUERY, FDS };

struct siagad {
    const struct siagad_options *options;
    struct clock clock;
    struct counters counters;
    struct city *city;
    struct cert key; /* of this server; erased once the rooms have what they need */
    bool has_key;
    uint64_t people_stamp, cut_n;
    struct store *store;
    struct erasures *erasures;
    struct identity identity;
    char listen[CITY_LISTEN_MAX][128], erasures_dir[4200];
    unsigned listen_n;
    struct views *views;
    struct journal *journal;
    struct router *router;
    struct ack *ack;
    struct refused *refused;
    struct query *query;
    struct feed *feed;
    struct desks *desks;
    struct tick *tick;
    struct heads *heads;
    struct pipeline *pipeline;
    struct ask *ask;
    struct door door;
    struct backlog *backlog;
    int signals;
    int exit_code;
    bool stopping, broken;
    int64_t next_tick_us, stop_by_us;
    unsigned ticks;
};

/* ---- what the rooms ask of the house ---- */

static void journal_broken(void *self, const struct err *err)
{
    struct siagad *s = self;
    if (!s->broken)
        log_error("%s; nothing in flight was acknowledged; siagad ends, a restart tells the truth",
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

/* An entry is on the disk: desks whose queue it may have changed look, timers are noted. */
static void stored(void *self, const struct proposal *p)
{
    struct siagad *s = self;
    const struct facts *f = &p->outcome->facts;
    struct slice helpers = f->helpers;
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

/* ---- the rooms, in order ---- */

static int say(int rc, const struct err *err)
{
    if (rc == 0)
        return 0;
    log_error("%s", err->text);
    return rc == ERR_CONFIG ? 78 : 70;
}

static int open_city(struct siagad *s)
{
    struct conf_report report = {.out = stderr};
    s->people_stamp = city_people_stamp(s->options->config);
    s->city = city_load(s->options->config, clock_now(&s->clock), NULL, &report);
    if (s->city == NULL)
        log_error("%s: %u mistakes, %u warnings; nothing was started", s->options->config,
                  report.errors, report.warnings);
    return s->city == NULL ? 78 : 0;
}

static int open_key(struct siagad *s)
{
    struct err err = {""};
    return say(server_key_read(city_settings(s->city)->server_key, &s->key, &s->has_key, &err),
               &err);
}

/* Where to listen: as the file says, or the one endpoint of the command line. */
static int choose_listen(struct siagad *s)
{
    const struct city_settings *c = city_settings(s->city);
    struct err err = {""};
    memcpy(s->listen, c->listen, sizeof s->listen);
    s->listen_n = c->listen_n;
    if (s->options->listen != NULL) {
        snprintf(s->listen[0], sizeof s->listen[0], "%s", s->options->listen);
        s->listen_n = 1;
    }
    return say(router_check((const char(*)[128])s->listen, s->listen_n, s->has_key, &err), &err);
}

/* Beside the store, so that an older copy of the store does not bring back what was erased. */
static const char *erasures_dir(struct siagad *s)
{
    const struct city_settings *c = city_settings(s->city);
    if (s->options->store == NULL)
        return c->erasures;
    snprintf(s->erasures_dir, sizeof s->erasures_dir, "%s-erased", s->options->store);
    return s->erasures_dir;
}

static int open_store(struct siagad *s)
{
    const struct city_settings *c = city_settings(s->city);
    struct store_conf conf = {
        .dir = s->options->store != NULL ? s->options->store : c->store,
        .bytes = {[STORE_JOURNAL] = c->journal_bytes, [STORE_VIEWS] = c->views_bytes,
                  [STORE_PERSONS] = c->persons_bytes}};
    struct err err = {""};
    int code = say(store_open(&s->store, &conf, &err), &err);
    if (code == 0)
        code = say(identity_open(s->store, c->node, &s->identity, &err), &err);
    if (code == 0)
        code = say(erasures_open(&s->erasures, erasures_dir(s), &err), &err);
    if (code == 0 && s->identity.was[0] != '\0')
        log_warn("%s was written by the node %s; it is a copy, now %s", conf.dir, s->identity.was,
                 s->identity.node);
    return code;
}

static int open_journal(struct siagad *s)
{
    struct jcalls calls = {pipeline_settled, s->pipeline};
    struct err err = {""};
    journal_close(&s->journal);
    views_close(&s->views);
    int code = say(views_open(&s->views, s->store, &err), &err);
    if (code == 0)
        code =
            say(journal_lmdb_open(&s->journal, s->store, s->views, s->erasures, &s->clock, &calls, &err), &err);
    return code;
}

/* Views that cannot be brought on are thrown away and made again from the first entry. */
static int follow_journal(struct siagad *s)
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
        return say(rc == J_LOST ? ERR_CONFIG : ERR_FATAL, &err);
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
    s->ack = ack_new(s->router, &s->counters);
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
    if ((code = follow_journal(s)) != 0)
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
                            .cut = cut,
                            .started_us = clock_now(&s->clock),
                            .config_loaded_us = clock_now(&s->clock),
                            .room = tell_room,
                            .self = s};
    s->backlog = backlog_new(&s->door);
    s->tick = tick_new(&s->door);
    tick_sweep(s->tick);
    return open_heads(s);
}

static void unmake_rooms(struct siagad *s)
{
    journal_close(&s->journal);
    query_close(&s->query);
    links_free(&s->door.links);
    gate_free(&s->door.gate);
    backlog_free(&s->backlog);
    ask_free(&s->ask);
    pipeline_free(&s->pipeline);
    feed_free(&s->feed);
    desks_free(&s->desks);
    tick_free(&s->tick);
    heads_free(&s->heads);
    refused_free(&s->refused);
    ack_free(&s->ack);
    router_close(&s->router);
    views_close(&s->views);
    erasures_close(&s->erasures);
    store_close(&s->store);
    arena_drop(&s->door.arena);
    city_unref(&s->city);
    if (s->signals > 0)
        close(s->signals);
}

/* ---- signals ---- */

static int open_signals(struct siagad *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->signals < 0 ? 70 : 0;
}

static void warn_if_fixed(const struct siagad *s, const struct city *fresh)
{
    const struct city_settings *old = city_settings(s->city), *new = city_settings(fresh);
    if (strcmp(old->store, new->store) != 0 || old->listen_n != new->listen_n ||
        memcmp(old->listen, new->listen, sizeof old->listen) != 0 ||
        old->journal_bytes != new->journal_bytes || old->views_bytes != new->views_bytes ||
        strcmp(old->node, new->node) != 0)
        log_warn(
            "listen, store, node and sizes are read at start only; restart siagad to change them");
}

/* ---- who may come in ---- */

static void use_people(struct siagad *s, const struct city *fresh)
{
    router_people(s->router, access_table(fresh));
    access_judge(&s->door, s->city, fresh);
    access_follow(&s->door, s->city, fresh);
}

/* A clean set of files takes the place of the old one whole; a set with mistakes changes nothing.
 */
static void reload(struct siagad *s)
{
    struct conf_report report = {.out = stderr};
    s->people_stamp = city_people_stamp(s->options->config);
    struct city *fresh = city_load(s->options->config, clock_now(&s->clock), s->city, &report);
    if (fresh == NULL) {
        snprintf(s->door.config_error, sizeof s->door.config_error, "%s", report.first);
        log_error("%s: %u mistakes; the files in force since before stay in force: %s",
                  s->options->config, report.errors, report.first);
        return;
    }
    warn_if_fixed(s, fresh);
    use_people(s, fresh);
    city_unref(&s->city);
    s->city = s->door.city = fresh;
    s->door.config_error[0] = '\0';
    s->door.config_loaded_us = clock_now(&s->clock);
    tick_sweep(s->tick);
    log_note("%s: read again, in force now (%u warnings)", s->options->config, report.warnings);
}

static void stop(struct siagad *s)
{
    if (s->stopping)
        return;
    s->stopping = true;
    s->stop_by_us = clock_mono(&s->clock) + STOP_AFTER_US;
    sd_notify(0, "STOPPING=1");
    pipeline_stop(s->pipeline);
    feed_stop(s->feed);
    desk_stop(s->desks);
    log_note("stopping: what is in flight is finished first");
}

static void take_signals(struct siagad *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP)
            reload(s);
        else
            stop(s);
    }
}

/* ---- the loop ---- */

static void take_messages(struct siagad *s)
{
    struct parcel parcel;
    for (int i = 0; i < RECEIVE_MOST && router_receive(s->router, &parcel); i++)
        backlog_sort(s->backlog, &parcel);
}

/* Until the next second, or the next timer or put-off item when that is sooner. */
static int until_tick_ms(struct siagad *s)
{
    int64_t left = s->next_tick_us - clock_mono(&s->clock), now = clock_now(&s->clock);
    const int64_t due_us[] = {tick_next_us(s->tick), desk_next_us(s->desks)};
    for (size_t i = 0; i < sizeof due_us / sizeof *due_us; i++)
        if (!s->stopping && due_us[i] != 0 && due_us[i] - now < left)
            left = due_us[i] - now;
    return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

/* People come and go without a signal: their files are looked at every second. */
static void watch_people(struct siagad *s)
{
    struct router_figures f;
    router_figures(s->router, &f);
    s->counters.at[COUNT_STRANGERS] = f.refused;
    s->counters.at[COUNT_SLOWED] = f.slowed;
    s->counters.at[COUNT_CUT] = s->cut_n + f.cut;
    if (city_people_stamp(s->options->config) != s->people_stamp)
        reload(s);
    else
        access_judge(&s->door, NULL, s->city);
    if (!router_alive(s->router)) {
        log_error("who may come in is not decided any more (the ZAP handler does not answer); "
                  "siagad ends, a restart begins anew");
        s->broken = true;
        s->exit_code = 70;
    }
}

static void tick(struct siagad *s)
{
    if (clock_mono(&s->clock) < s->next_tick_us)
        return;
    s->next_tick_us = clock_mono(&s->clock) + TICK_US;
    s->ticks++;
    watch_people(s);
    feed_tick(s->feed);
    desk_tick(s->desks);
    refused_flush(s->refused);
    if (s->ticks % SWEEP_TICKS == 0)
        store_sweep_readers(s->store);
    sd_notifyf(0, "WATCHDOG=1\nSTATUS=%llu entries, %u watches",
               (unsigned long long)pipeline_head(s->pipeline), feed_watches(s->feed));
}

static bool done(struct siagad *s)
{
    if (s->broken)
        return true;
    return s->stopping &&
           ((backlog_empty(s->backlog) && pipeline_idle(s->pipeline) && ask_idle(s->ask)) ||
            clock_mono(&s->clock) > s->stop_by_us);
}

static void loop(struct siagad *s)
{
    int fds[FDS] = {[FD_SIGNAL] = s->signals,
                    [FD_JOURNAL] = journal_fd(s->journal),
                    [FD_QUERY] = query_fd(s->query)};
    bool ready[FDS], more = false, held = false;
    while (!done(s)) {
        if (router_wait(s->router, fds, FDS, more ? 0 : held ? 1 : until_tick_ms(s), ready))
            take_messages(s);
        if (ready[FD_JOURNAL])
            journal_work(s->journal);
        more = backlog_work(s->backlog);
        held = pipeline_launch(s->pipeline);
        more = pipeline_settle(s->pipeline) || more;
        if (ready[FD_QUERY])
            query_work(s->query);
        if (ready[FD_SIGNAL])
            take_signals(s);
        tick(s);
        if (s->stopping)
            continue;
        desk_wake(s->desks);
        tick_run(s->tick);
        heads_tick(s->heads);
    }
}

static void greet(struct siagad *s)
{
    struct jstate j;
    pipeline_state(s->pipeline, &j);
    log_note("siagad %s for %s: %llu entries, %llu open cases, boot %u of node %s",
             SIAGA_DAEMON_VERSION, city_name(s->city, true), (unsigned long long)j.head,
             (unsigned long long)j.open_cases, s->identity.boot, s->identity.node);
    for (unsigned i = 0; router_bound(s->router, i) != NULL; i++)
        log_note("listening on %s", router_bound(s->router, i));
    if (city_settings(s->city)->ipc_claimed)
        log_warn("ipc: claimed: whoever is root or siagad's own user on this machine is believed to "
                 "be who it says; for practice and tests");
    sd_notify(0, "READY=1");
}

int siagad_run(const struct siagad_options *options)
{
    struct siagad s = {.options = options, .signals = -1};
    clock_system(&s.clock);
    int code = open_signals(&s);
    if (code == 0)
        code = open_city(&s);
    if (code == 0)
        code = open_key(&s);
    if (code == 0)
        code = choose_listen(&s);
    if (code == 0)
        code = open_store(&s);
    if (code == 0)
        code = make_rooms(&s);
    if (code == 0) {
        greet(&s);
        loop(&s);
        code = s.exit_code;
    }
    if (code == 0)
        log_note("stopped at entry %llu", (unsigned long long)pipeline_head(s.pipeline));
    if (s.broken)
        _exit(code); /* nothing is written any more, nothing is promised */
    unmake_rooms(&s);
    return code;
}
