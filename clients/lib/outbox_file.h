/* outbox_file: one file of the outbox: its bytes, and how they come to lie on the disk.
 *
 * A file is a line that names the form, a hash of all that follows, and one msgpack map
 * (docs/OUTBOX.md). It is written once and never changed. Called by outbox and outbox_send; knows
 * neither order nor siagad. */
#ifndef SIAGA_CLIENTS_LIB_OUTBOX_FILE_H
#define SIAGA_CLIENTS_LIB_OUTBOX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "siaga.h"

#define OUTBOX_FILE_MAX (256u << 10) /* an event is less than 64 KiB, a refusal some more */

enum outbox_read {
    OUTBOX_FINE,
    OUTBOX_GONE,    /* no such file (any more) */
    OUTBOX_TROUBLE, /* it cannot be read now: errno */
    OUTBOX_NEWER,   /* another form: a later siaga wrote it */
    OUTBOX_OPEN,    /* others may read or write it, or it is another user's */
    OUTBOX_DAMAGED  /* not what was written */
};

/* The bytes of a file that holds the map; yours. */
uint8_t *outbox_seal(const siaga_map *m, size_t *ret_n);
/* The map in the bytes of a file, yours; NULL: *ret_read says why. */
siaga_doc *outbox_unseal(const void *bytes, size_t n, enum outbox_read *ret_read);
/* The same of an event: its map has all that is needed to send it. */
siaga_doc *outbox_unseal_event(const void *bytes, size_t n, enum outbox_read *ret_read);

/* A file below the folder. NULL: *ret_read says why. */
siaga_doc *outbox_load(int folder, const char *name, bool event, enum outbox_read *ret_read);

/* Writes `name` whole or not at all, by way of `beside`; its bytes are on the disk then, its name
 * only after outbox_sync(). 0, or an errno. */
int outbox_store(int folder, const char *name, const char *beside, const siaga_map *m);
int outbox_sync(int folder); /* the names */

const char *outbox_read_text(enum outbox_read read, bool english); /* for people */

#endif
