/* map: a siaga_map on its way to the wire. */
#ifndef SIAGA_CLIENTS_LIB_MAP_H
#define SIAGA_CLIENTS_LIB_MAP_H

#include "proto/pack.h"
#include "siaga.h"

uint32_t map_pairs(const siaga_map *m);                    /* NULL: 0 */
void map_pack_pairs(const siaga_map *m, struct writer *w); /* the pairs without the head */
void map_pack(const siaga_map *m, struct writer *w);       /* head and pairs; NULL: {} */
void map_append(siaga_map *m, const char *name, const siaga_map *item); /* a map in a list */
/* a value that is packed already: whole, and one */
void map_packed(siaga_map *m, const char *name, const void *bytes, size_t n);
const char *map_text(const siaga_map *m, const char *name); /* text set before; "" else */
int64_t map_number(const siaga_map *m, const char *name);   /* or truth, set before; 0 else */
size_t map_bytes(const siaga_map *m);                       /* packed, an upper bound */

#endif
