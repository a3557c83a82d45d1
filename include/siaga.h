/* siaga.h: the public C interface of libsiaga, the client side of siaga.
 *
 * A session speaks to one siagad out of a list. Events are built, submitted and answered with a
 * receipt; everything else is a request and an answer; a watch follows the live feed. Nothing here
 * needs ZeroMQ or msgpack headers.
 *
 * Rules that hold for the whole file:
 *   - A function that can fail returns 0, or an exit number of sysexits.h (the same as err->code),
 *     and fills `err` if it is not NULL.
 *   - Times are microseconds since 1970 in UTC (int64_t) or RFC 3339 text; waits are milliseconds
 *     (int) or seconds where named _s.
 *   - Text is UTF-8 and NUL-terminated. Text given in is copied. Text given out belongs to the
 *     object it came from.
 *   - xxx_free(NULL) does nothing. Running out of memory ends the process.
 *   - A session and what hangs on it belong to one thread at a time. Several sessions may live in
 *     several threads.
 *   - A signal makes waiting calls look up: siaga_watch_next(), siaga_desk_next() and
 *     siaga_submit_poll() return early with nothing, the others go on until their deadline.
 */
#ifndef SIAGA_H
#define SIAGA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIAGA_VERSION_MAJOR 0
#define SIAGA_VERSION_MINOR 1
#define SIAGA_VERSION_PATCH 0
#define SIAGA_VERSION "0.1.0"
#define SIAGA_MAKE_VERSION(major, minor, patch) ((major)*10000 + (minor)*100 + (patch))
#define SIAGA_VERSION_NUMBER \
    SIAGA_MAKE_VERSION(SIAGA_VERSION_MAJOR, SIAGA_VERSION_MINOR, SIAGA_VERSION_PATCH)

#define SIAGA_DEFAULT_SERVER "ipc:///run/siaga/siagad.sock"
#define SIAGA_EVENTS_MAX 256u /* events in one message */
#define SIAGA_KEY_BYTES 65    /* an idempotency key with its NUL */
#define SIAGA_SOURCE_BYTES 49 /* a source name with its NUL */
#define SIAGA_TIME_BYTES 40   /* any time made by siaga_time_format() */

const char *siaga_version(void); /* of the library in use: "0.1.0" */

/* ---- errors ---- */

/* Why something failed. The caller owns it; it holds its own texts and may be copied and kept.
 * `code` is what a tool should exit with: 65 mend the data, 69 not reachable, 75 try the same again
 * later, 76 another version, 77 not allowed, 78 configuration, 70 a fault of siaga's, 1 not found.
 * 0 means no error. */
typedef struct siaga_error {
    int code;
    unsigned wait_s;   /* seconds siagad asked to wait; 0 when it did not */
    char verdict[24];  /* "E_BUSY" when siagad refused; "" when it arose on this side */
    char where[192];   /* the endpoint or the field concerned; "" if none */
    char text_id[320]; /* what failed and what to do, Indonesian; never with a line break */
    char text_en[320]; /* the same, English */
} siaga_error;

/* ---- documents: what siagad answers ---- */

/* A parsed value and everything inside it. Immutable. The root, which a function gave you as
 * `siaga_doc *`, is yours to free; the values found in it (`const siaga_doc *`) live as long as the
 * root. Every accessor takes NULL and values of another type and then says NULL, "" or the default:
 * chains like siaga_doc_text(siaga_doc_get(siaga_doc_get(d, "case"), "title")) need no tests. */
typedef struct siaga_doc siaga_doc;

typedef enum siaga_type {
    SIAGA_NONE = 0, /* no such value */
    SIAGA_NIL,
    SIAGA_BOOL,
    SIAGA_INT,
    SIAGA_DOUBLE,
    SIAGA_TEXT,
    SIAGA_BYTES,
    SIAGA_ARRAY,
    SIAGA_MAP
} siaga_type;

siaga_type siaga_doc_type(const siaga_doc *d);
/* array: items; map: pairs; text and bytes: bytes; else 0 */
size_t siaga_doc_size(const siaga_doc *d);

