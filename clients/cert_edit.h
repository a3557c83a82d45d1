/* cert_edit: the text of a file of people.d with one key more or less. All that is not touched
 * stays as it was written, comments too. No I/O. */
#ifndef SIAGA_CLIENTS_CERT_EDIT_H
#define SIAGA_CLIENTS_CERT_EDIT_H

#include "cert_people.h"

/* `{id: poc-1, role: operator, ...}` with what is not empty. */
void cert_edit_row(const struct people_row *row, char *out, size_t size);

/* The whole text after a change; malloc. NULL: that has to be done by hand.
 * add_key: the row has none yet, and gets one and the day from which it is valid. */
char *cert_edit_add_key(const struct people_file *f, const struct people_row *row, const char *key,
                        const char *from);
char *cert_edit_drop_key(const struct people_file *f, const struct people_row *row);
/* An item more of the list of revoked keys; reason in one line. f NULL: a file of its own is begun.
 */
char *cert_edit_revoke(const struct people_file *f, const struct people_revoked *r,
                       const char *reason);

#endif
