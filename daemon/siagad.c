/* The reactor: wait, take what came in until the inbox is dry, hand the batch over, tell what was
 * settled, answer what was asked, keep the second. Everything it calls returns at once; what takes
 * time has a thread of its own (journal, query) and comes back through a descriptor. */
#include "siagad.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/ingress/access.h"
#include "daemon/ingress/ask.h"
#include "daemon/ingress/measures.h"
#include "house.h"
#include "proto/stamp.h"
#include "service.h"

#define RECEIVE_MOST 1024 /* messages in one turn, then the others have theirs */
#define TICK_US 1000000ll
#define SWEEP_TICKS 10          /* seconds between two looks for dead readers */
#define CLOCK_TICKS 3600        /* seconds between two words about a clock that is wrong */
#define STOP_AFTER_US 8000000ll /* what is in flight has this long to settle */

enum { FD_SIGNAL, FD_JOURNAL, FD_QUERY, FDS };

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
static void read_files(struct siagad *s)
{
    struct conf_report report = {.out = stderr};
    s->people_stamp = city_people_stamp(s->options->config);
    struct city *fresh = city_load(s->options->config, clock_now(&s->clock), s->city, &report);
    if (fresh == NULL) {
        snprintf(s->door.config_error, sizeof s->door.config_error, "%s", report.first);
        log_message(MESSAGE_NOT_RELOADED,
                    "%s: %u mistakes; the files in force since before stay in force: %s",
                    s->options->config, report.errors, report.first);
        fresh = city_with_people(s->city); /* who may come in is as people.d says all the same */
        use_people(s, fresh);
        city_unref(&s->city);
        s->city = s->door.city = fresh;
        return;
    }
    if (s->options->practice)
        city_practise(fresh);
    warn_if_fixed(s, fresh);
    use_people(s, fresh);
    city_unref(&s->city);
    s->city = s->door.city = fresh;
    s->door.config_error[0] = '\0';
    s->door.config_loaded_us = clock_now(&s->clock);
    tick_sweep(s->tick);
    log_message(MESSAGE_RELOADED, "%s: read again, in force now (%u warnings)", s->options->config,
                report.warnings);
}

static void reload(struct siagad *s)
{
    service_reloading(clock_mono(&s->clock));
    read_files(s);
    service_ready();
}