/* value of a map; NULL if absent or nil */
const siaga_doc *siaga_doc_get(const siaga_doc *d, const char *name);
/* item of an array, or value of the i-th pair of a map */
const siaga_doc *siaga_doc_at(const siaga_doc *d, size_t i);
/* name of the i-th pair of a map; "" if there is none */
const char *siaga_doc_name(const siaga_doc *d, size_t i);

const char *siaga_doc_text(const siaga_doc *d); /* "" if it is no text */
/* NULL if it is no SIAGA_BYTES; siaga_doc_size() says how many */
const void *siaga_doc_bytes(const siaga_doc *d);
/* a double is cut; out of range gives `otherwise` */
int64_t siaga_doc_int(const siaga_doc *d, int64_t otherwise);
double siaga_doc_double(const siaga_doc *d, double otherwise); /* any number */
bool siaga_doc_bool(const siaga_doc *d, bool otherwise);
int64_t siaga_doc_time(const siaga_doc *d); /* RFC 3339 text as us UTC; 0 if it is none */

/* The same for a named value of a map, since that is what one mostly wants. */
const char *siaga_text(const siaga_doc *map, const char *name);
int64_t siaga_int(const siaga_doc *map, const char *name, int64_t otherwise);
bool siaga_bool(const siaga_doc *map, const char *name, bool otherwise);
int64_t siaga_time(const siaga_doc *map, const char *name);

siaga_doc *siaga_doc_copy(const siaga_doc *d); /* a root of its own, of any value; NULL for NULL */
void siaga_doc_free(siaga_doc *root);

/* Parses one msgpack map (SPEC 2.1), as a file of recorded messages may hold it. NULL when it is
 * not one. */
siaga_doc *siaga_doc_parse(const void *msgpack, size_t n_bytes);

/* Writes the value as JSON straight from its bytes: no line break anywhere, none at the end;
 * control characters, U+2028 and U+2029 escaped; bytes that are no UTF-8 become U+FFFD; bytes
 * (SIAGA_BYTES) as hex text. Errors of the stream are left in it: ferror(). */
void siaga_doc_json(const siaga_doc *d, FILE *out);
/* the same over several lines, indented by two, no line break at the end */
void siaga_doc_pretty(const siaga_doc *d, FILE *out);
/* the value as it came: its own msgpack bytes, one value whole */
void siaga_doc_msgpack(const siaga_doc *d, FILE *out);
/* one string with its quotes, escaped in the same way */
void siaga_json_text(const char *text, size_t n, FILE *out);

/* ---- maps: what is asked ---- */

/* The body of a request under construction. Names are those of SPEC section 5. Setting a name again
 * replaces it. */
typedef struct siaga_map siaga_map;

siaga_map *siaga_map_new(void);
void siaga_map_free(siaga_map *m);
void siaga_map_text(siaga_map *m, const char *name, const char *text); /* NULL removes the name */
void siaga_map_int(siaga_map *m, const char *name, int64_t value);
void siaga_map_double(siaga_map *m, const char *name, double value);
void siaga_map_bool(siaga_map *m, const char *name, bool value);
/* appends one text to a list; the first call makes the list, with NULL an empty one */
void siaga_map_add(siaga_map *m, const char *name, const char *item);
void siaga_map_merge(siaga_map *m, const siaga_map *from); /* sets every pair of `from` in m */
/* any value, copied; NULL removes the name */
void siaga_map_value(siaga_map *m, const char *name, const siaga_doc *value);
siaga_doc *siaga_map_doc(const siaga_map *m); /* the same to read from; yours */
bool siaga_map_has(const siaga_map *m, const char *name);
/* Sets `where` of a list from what people type (SPEC 5.6), replacing an earlier one:
 *   skpd=damkar,dbmsda (severity=extreme or words="banjir jati*") not state=closed
 * Words beside each other are joined by AND, values with commas by OR. Names: those of where.def,
 * and Indonesian ones. 0, or 64 with what is wrong in err; the map is untouched then. */
int siaga_map_where(siaga_map *m, const char *expression, siaga_error *err);

