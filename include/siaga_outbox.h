/* siaga_outbox.h: the part of siaga.h about events that wait until siagad has them. The rules at
 * the head of that file hold here, too. */
#ifndef SIAGA_OUTBOX_H
#define SIAGA_OUTBOX_H

#include "siaga.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Events that wait on this machine's disk until siagad has them: the folder of one user, shared by
 * all his programs. Each is sent under the key it was made with, to where it was meant for, so
 * however often it goes out it is one event. How it lies on the disk: docs/OUTBOX.md.
 * An outbox belongs to one thread at a time; several processes may use the same folder at once. */
typedef struct siaga_outbox siaga_outbox;

/* Opens the folder and makes it when missing (mode 0700). NULL: $XDG_STATE_HOME/siaga/outbox, else
 * ~/.local/state/siaga/outbox. 78: others may look into it, or it is another user's, or there is no
 * home; 74: it cannot be made or opened. *ret_outbox is yours. */
int siaga_outbox_open(const char *folder, siaga_outbox **ret_outbox, siaga_error *err);
void siaga_outbox_free(siaga_outbox *o);
const char *siaga_outbox_folder(const siaga_outbox *o);

/* Keeps n events, all or none, for where this session sends to, behind all that wait. On 0 they are
 * on the disk (files, names and folder synced) under n numbers in a row from *ret_number on. Each
 * gets `sent_at`, now, unless it has one. `why_not_sent` (may be NULL: not tried yet) is what
 * siaga_submit() said. One event that waits already, under the same key and with the same content,
 * is not kept twice: its number is given. 74: the disk is full or fails, nothing was kept; 75:
 * another process holds the outbox. */
int siaga_outbox_put(siaga_outbox *o, const siaga_session *s, siaga_event *const events[], size_t n,
                     const siaga_error *why_not_sent, uint64_t *ret_number, siaga_error *err);

/* A row about an event that was put, of what its sender knows: state, number, key, kind, title,
 * sent_at, code, verdict, reason_id, reason_en. Yours. */
siaga_doc *siaga_outbox_queued(const siaga_event *event, uint64_t number, const siaga_error *why);

/* How many waiting events of this session would be sent before this one (NULL: before a report).
 * While there are any it must not be submitted past them: put it and flush. */
size_t siaga_outbox_ahead(siaga_outbox *o, siaga_session *s, const siaga_event *event);

/* Called for one event of the outbox. `doc` lives until it returns. */
typedef void (*siaga_outbox_fn)(void *self, uint64_t number, const siaga_doc *doc);

/* Zero-fill it, then set what differs. */
typedef struct siaga_flush {
    bool any_server;      /* also what was meant for other addresses than the session's */
    int wait_ms;          /* for another process that is sending; 0: not at all */
    siaga_outbox_fn told; /* each receipt or refusal as it comes; NULL: nobody is told */
    void *self;           /* handed to `told` */
} siaga_flush;

typedef struct siaga_flushed {
    size_t stored;      /* taken by siagad and gone from the outbox */
    size_t duplicate;   /* of these: siagad had them before */
    size_t refused;     /* refused for good: kept apart with the reason, holding nobody up */
    size_t damaged;     /* set aside: not what was written, or open to others; never sent */
    size_t left;        /* still waiting, when it ends */
    size_t passed_over; /* of these: cannot be read now, or are of a newer siaga */
} siaga_flushed;

/* Sends what waits for where this session sends to and comes from its source: emergencies first,
 * then the others, in the order they were put. `how` NULL: as zero-filled. *ret_done is always
 * filled. 0: nothing is left that could be sent. Else why it stopped, as of siaga_submit(): 69 or
 * 75 (also: another process is sending) come again, 76 to 78 are for a person; 74: the outbox
 * itself fails. */
int siaga_outbox_flush(siaga_outbox *o, siaga_session *s, const siaga_flush *how,
                       siaga_flushed *ret_done, siaga_error *err);

/* Every event as a row: state (queued, refused, damaged, unreadable), number, file; key, kind,
 * title, category, severity, queued_at, age_s, server, source, cert; tries, tried_at, code,
 * verdict, reason_id, reason_en: why it waits or what is wrong; refused_at, refusal. Reporters are
 * not in it. */
int siaga_outbox_list(siaga_outbox *o, siaga_outbox_fn each, void *self, siaga_error *err);
siaga_doc *siaga_outbox_get(siaga_outbox *o, uint64_t number); /* one row, yours; NULL: none */

/* drop: takes one out for good, whatever its state. retry: a refused one, or one set aside that is
 * whole after all, waits again in its old place. 1: no such number; 65: it is damaged. */
int siaga_outbox_drop(siaga_outbox *o, uint64_t number, siaga_error *err);
int siaga_outbox_retry(siaga_outbox *o, uint64_t number, siaga_error *err);

#ifdef __cplusplus
}
#endif

#endif