static void stop(struct siagad *s)
{
    if (s->stopping)
        return;
    s->stopping = true;
    s->stop_by_us = clock_mono(&s->clock) + STOP_AFTER_US;
    service_stopping();
    pipeline_stop(s->pipeline);
    feed_stop(s->feed);
    desk_stop(s->desks);
    log_message(MESSAGE_STOPPING, "stopping: what is in flight is finished first");
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
    int64_t mono = clock_mono(&s->clock), now = clock_now(&s->clock);
    int64_t left = s->next_tick_us - mono, answer_us = ack_next_us(s->ack);
    if (answer_us != 0 && answer_us - mono < left)
        left = answer_us - mono;
    const int64_t due_us[] = {tick_next_us(s->tick), desk_next_us(s->desks),
                              health_next_us(s->health)};
    for (size_t i = 0; i < sizeof due_us / sizeof *due_us; i++)
        if (!s->stopping && due_us[i] != 0 && due_us[i] - now < left)
            left = due_us[i] - now;
    return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

/* People come and go without a signal: their files are looked at every second. */
static void watch_people(struct siagad *s)
{
    struct router_figures f;
    struct turned turned[TURNED_MOST];
    router_figures(s->router, &f);
    for (unsigned i = 0, n = router_turned(s->router, turned); i < n && !s->stopping; i++)
        access_turned_away(&s->door, &turned[i]);
    s->counters.at[COUNT_STRANGERS] = f.refused;
    s->counters.at[COUNT_SLOWED] = f.slowed;
    s->counters.at[COUNT_CUT] = s->cut_n + f.cut;
    if (city_people_stamp(s->options->config) != s->people_stamp)
        reload(s);
    else
        access_judge(&s->door, NULL, s->city);
    if (!router_alive(s->router)) {
        log_message(MESSAGE_DOOR_FAILED,
                    "who may come in is not decided any more (the ZAP handler does not answer); "
                    "siagad ends, a restart begins anew");
        s->broken = true;
        s->exit_code = 70;
    }
}

/* A wrong clock is told when it is seen and each hour after. */
static void watch_clock(struct siagad *s)
{
    clock_now(&s->clock);
    int64_t off_us = s->clock.off_us;
    if (off_us == 0 || (s->clock_told != 0 && s->ticks - s->clock_told < CLOCK_TICKS)) {
        s->clock_told = off_us == 0 ? 0 : s->clock_told;
        return;
    }
    s->clock_told = s->ticks;
    log_error("the system's clock is %lld hours %s; siagad's time goes on without it; set the "
              "clock right, or, if it is right, restart siagad",
              (long long)(llabs(off_us) / 3600000000ll), off_us > 0 ? "ahead" : "behind");
}

/* Once a day: the file of a year is missed in December, not at the next start. */
static void ask_for_calendar(struct siagad *s)
{
    int64_t now = clock_now(&s->clock);
    uint32_t day = stamp_day(now, city_settings(s->city)->tz_offset_s);
    if (day == s->asked_day)
        return;
    s->asked_day = day;
    int year = city_year_missing(s->city, now);
    if (year != 0)
        log_warn("calendar.d/%d.yaml is missing: due times in %d know no holidays; write it from "
                 "the year's joint decree, then SIGHUP",
                 year, year);
}

static void measure(struct siagad *s, int64_t late_us)
{
    struct measures_second second = {.late_us = late_us};
    struct router_figures f;
    router_figures(s->router, &f);
    second.connections = f.connections;
    store_disk(s->store, &second.disk_free, &second.disk_size);
    measures_tick(s->door.measures, &second);
}

static void tell_service(struct siagad *s)
{
    struct jstate j;
    pipeline_state(s->pipeline, &j);
    int64_t silent_us = pipeline_pulse(s->pipeline);
    struct service_state state = {.entries = j.head,
                                  .open_cases = j.open_cases,
                                  .watches = feed_watches(s->feed),
                                  .used_percent = j.used_percent,
                                  .committing = silent_us == 0,
                                  .silent_us = silent_us};
    service_tick(&state);
}

static void tick(struct siagad *s)
{
    int64_t now = clock_mono(&s->clock), late_us = s->ticks > 0 ? now - s->next_tick_us : 0;
    if (now < s->next_tick_us)
        return;
    s->next_tick_us = now + TICK_US;
    s->ticks++;
    watch_people(s);
    watch_clock(s);
    struct query_reads reads = query_reads(s->query);
    s->counters.at[COUNT_LONG_READS] = reads.over;
    s->counters.at[COUNT_LONGEST_READ_MS] = reads.longest_ms;
    ask_for_calendar(s);
    if (!s->stopping)
        measure(s, late_us);
    feed_tick(s->feed);
    desk_tick(s->desks);
    refused_flush(s->refused);
    pipeline_look(s->pipeline);
    if (!s->stopping)
        health_tick(s->health);
    if (s->ticks % SWEEP_TICKS == 0)
        store_sweep_readers(s->store);
    tell_service(s);
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
        ack_withheld(s->ack, s->stopping);
        tick(s);
        if (s->stopping)
            continue;
        desk_wake(s->desks);
        tick_run(s->tick);
        heads_tick(s->heads);
        health_run(s->health);
    }
}

static void greet(struct siagad *s)
{
    struct jstate j;
    pipeline_state(s->pipeline, &j);
    log_message(MESSAGE_READY,
                "siagad %s for %s: %llu entries, %llu open cases, boot %u of node %s",
                SIAGA_DAEMON_VERSION, city_name(s->city, true), (unsigned long long)j.head,
                (unsigned long long)j.open_cases, s->identity.boot, s->identity.node);
    for (unsigned i = 0; router_bound(s->router, i) != NULL; i++)
        log_message(MESSAGE_LISTENING, "listening on %s", router_bound(s->router, i));
    if (city_settings(s->city)->ipc_claimed)
        log_warn(
            "ipc: claimed: whoever is root or siagad's own user on this machine is believed to "
            "be who it says; for practice and tests");
    service_ready();
}

int siagad_run(const struct siagad_options *options)
{
    struct siagad s = {.options = options, .signals = -1};
    clock_system(&s.clock);
    int code = open_signals(&s);
    service_patience();
    if (code == 0)
        code = rooms_make(&s);
    if (code == 0) {
        greet(&s);
        loop(&s);
        code = s.exit_code;
    }
    if (code == 0)
        log_message(MESSAGE_STOPPED, "stopped at entry %llu",
                    (unsigned long long)pipeline_head(s.pipeline));
    if (s.broken)
        _exit(code); /* nothing is written any more, nothing is promised */
    rooms_unmake(&s);
    return code;
}