/* ---- session ---- */

typedef struct siaga_session siaga_session;

/* Zero-fill it, then set what differs: 0 and NULL mean the default named. Texts are copied. */
typedef struct siaga_options {
    /* ZeroMQ endpoints, comma separated, at most 8, tried in this order, the next one on failure.
     * Default SIAGA_DEFAULT_SERVER. */
    const char *endpoints;
    /* Key file (siaga cert new) that says who one is to siagad on tcp, where it must be given; ipc
     * endpoints do not use it: there one is who the user of the machine is. */
    const char *cert;
    /* Registered name, 1-48 of a-z 0-9 -, told with every request. NULL: none is claimed: the name
     * is that of the key or of the user. */
    const char *source;
    const char *client;   /* program and version, told in HELLO; default "libsiaga VERSION" */
    const char *language; /* "id" (default) or "en": what siaga_error_text() gives */
    int connect_ms;       /* no connection to any endpoint for so long: 69; default 3,000 */
    int answer_ms;        /* no answer to one try: the same is sent again, each time after twice as
                             long; default 3,000 */
    int deadline_ms;      /* no answer after all tries and waits: 75; default 15,000, counted for
                             each message from its first try */
    int patience_ms; /* siagad may ask to wait (E_RATE, E_BUSY, ...): such waits are honoured so
                        long although the deadline passes; default: the deadline, no longer */
    unsigned window; /* messages in flight for siaga_submit_begin(); default 16 */
} siaga_options;

/* Makes a session; connects in the background, so an unreachable siagad shows in the first call
 * that needs it. Fails with 64 on a bad endpoint or source, 71 when the system gives no sockets, 78
 * when a tcp endpoint has no key file, or one that is wrong or that others may read. An endpoint
 * that refuses the key (77) or speaks something else (76) is not tried again by this session; once
 * none is left every call says so at once. *ret_session is yours. */
int siaga_session_new(const siaga_options *options, siaga_session **ret_session, siaga_error *err);
/* Drops what was not answered. Free its watches and desks first. */
void siaga_session_free(siaga_session *s);

const char *siaga_session_endpoint(const siaga_session *s); /* the one in use */
/* the name claimed, else that of the key; "" when only siagad knows it */
const char *siaga_session_source(const siaga_session *s);
/* A file descriptor for poll(2), so that many sessions can be waited for at once; -1 while there is
 * none. It tells of news once and is no more than a hint: before waiting on it, and after any other
 * call with this session, call siaga_submit_poll(s, 0, ...) until it says false; ask for it anew
 * before each wait, and wait no longer than some 100 ms: repeats and deadlines need the calls. */
int siaga_session_fd(const siaga_session *s);
/* in the language of the session; s NULL: Indonesian */
const char *siaga_error_text(const siaga_session *s, const siaga_error *err);

/* Asks one thing and waits for the answer: hello, get, list, due, dead, route, status, move,
 * reclass, work, submit by their names in verbs.def. `source` is added unless the request has one,
 * and a fresh `key` to move, reclass and work. Without an answer the very same message is sent
 * again (also after a reconnect and to the next endpoint) until the deadline; E_BUSY, E_RATE,
 * E_FULL, E_STOPPING and E_UNKNOWN are waited out likewise. `request` may be NULL (no fields). On 0
 * *ret_answer is the body of `done`, yours to free. A refusal gives the exit number of its verdict
 * and, when ret_answer is not NULL, the body of the refusal in *ret_answer, also yours (it has
 * `code`, `hint`, `faults`, ...); else *ret_answer is NULL. 69: no connection in connect_ms; 75:
 * connected, but no answer or only waits until the deadline. */
int siaga_request(siaga_session *s, const char *verb, const siaga_map *request,
                  siaga_doc **ret_answer, siaga_error *err);

/* The same without waiting, for programs that have more to look after. What hangs on a session must
 * be free before it. */
typedef struct siaga_call siaga_call;

/* 0: it is on its way, *ret_call is yours; else it could not be asked (64, 65). */
int siaga_call_begin(siaga_session *s, const char *verb, const siaga_map *request,
                     siaga_call **ret_call, siaga_error *err);
