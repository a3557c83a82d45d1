/* init: what `siaga init` looks for and copies (init_city.c). Called by init.c alone; says nothing
 * to anybody and asks no siagad. */
#ifndef SIAGA_CLIENTS_INIT_H
#define SIAGA_CLIENTS_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INIT_PATH 8192 /* bytes: two paths behind each other */

bool init_empty(const char *folder);   /* it can be read and holds nothing */
bool init_is_city(const char *folder); /* it has a city.yaml */

/* The folder of the example city, beside the program as built or as installed. NULL: none. */
const char *init_example(char *out, size_t size);

/* Copies city.yaml and the *.yaml of skpd.d, people.d and calendar.d. NULL, or the path that
 * failed, with errno. */
const char *init_copy_city(const char *from, const char *to, char *out, size_t size);

/* The port: 0 becomes the usual one or the next that is free on this machine; else it stays. false:
 * it is not free, or none is. */
bool init_port(int64_t *port);

#endif
