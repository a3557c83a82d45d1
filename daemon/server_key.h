/* server_key: the secrets of this server, from a file that nobody else may read. */
#ifndef SIAGA_SERVER_KEY_H
#define SIAGA_SERVER_KEY_H

#include "daemon/base/err.h"
#include "proto/cert.h"

/* Reads the file named, else server.key in $CREDENTIALS_DIRECTORY. ERR_CONFIG with what is wrong
 * and how to mend it; *ret_found false and 0 when none is named and there is none. */
int server_key_read(const char *path, struct cert *ret_cert, bool *ret_found, struct err *err);

#endif