/* Waits up to timeout_ms (0: just look; -1: until its deadline ends it). false: no answer yet.
 * true: it is over and freed; *ret_code, *ret_answer and err are what siaga_request() gives. Call
 * it often while one is on its way. */
bool siaga_call_poll(siaga_call *c, int timeout_ms, int *ret_code, siaga_doc **ret_answer,
                     siaga_error *err);
void siaga_call_free(siaga_call *c); /* nobody waits for it any more; it may happen all the same */

/* Fills err from the body of a refusal (code, verdict, both hints, the first fault as `where`);
 * returns err->code. */
int siaga_refusal_error(const siaga_doc *refusal, siaga_error *err);

/* ---- events ---- */

/* An event under construction. Field names are those of fields.def. Values are not judged here:
 * siagad says all that is wrong at once. */
typedef struct siaga_event siaga_event;

/* "emergency", "complaint", "report"; the key is a fresh UUIDv7 */
siaga_event *siaga_event_new(const char *kind);
void siaga_event_free(siaga_event *ev);
/* NULL or "" removes the field */
void siaga_event_set(siaga_event *ev, const char *field, const char *text);
void siaga_event_set_int(siaga_event *ev, const char *field, int64_t value);
void siaga_event_set_double(siaga_event *ev, const char *field, double value);
void siaga_event_set_point(siaga_event *ev, double lat, double lon); /* decimal degrees, WGS 84 */
void siaga_event_add_tag(siaga_event *ev, const char *tag);
/* "parent", "E-261124-0042-K" */
void siaga_event_add_ref(siaga_event *ev, const char *type, const char *id);
/* a pair of the map `extra` */
void siaga_event_set_extra(siaga_event *ev, const char *name, const char *value);
/* The reporter: name, phone, mail, address, note. Kept apart from the event by siagad. */
void siaga_event_set_person(siaga_event *ev, const char *field, const char *value);
/* the idempotency key: keep it to be able to send again */
const char *siaga_event_key(const siaga_event *ev);
/* text of a text field set before; "" else */
const char *siaga_event_get(const siaga_event *ev, const char *field);
/* about its size on the wire; one message takes about 65,000 */
size_t siaga_event_bytes(const siaga_event *ev);

/* ---- submit ---- */

/* What became of one event. `doc` is the receipt when stored (ticket, seq, owner, ...; duplicate
 * true when it was there before), the refusal when refused (code, hint, faults), NULL when nothing
 * is known (send it again with the same key). */
typedef struct siaga_result {
    bool stored, duplicate;
    siaga_doc *doc; /* yours: siaga_results_free() */
} siaga_result;

void siaga_results_free(siaga_result results[], size_t n); /* the docs, not the array */

/* Submits n events (any number: they are split into messages) and waits until each is answered. 0:
 * every event has its result, stored or refused. Else (69, 75, 76, 77...) results hold what was
 * answered before; those without a doc are unknown. An event too large for one message gets a
 * refusal E_TOO_BIG made here. Sends again as siaga_request() does: the keys make it harmless.
 * results has room for n and is overwritten. */
int siaga_submit(siaga_session *s, siaga_event *const events[], size_t n, siaga_result results[],
                 siaga_error *err);

/* Several messages in flight on one session, for import and bench.
 * begin: packs as many of the n events as fit in one message (at least 1, at most SIAGA_EVENTS_MAX)
 * and sends it; *ret_taken says how many. The events may be freed at once. 0 with *ret_taken 0: the
 * window is full, poll first. 65: the first event is too large by itself, nothing was taken. `tag`
 * comes back with the answer. */
int siaga_submit_begin(siaga_session *s, siaga_event *const events[], size_t n, void *tag,
                       size_t *ret_taken, siaga_error *err);

/* One answered message. code 0: results has n results, stored or refused. Else `error` says why,
 * and the results without a doc are unknown. */
