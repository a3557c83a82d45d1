/* top_model: what `siaga top` knows: open cases, the newest lines of the feed, who holds work, and
 * how far all that can be trusted.
 *
 * Pure: no terminal, no network, no clock. Times are given in: `wall` by the clock of this machine,
 * `mono` by one that never jumps (both us). It is told items of a watch (top.c), and drawn
 * (top_draw.c).
 */
#ifndef SIAGA_CLIENTS_TOP_MODEL_H
#define SIAGA_CLIENTS_TOP_MODEL_H

#include "top_case.h"

enum {
    TOP_LINES = 200, /* of the feed */
    TOP_DESKS = 24,
    TOP_SILENCE_US = 5000000,
};

struct top_time {
    int64_t wall, mono;
};

/* A line of the feed as people read it, or a remark of ours about the feed. */
struct top_line {
    char text[TOP_TEXT_BYTES];
    unsigned severity;
    bool remark;
};

/* Whoever has taken work of an SKPD since this began, as the feed tells it. */
struct top_desk {
    char skpd[32], source[SIAGA_SOURCE_BYTES], ticket[24];
    int64_t until; /* of the lease; 0: it holds nothing now */
};

enum top_link {
    TOP_READING, /* the first list of what is open is still being told */
    TOP_LIVE,
    TOP_STALE,    /* nothing heard for 5 s, or the connection broke: what is shown is old */
    TOP_CATCHING, /* heard again, but what was missed is still being told */
};

/* What was missed, once that is known. */
struct top_missed {
    bool known;
    bool gap;     /* from..to cannot be told one by one ... */
    bool damaged; /* ... since siagad cannot read it; else a new list was told */
    bool anew;    /* the first list was told anew */
    uint64_t from, to, rows;
    int64_t since, until; /* wall: how long nothing was heard */
};

struct top_model;
struct top_model *top_model_new(struct top_time now);
void top_model_free(struct top_model *m);

/* One item of the watch, in the order it gives them; NONE is of no account. */
void top_model_item(struct top_model *m, const siaga_item *item, struct top_time now);
/* A row of LIST or `case` of GET, which tell clocks as they are now, as of a number. What the feed
 * has overtaken is left as it is. */
void top_model_now(struct top_model *m, const siaga_doc *row, uint64_t as_of);
void top_model_line(struct top_model *m, const char *text, unsigned severity, bool remark);

/* ---- what is shown ---- */

enum top_link top_model_link(const struct top_model *m, struct top_time now);
int64_t top_model_heard(const struct top_model *m); /* wall: siagad's last beat was sent then */
uint64_t top_model_head(const struct top_model *m);
uint64_t top_model_left(const struct top_model *m); /* rows of the snapshot still to come */
/* What was missed, once after each break; *ret_missed is untouched when false. */
bool top_model_missed(struct top_model *m, struct top_missed *ret_missed);
/* siagad's clock, by what its beats said */
int64_t top_model_clock(const struct top_model *m, struct top_time now);

/* Cases in the order they are shown: what waits for an acknowledgement first, then by severity, the
 * oldest first; exercises last of all. */
size_t top_model_cases(struct top_model *m);
const struct top_case *top_model_at(struct top_model *m, size_t i);
size_t top_model_place(struct top_model *m, uint64_t number); /* SIZE_MAX: not open */
const struct top_case *top_model_find(const struct top_model *m, uint64_t number);
/* Open cases of a severity, and those not yet acknowledged; both without exercises. */
size_t top_model_open(const struct top_model *m, unsigned severity);
size_t top_model_waiting(const struct top_model *m);
size_t top_model_drills(const struct top_model *m);
/* An open case of which only later entries were heard: to be asked for; NULL: none. */
const struct top_case *top_model_untold(const struct top_model *m);

const struct top_line *top_model_feed(const struct top_model *m, size_t i); /* 0: newest; NULL */
size_t top_model_desks(const struct top_model *m);
const struct top_desk *top_model_desk(const struct top_model *m, size_t i);

#endif
