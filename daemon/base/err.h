/* err: the error law of the house, and a text for people in a buffer of the caller's.
 *
 * A function that can fail returns int: negative = fatal, only ever forwarded to the reactor, which
 * ends the process; positive = a verdict (proto/verdict.h) that the direct caller must handle; zero
 * = done. */
#ifndef SIAGA_BASE_ERR_H
#define SIAGA_BASE_ERR_H

#define ERR_FATAL (-1)   /* the store or the system let us down */
#define ERR_CONFIG (-2)  /* what a person wrote is wrong: exit 78 */
#define ERR_DAMAGED (-3) /* the store is not what was written, and no restart mends it: exit 78 */

struct err {
    char text[512]; /* "" when nothing went wrong */
};

int err_set(struct err *e, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4))); /* returns code; e may be NULL */

/* Frees on every way out: `_auto_(thing_destroy) struct thing *t = NULL;` with void
 * thing_destroy(struct thing **). */
#define _auto_(destroy) __attribute__((cleanup(destroy)))

#endif