typedef struct siaga_batch {
    void *tag;
    size_t n;
    siaga_result *results; /* yours: siaga_batch_free() */
    int64_t took_us;       /* from siaga_submit_begin() to the answer, waits and repeats included */
    int code;
    siaga_error error;
} siaga_batch;

/* Waits up to timeout_ms (0: just look; -1: until one is answered or its deadline ends it) for the
 * next answered message, in the order of the answers. false: none yet, or none in flight. Sends
 * unanswered ones again. Call it often while messages are in flight. */
bool siaga_submit_poll(siaga_session *s, int timeout_ms, siaga_batch *ret_batch);
void siaga_batch_free(siaga_batch *b);
size_t siaga_submit_open(const siaga_session *s); /* messages begun and not yet given out by poll */

/* ---- watch ---- */

/* A live feed. It gives credit back as rows are taken, says "still here" in time, and after a
 * silence of 5 s or a restart of siagad connects again and goes on from siaga_watch_position(): no
 * gap, no repeat. If that happens inside a snapshot, the snapshot starts anew
 * (SIAGA_ITEM_RECONNECTED comes first: forget the snapshot rows seen so far). Call
 * siaga_watch_next() at least every 5 s. */
typedef struct siaga_watch siaga_watch;

typedef enum siaga_item_kind {
    SIAGA_ITEM_NONE = 0,     /* nothing within the time, or a signal */
    SIAGA_ITEM_ROW,          /* doc: one entry of the feed (SPEC 6.1) */
    SIAGA_ITEM_SNAPSHOT_ROW, /* doc: one open case as it stood at number `at` */
    SIAGA_ITEM_SNAPSHOT_END, /* all open cases were told; what follows is newer than `at` */
    SIAGA_ITEM_BEAT,         /* siagad is there, nothing missed up to `head`; doc has `now` */
    SIAGA_ITEM_GAP,          /* doc: from, to, reason, hint: entries that cannot be told one by one;
                                a snapshot follows, but for the reason "damaged" */
    SIAGA_ITEM_LOST,         /* nothing heard for 5 s, or the connection broke; err says more. The
                                watch keeps trying */
    SIAGA_ITEM_RECONNECTED   /* it is back and goes on from `next` */
} siaga_item_kind;

typedef struct siaga_item {
    siaga_item_kind kind;
    const siaga_doc *doc; /* until the next siaga_watch_next(); NULL where the kind names none */
    uint64_t next;        /* the position after this item: what to store */
    uint64_t head;        /* last number known to be on siagad's disk */
    uint64_t at;          /* snapshot: its number N */
    uint64_t left;        /* snapshot: rows of it still to come after this one */
} siaga_item;

/* Opens a watch. The request has the names of WATCH in SPEC 5.7: kind, skpd, severity, state,
 * kecamatan (lists), from, since, snapshot, credit; NULL: all, from now. It is copied. Waits for
 * siagad's `done` like siaga_request() and fails alike. *ret_watch is yours; free it before its
 * session. */
int siaga_watch_open(siaga_session *s, const siaga_map *request, siaga_watch **ret_watch,
                     siaga_error *err);
void siaga_watch_free(siaga_watch *w); /* tells siagad that it is over */

/* Waits up to timeout_ms (-1: for ever) for the next item. 0 also for SIAGA_ITEM_NONE and
 * SIAGA_ITEM_LOST. Else the watch is over: siagad ended it for a reason that a new try will not
 * mend (77, 65, 76, ...). err is filled then, and for SIAGA_ITEM_LOST. */
int siaga_watch_next(siaga_watch *w, int timeout_ms, siaga_item *ret_item, siaga_error *err);

/* Begins again with what is open now: SIAGA_ITEM_RECONNECTED with `next` 0, a snapshot, the feed
 * behind it. For a watch that was opened with `snapshot`. */
void siaga_watch_anew(siaga_watch *w);

/* The number to store and to continue with (`from`): everything before it has been given out.
 * Inside a first snapshot: 0 = start anew. */
uint64_t siaga_watch_position(const siaga_watch *w);

/* ---- desk ---- */

