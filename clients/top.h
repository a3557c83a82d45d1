/* top: what the files of `siaga top` share: the verb and its loop (top.c), what is asked of siagad
 * and what is said of its answers (top_ask.c), a case in full (top_pane.c), and how all that looks
 * (top_screen.c, top_draw.c: they alone have ncurses). Nothing here waits: siagad may stand still,
 * the screen may not. */
#ifndef SIAGA_CLIENTS_TOP_H
#define SIAGA_CLIENTS_TOP_H

#include "tool.h"
#include "top_model.h"
#include "top_prompt.h"

#define TOP_MESSAGE_BYTES 600

/* One case in full, over the lists. */
struct top_pane {
    bool open;
    uint64_t number;
    int64_t version; /* the one shown */
    char *text;      /* lines; NULL: not there yet */
    size_t scroll;   /* lines of the screen above its edge */
};

enum top_asking { TOP_ASK_NOTHING, TOP_ASK_STATUS, TOP_ASK_LIST, TOP_ASK_CASE, TOP_ASK_PANE };
enum top_step { TOP_STEP_NONE, TOP_STEP_TARGET, TOP_STEP_REASON };

struct top {
    struct tool *t;
    siaga_watch *feed;
    siaga_session *asks;
    struct top_model *m;
    struct top_time now;
    uint64_t chosen; /* number of the case; 0: none */
    size_t row;      /* where it stands, for when it goes */
    size_t first;    /* of the list on the screen; only keys move it */
    bool moved;      /* a key did: the chosen one must come into sight */
    bool help, over;
    char message[TOP_MESSAGE_BYTES];
    bool bad; /* the message is of something that failed */
    struct top_pane pane;
    /* forwarding: what was typed so far */
    enum top_step step;
    struct top_prompt prompt;
    char target[64];
    uint64_t forwarded; /* the case it is about, and the version that was on the screen */
    int64_t forwarded_at;
    /* what siagad is asked */
    siaga_call *act, *ask;
    siaga_map
        *request; /* of the act; kept, with its key, while it is not known what became of it */
    char acted[24], did[16];
    enum top_asking asking;
    bool list; /* clocks as of now are wanted for all that is open */
    int64_t list_after, status_at, case_at, list_at; /* mono: not before */
    char city[64];
    int64_t desks; /* attached, by STATUS; -1: not told */
};

/* ---- top_ask.c ---- */

int top_ask_begin(struct top *top); /* the second session; 0 or an exit code */
void top_ask_end(struct top *top);
void top_ask_tend(struct top *top); /* takes answers, asks what is wanted next */
int top_ask_fd(struct top *top);
void top_say(struct top *top, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The version that is on the screen goes with it; `reason` NULL: none. */
void top_act(struct top *top, const char *act, uint64_t number, int64_t version, const char *target,
             const char *reason);
void top_pane_open(struct top *top, uint64_t number);
void top_pane_close(struct top *top);

/* ---- top_pane.c ---- */

char *top_pane_text(const struct tool *t, const siaga_doc *answer); /* of GET; free() it */

/* ---- top_screen.c ---- */

enum {
    TOP_KEY_NONE = -1,
    TOP_KEY_UP = -2,
    TOP_KEY_DOWN = -3,
    TOP_KEY_PAGE_UP = -4,
    TOP_KEY_PAGE_DOWN = -5,
    TOP_KEY_HOME = -6,
    TOP_KEY_END = -7,
    TOP_KEY_ENTER = -8,
    TOP_KEY_BACK = -9,
    TOP_KEY_ESCAPE = -10,
    TOP_KEY_RESIZE = -11,
    TOP_KEY_OTHER = -12,
};

/* The terminal becomes ours until top_screen_end(); also a signal that ends the process gives it
 * back as it was. 0 or an exit code. */
int top_screen_begin(struct tool *t);
void top_screen_end(void);
int top_screen_key(void); /* never waits; a code point, or one of the above */

/* ---- top_draw.c ---- */

void top_draw(struct top *top);
size_t top_draw_page(void); /* rows that PageUp and PageDown go */

#endif
