/* outbox: the folder of events that wait for siagad, between the files that know it.
 *
 * One file an event, NUMBER.event; what siagad refused is NUMBER.refused, what cannot be read
 * NUMBER.damaged, what is being written NUMBER.new. Two locks: `lock` is held for moments, by who
 * adds or rewrites a file; `sending` is held over the network, by the one who sends. Adding never
 * waits for sending. */
#ifndef SIAGA_CLIENTS_LIB_OUTBOX_H
#define SIAGA_CLIENTS_LIB_OUTBOX_H

#include "clients/lib/outbox_file.h"
#include "siaga.h"

#define OUTBOX_NAME_BYTES 32

enum outbox_state { OUTBOX_QUEUED, OUTBOX_REFUSED, OUTBOX_ASIDE, OUTBOX_UNFINISHED };

struct siaga_outbox {
    char *path;
    int folder, lock, sending; /* descriptors; -1: not open */
};

/* Folder (outbox_folder.c): made when missing, refused when others may look into it. */
int outbox_folder_open(siaga_outbox *o, const char *path, siaga_error *err);

/* Waits up to wait_ms for one of the two locks. 0; 75 when another process has it; 74. */
int outbox_lock(siaga_outbox *o, int *fd, const char *name, int wait_ms, siaga_error *err);
void outbox_unlock(int fd);

/* The files by number, then state. 0 or an errno; *ret_names is yours. */
struct outbox_name {
    uint64_t number;
    enum outbox_state state;
};
int outbox_scan(const siaga_outbox *o, struct outbox_name **ret_names, size_t *ret_n);
const char *outbox_name(uint64_t number, enum outbox_state state, char out[OUTBOX_NAME_BYTES]);

/* Where a session sends to, as one text: what an event was meant for. Yours. */
char *outbox_server(const siaga_session *s);
bool outbox_is_for(const siaga_doc *entry, const siaga_session *s, bool any_server);

/* How often sending to where `entry` goes has failed, and why last: yours, NULL when never. */
siaga_doc *outbox_tries(const siaga_outbox *o, const char *server, const char *source);
void outbox_tries_note(const siaga_outbox *o, const siaga_session *s, const siaga_error *why);
void outbox_tries_forget(const siaga_outbox *o, const siaga_session *s);

/* Under `lock`: rewrites an event as refused, or a refused one as waiting. 0 or an errno. */
int outbox_refuse(siaga_outbox *o, uint64_t number, const siaga_doc *entry,
                  const siaga_doc *refusal);
int outbox_wait_again(siaga_outbox *o, uint64_t number, const siaga_doc *entry);

/* An error with the folder in front; `why` is an errno. */
int outbox_error(const siaga_outbox *o, siaga_error *err, int why, const char *id, const char *en);

#define OUTBOX_LOCK_MS 10000

#endif