/* A desk takes the work of one SKPD, item by item, each under a lease: until that is over no other
 * desk gets the item. Say what became of it with one of the five acts below, in time or after
 * siaga_desk_extend(). It lives on one session: items come in between the acts, and any other
 * request, and wait for siaga_desk_next(). Like a watch it says "still here" and comes back by
 * itself after a silence of 5 s or a restart of siagad; leases go on meanwhile, and the acts may be
 * told then. Call siaga_desk_next() at least every 5 s. */
typedef struct siaga_desk siaga_desk;

typedef enum siaga_work_kind {
    SIAGA_WORK_NONE = 0, /* nothing within the time, or a signal */
    SIAGA_WORK_ITEM,     /* one item; it uses up one of the credit */
    SIAGA_WORK_BEAT,     /* siagad is there and has nothing */
    SIAGA_WORK_LOST,     /* nothing heard for 5 s, or the connection broke; err says more. The desk
                            keeps trying */
    SIAGA_WORK_RECONNECTED /* it is back */
} siaga_work_kind;

/* One item. It may be copied and kept, but for `event`. */
typedef struct siaga_work {
    siaga_work_kind kind;
    uint64_t case_number;
    char ticket[24];
    char skpd[32];
    unsigned attempt;       /* 1: the first time that anybody got it */
    int64_t taken_until;    /* end of the lease as it was taken, by the clock of siagad */
    int64_t lease_until;    /* end of the lease now; siaga_desk_extend() moves it */
    bool dead;              /* set by siaga_desk_fail(): failed too often, an operator decides */
    const siaga_doc *event; /* row of the event (SPEC 6.1), until the next siaga_desk_next() */
} siaga_work;

/* Opens a desk. skpd NULL: that of the source. credit: so many items at once, 1 to 64 (0: 1).
 * lease_s 0: as the city's files say. Waits for siagad's `done` like siaga_request() and fails
 * alike. *ret_desk is yours; free it before its session. */
int siaga_desk_open(siaga_session *s, const char *skpd, unsigned credit, unsigned lease_s,
                    siaga_desk **ret_desk, siaga_error *err);
/* Tells siagad that it is over. Leases still held run out, which counts as a failure: give items
 * back with siaga_desk_later() first. */
void siaga_desk_free(siaga_desk *d);

const char *siaga_desk_skpd(const siaga_desk *d);    /* whose work it takes */
unsigned siaga_desk_lease_s(const siaga_desk *d);    /* length of its leases */
void siaga_desk_more(siaga_desk *d, unsigned items); /* leave to send so many more */

/* Waits up to timeout_ms (-1: for ever) for the next item. 0 also for SIAGA_WORK_NONE and
 * SIAGA_WORK_LOST. Else the desk is over: siagad ended it for a reason that a new try will not mend
 * (77, 65, 76, ...). err is filled then, and for SIAGA_WORK_LOST. */
int siaga_desk_next(siaga_desk *d, int timeout_ms, siaga_work *ret_work, siaga_error *err);

/* What became of an item. Each carries a key made of the item, its lease and the act: after 69 or
 * 75 the same call again does no harm. E_LEASE (65, in err->verdict): the lease is over, the item
 * may be another desk's by now; stop working on it. `reason` has at most 64 bytes.
 * extend: the lease runs anew from now, for lease_s or (0) as at first.
 * done: the program has it. later: it comes again after wait_s. fail: after a back-off.
 * refuse: it is not this SKPD's duty; goes to the POC (MOVE, only for a handler). */
int siaga_desk_extend(siaga_desk *d, siaga_work *work, unsigned lease_s, siaga_error *err);
int siaga_desk_done(siaga_desk *d, siaga_work *work, siaga_error *err);
int siaga_desk_fail(siaga_desk *d, siaga_work *work, const char *reason, siaga_error *err);
int siaga_desk_later(siaga_desk *d, siaga_work *work, const char *reason, unsigned wait_s,
                     siaga_error *err);
int siaga_desk_refuse(siaga_desk *d, siaga_work *work, const char *reason, siaga_error *err);

/* ---- key files ---- */

#define SIAGA_CERT_BYTES 1024 /* any text made by siaga_cert_text() */

