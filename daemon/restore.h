/* restore: siagad --restore FILE and --verify-backup FILE. A backup becomes a store again. */
#ifndef SIAGA_DAEMON_RESTORE_H
#define SIAGA_DAEMON_RESTORE_H

#include <stdint.h>

#include "siagad.h"

/* Looks at the whole file first; into a folder without a store, or with one that an earlier restore
 * left half done. `lost`: how many numbers are passed over when the file of numbers beside the
 * store does not know how many were given since; 0: LOST_MARGIN. Prints what came of it. 0; 65 the
 * file is damaged; 70 the disk failed; 73 there is a store; 78 a mistake in the city's files, or a
 * store that is held. */
int restore_run(const struct siagad_options *options, const char *file, uint32_t lost);

int restore_look(const char *file); /* prints what is in it; 0 or 65 */

/* A restore was cut short here: it is no store. */
bool restore_unfinished(const char *dir);

#endif
