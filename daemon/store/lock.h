/* lock: one daemon per store. A flock beside the environments, with the holder's pid in it; the
 * kernel lets go of it when the process ends, however it ends. */
#ifndef SIAGA_STORE_LOCK_H
#define SIAGA_STORE_LOCK_H

#include "daemon/base/err.h"

int lock_take(const char *dir, int *ret_fd,
              struct err *err); /* ERR_CONFIG names the pid of the holder */
void lock_drop(int *fd);

#endif