/* What everybody may know of a key file. */
typedef struct siaga_cert {
    char name[SIAGA_SOURCE_BYTES];
    char role[17];       /* "server": siagad's own */
    char skpd[25];       /* "" if none */
    char public_key[41]; /* Z85 */
    char server_key[41]; /* public key of the siagad it is for; "" if none is named */
} siaga_cert;

/* Makes a key pair for name, role, skpd and server_key of `wanted` and writes the key file, mode
 * 0600 and on the disk when this returns 0; *ret_cert has the public key then. The secret is seen
 * by nobody. Fails with 64 on a bad name or role and 73 when the file cannot be made; one that is
 * there is never written over. */
int siaga_cert_make(const siaga_cert *wanted, const char *path, siaga_cert *ret_cert,
                    siaga_error *err);

/* Reads a key file, or one with the public part only. 78: it is wrong, or has a secret and others
 * may read it. */
int siaga_cert_read(const char *path, siaga_cert *ret_cert, siaga_error *err);

/* The public part as a file of its own; returns out. */
const char *siaga_cert_text(const siaga_cert *c, char out[SIAGA_CERT_BYTES]);

bool siaga_key_valid(const char *z85); /* 40 characters of its alphabet */

/* ---- roles ---- */

/* Whether a role may ask a verb, sees a field of a case (secret: of a secret one), hears of a kind
 * of entry; by the words of the groups role, verb, right, entry. What is unknown, nobody may. */
bool siaga_role_may(const char *role, const char *verb);
bool siaga_role_sees(const char *role, const char *field, bool secret);
bool siaga_role_hears(const char *role, const char *entry);

/* ---- words, tickets, times ---- */

/* The label of a word of the wire for people: siaga_label("state", "in_progress", false) is
 * "dikerjakan". Groups: kind subkind call_class mode channel severity urgency certainty visibility
 * language ref_type state outcome role flag entry act milestone work level alarm publicity access
 * health erasure hold; also field (label of an event field), right (a field of a case that some
 * roles see), where (what a list can be asked for), verb (its sentence) and verdict (its hint). An
 * unknown word is its own label. Static text, or `word` itself. */
const char *siaga_label(const char *group, const char *word, bool english);
/* the i-th word of a group; NULL after the last */
const char *siaga_word(const char *group, size_t i);
bool siaga_word_known(const char *group, const char *word);
bool siaga_state_open(const char *state);    /* somebody still owes work */
int siaga_verdict_exit(const char *verdict); /* exit number of a verdict; 70 if unknown */
/* TEXT LONG WORD TIME DEGREE COUNT KEY ID CODE LIST MAP; "" if a client may not set such a field */
const char *siaga_field_type(const char *field);
bool siaga_field_personal(const char *field); /* personal data: has no place in an event */

typedef enum siaga_ticket_state {
    SIAGA_TICKET_FINE,
    SIAGA_TICKET_BAD_FORM,
    SIAGA_TICKET_BAD_CHECK
} siaga_ticket_state;
/* Reads a ticket as people type it (small letters, spaces for dashes) and writes it properly. out
 * untouched unless FINE. */
siaga_ticket_state siaga_ticket_read(const char *text, char out[24]);

/* Text from elsewhere made safe for a terminal: control characters, bidi overrides and bad UTF-8
 * become visible escapes (\n, \x1b, \u202e). Always NUL-terminated, cut at a character when it does
 * not fit. Returns out. */
const char *siaga_clean(const char *text, char *out, size_t size);

int64_t siaga_now(void);                                     /* us UTC */
bool siaga_time_parse(const char *rfc3339, int64_t *ret_us); /* needs an offset or Z */
/* 2026-11-24T10:05:06+07:00; microseconds only when there are some; offset 0 gives Z */
void siaga_time_format(int64_t us, int offset_s, char out[SIAGA_TIME_BYTES]);
bool siaga_source_valid(const char *name); /* 1-48 of a-z 0-9 - */

#ifdef __cplusplus
}
#endif

#include "siaga_outbox.h" /* events that wait on this machine's disk */

#endif
