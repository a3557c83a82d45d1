/* import: siagad --import FILE. The journal in a store that lies still goes on with what `siaga
 * export` wrote. */
#ifndef SIAGA_DAEMON_IMPORT_H
#define SIAGA_DAEMON_IMPORT_H

#include "siagad.h"

/* Prints what became of it. 0; 65 the file is damaged, or does not join what the store holds; 70
 * the disk failed; 78 a mistake in the city's files, or a store that is held. */
int import_run(const struct siagad_options *options, const char *file);

#endif
