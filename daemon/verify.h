/* verify: walks a whole store and names the first record that is wrong. */
#ifndef SIAGA_DAEMON_VERIFY_H
#define SIAGA_DAEMON_VERIFY_H

/* Journal: every number present, checksum, form, chain. Views: made again from the journal in a
 * folder of its own, then compared row by row. Runs in a child process, for a damaged page may end
 * it. Prints what it found. Returns the exit code: 0 clean, 65 a bad record, 70 it cannot be
 * walked, 78 held by a siagad. */
int verify_store(const char *dir);

/* For another walk over a store: in a child, and opened as it is; 0 or an exit code. */
struct store;
struct err;
int verify_apart(const char *dir, int (*walk)(const void *what), const void *what);
int verify_open(const char *dir, unsigned without, struct store **ret_store, struct err *err);

#endif
