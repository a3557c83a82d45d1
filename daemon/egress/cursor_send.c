/* The messages of a watch. A message that did not fit is as if it had not been made: the cursor
 * stays where it was. */
#include "cursor.h"

#include <string.h>

#include "proto/frame.h"
#include "proto/pairs.h"
#include "feed_house.h"

static bool sent(struct cursor *c, uint8_t code)
{
    enum router_sent s = code == ANSWER_DONE ? ack_answer(c->feed->parts.ack, &c->to)
                                             : ack_feed(c->feed->parts.ack, &c->to, code);
    c->stalled = s == ROUTER_STALLED;
    c->dead = c->dead || s == ROUTER_GONE;
    return s == ROUTER_SENT;
}

/* What cannot be said later ends the watch: the client hears nothing, comes again and is told. */
static bool give_up(struct cursor *c)
{
    c->dead = true;
    return false;
}

static struct writer *body(struct cursor *c, uint32_t pairs)
{
    struct writer *w = ack_open(c->feed->parts.ack);
    writer_map(w, pairs);
    return w;
}

static void put_rows(struct writer *w, struct slice rows, uint32_t count)
{
    writer_text(w, "rows");
    writer_array(w, count);
    if (count > 0)
        writer_raw(w, rows.p, rows.n);
}

bool cursor_send_done(struct cursor *c)
{
    struct writer *w = body(c, 2);
    pair_uint(w, "head", c->feed->head);
    pair_uint(w, "next", c->next);
    c->announced = true;
    if (!sent(c, ANSWER_DONE))
        return give_up(c);
    c->dead = c->dead || c->leaving;
    return !c->dead;
}

bool cursor_send_rows(struct cursor *c, struct slice rows, uint32_t count, uint64_t next)
{
    struct writer *w = body(c, 3);
    put_rows(w, rows, count);
    pair_uint(w, "next", next);
    pair_uint(w, "head", c->feed->head);
    if (!sent(c, ANSWER_FEED))
        return false;
    c->feed->parts.counters->at[COUNT_FEED_ROWS] += count;
    c->next = next;
    return true;
}

bool cursor_send_snapshot(struct cursor *c, struct slice rows, uint32_t count, uint32_t taken)
{
    struct writer *w = body(c, 3);
    put_rows(w, rows, count);
    pair_uint(w, "at", c->cases_at);
    pair_uint(w, "left", c->cases_n - c->cases_told - taken);
    if (!sent(c, ANSWER_SNAPSHOT))
        return false;
    c->feed->parts.counters->at[COUNT_FEED_ROWS] += count;
    c->cases_told += taken;
    return true;
}

bool cursor_send_beat(struct cursor *c)
{
    struct writer *w = body(c, 3);
    pair_uint(w, "next", c->next);
    pair_uint(w, "head", c->feed->head);
    pair_time(w, "now", clock_now(c->feed->parts.clock));
    return sent(c, ANSWER_BEAT);
}

bool cursor_send_gap(struct cursor *c, uint64_t from, uint64_t to, const char *reason)
{
    struct writer *w = body(c, 4);
    pair_uint(w, "from", from);
    pair_uint(w, "to", to);
    pair_text(w, "reason", reason);
    if (strcmp(reason, "restored") == 0)
        pair_both(w, "hint",
                  "simpanan dipulihkan dari cadangan: yang tercatat sesudah cadangan itu hilang; "
                  "yang masih terbuka menyusul",
                  "the store was restored from a backup: what came after that is lost; what is "
                  "open follows");
    else
        pair_both(w, "hint", "catatan ini tidak dapat disampaikan; lanjutan menyusul",
                  "these entries cannot be told; what comes after them follows");
    c->feed->parts.counters->at[COUNT_FEED_GAPS]++;
    return sent(c, ANSWER_GAP) || give_up(c);
}

bool cursor_send_ended(struct cursor *c, int verdict)
{
    c->dead = true;
    if (!c->announced) { /* its WATCH has no answer yet: this is the answer */
        struct refusal refusal = {.verdict = verdict, .wait_s = verdict == E_BUSY};
        ack_refused(c->feed->parts.ack, &c->to, &refusal);
        return false;
    }
    struct writer *w = body(c, 3);
    pair_text(w, "code", verdict_name(verdict));
    pair_hint(w, verdict);
    pair_uint(w, "next", c->next);
    c->feed->parts.counters->at[COUNT_WATCHES_ENDED]++;
    sent(c, ANSWER_ENDED);
    return false;
}
