/* cert_folder: people.d as the verbs of `siaga cert` see it: all its files read, found in, and
 * written so that a reader meets the old file or the new one, whole. Who changes holds the folder's
 * lock. */
#ifndef SIAGA_CLIENTS_CERT_FOLDER_H
#define SIAGA_CLIENTS_CERT_FOLDER_H

#include "cert_people.h"
#include "tool.h"

#define CERT_FOLDER_USUAL "/etc/siaga/people.d"
#define CERT_FOLDER_REVOKED "revoked.yaml"

struct cert_folder {
    const char *path;
    int fd;
    struct people_file *files; /* by name */
    size_t n;
};

/* 0, or an exit code after tool_complain(); close it in either case. */
int cert_folder_open(struct tool *t, const char *path, bool change, struct cert_folder *ret_folder);
void cert_folder_close(struct cert_folder *f);

/* Reads one file from anywhere, such as one to be enrolled. Free with cert_people_free(). */
int cert_folder_read(struct tool *t, const char *path, struct people_file *ret_file);

struct people_file *cert_folder_file(struct cert_folder *f, const char *name); /* NULL: none */
/* The row of a name, and its file. */
struct people_row *cert_folder_row(struct cert_folder *f, const char *id,
                                   struct people_file **ret_file);
bool cert_folder_revoked(const struct cert_folder *f, const char *key);

/* Writes a file anew, on the disk before it has its name, with the mode and owner of the old one.
 * The folder knows the new text then; `text` is taken over. */
int cert_folder_write(struct tool *t, struct cert_folder *f, const char *name, char *text);

#endif
