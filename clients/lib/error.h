/* error: filling a siaga_error. Every function returns the code it set. */
#ifndef SIAGA_CLIENTS_LIB_ERROR_H
#define SIAGA_CLIENTS_LIB_ERROR_H

#include "siaga.h"

void error_clear(siaga_error *err); /* NULL does nothing, here and below */
int error_give(siaga_error *err, const siaga_error *from);

/* `where` is cleaned and stands before the texts when it is not empty. */
int error_at(siaga_error *err, int code, const char *where, const char *id, const char *en);

/* Endings of a wait: never connected (69), connected without an answer or only told to wait (75).
 */
int error_unreachable(siaga_error *err, const char *endpoint, int waited_ms);
int error_silent(siaga_error *err, const char *endpoint, int waited_ms);

/* Ends that a new try does not mend. siagad does not want this key, or (cert NULL) this user (77);
 * who is there is not the siagad that the key file names (77); or speaks something else (76). */
int error_unwanted(siaga_error *err, const char *endpoint, const char *cert);
int error_stranger(siaga_error *err, const char *endpoint, const char *cert);
int error_foreign(siaga_error *err, const char *endpoint);

#endif
