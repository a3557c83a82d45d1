/* lang: the texts of the tools in the language of who reads them.
 *
 * A text stands in the sources in English and is the msgid of gettext; po/id.po holds the
 * Indonesian one. English needs no catalogue and asks for none, whatever LANG says; where the
 * Indonesian one is not found, the tools speak English. Nothing but texts follows the language:
 * numbers and times are made by our own functions (tool_time.c, digest_words.c), LC_NUMERIC and
 * LC_TIME stay "C".
 */
#ifndef SIAGA_CLIENTS_LANG_H
#define SIAGA_CLIENTS_LANG_H

#include <stdbool.h>

/* Marks a text for po/siaga.pot where it is not handed to a function that translates it: in a
 * table, in the arms of a condition, for a function of one file. NC_ names a context, where one
 * English text has two Indonesian ones; lang_text() takes both. */
#define N_(text) text
#define NC_(context, text) context "\004" text

/* Finds the catalogue, once for the process: beside the program (where it was built), else as it is
 * installed, bin/ beside share/locale/. lang_text() does it when it must; before there are threads
 * is better. */
void lang_open(void);

/* The text in that language. "" and NULL stay what they are. */
const char *lang_text(bool english, const char *text) __attribute__((format_arg(2)));

const char *lang_name(bool english); /* "id", "en" */

/* The environment for a command that is run: the caller's own, without what lang_open() set. Free
 * the array, not what it points to. */
char **lang_environ(void);

#endif
