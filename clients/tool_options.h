/* tool_options: between the two files that read options and print help. Verbs do not need it. */
#ifndef SIAGA_CLIENTS_TOOL_OPTIONS_H
#define SIAGA_CLIENTS_TOOL_OPTIONS_H

#include "tool.h"

enum { TOOL_TABLES = 3 }; /* the verb's own, the filters, the global ones */

struct tool_tables {
    const struct tool_option *at[TOOL_TABLES]; /* NULL: none */
};

extern const struct tool_option tool_global_options[];
extern const struct tool_option tool_filter_options[];

struct tool_tables tool_tables(const struct tool_usage *usage);
bool tool_option_short(const struct tool_option *o); /* its key is a letter */
/* The option an argument names: "--since", "--since=07:00", "-n5". NULL: none. *ret_n: the bytes
 * before its value. */
const struct tool_option *tool_option_of(const struct tool_tables *tables, const char *arg,
                                         size_t *ret_n);

/* Which cases (tool_filter.c): one filter option, or a word in its place, into tool_request(). 0,
 * TOOL_NOT_MINE, or 64. */
int tool_filter_option(struct tool *t, int key, const char *arg);
int tool_matcher(struct tool *t, const char *arg);
bool tool_filter_known(const char *name); /* there is such an option */

/* --output and --fields (tool_fields.c): what was typed, and behind it whether the verb has that.
 * 0 or the exit code. */
int tool_output_set(struct tool *t, const char *arg, int code);
int tool_fields_set(struct tool *t, const char *arg);
int tool_output_settle(struct tool *t, const struct tool_usage *usage);

/* The value at a name or at a path: milestones.on_scene, tasks.0.skpd. NULL: none. */
const siaga_doc *tool_field(const siaga_doc *d, const char *path);
/* A document of --fields alone; yours. What is not there is left out. */
siaga_doc *tool_pick(const struct tool *t, const siaga_doc *d);

/* The pager (tool_pager.c): from here on stdout goes through it, if it went to a screen; and its
 * end, which the person there decides. false: there was none. */
void tool_pager(struct tool *t);
bool tool_pager_end(void);

void tool_help(struct tool *t, const struct tool_usage *usage); /* to stdout */

/* Reads the environment into a fresh tool; finds --lang in the arguments, so that messages about
 * the others are in the right language. 0 or an exit code. */
int tool_begin(struct tool *t, int argc, char **argv);

/* What client.yaml says, the user's own and below it the machine's (tool_config.c): values, and
 * contexts, each a name for some values. 0, or 78 after a mistake was named. What is read is kept
 * for good. */
enum { TOOL_CONTEXTS_MAX = 64 };
struct tool_context {
    char *name;
    const char *file; /* where it begins */
    int line;
    struct tool_value values[TOOL_FILE_SETTINGS];
};
struct tool_config {
    const char *own, *machine; /* the two files, there or not; own NULL: no home */
    struct tool_value values[TOOL_FILE_SETTINGS + 1];
    struct tool_context contexts[TOOL_CONTEXTS_MAX];
    size_t n;
};
int tool_config(struct tool *t, struct tool_config *ret_config);

/* Settings (tool_begin.c): their names; sets one from its text, whoever said it. 0, or `code` after
 * tool_complain(). */
extern const char *const tool_setting_names[TOOL_SETTINGS + 1];
int tool_set(struct tool *t, enum tool_setting which, const struct tool_value *value, int code);
const struct tool_context *tool_context_find(const struct tool *t, const char *name);
int tool_context_unknown(struct tool *t, const struct tool_value *asked, int code);
bool tool_spool_word(const char *word, enum tool_spool *ret_spool); /* false: no such word */

/* Whether an argument is a global option in front of the verb; how many arguments it takes (0: no).
 */
int tool_leading(char **argv);

#endif
