/* keyfile: the key file on the disk, and what siaga.h says about it.
 *
 * A secret that others may read is no secret: such a file is refused, with the command that mends
 * it. Called by session; who holds the struct wipes it. */
#ifndef SIAGA_CLIENTS_LIB_KEYFILE_H
#define SIAGA_CLIENTS_LIB_KEYFILE_H

#include "proto/cert.h"
#include "siaga.h"

/* A client's key with its secret and the key of its server. 0 or 78; *ret_cert is untouched then.
 */
int keyfile_read(const char *path, struct cert *ret_cert, siaga_error *err);

#endif
