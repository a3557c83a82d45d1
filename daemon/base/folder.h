/* folder: the names of new files, brought to the disk.
 *
 * A file that was made, renamed or removed is so after a power cut only when its folder is on the
 * disk, too. */
#ifndef SIAGA_BASE_FOLDER_H
#define SIAGA_BASE_FOLDER_H

/* 0, or -1 with errno. */
int folder_sync(const char *dir);

#endif
