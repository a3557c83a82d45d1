/* Many rows in a row: what a bare LMDB cursor needs for entries of the journal, what a feed needs
 * that looks through as many and finds almost none of them wanted, one that tells them all, and
 * LIST for as many cases, in turns in one run.
 *
 *   scan ENDPOINT SOURCE STORE FROM ROWS ROUNDS SKPD
 *
 * The cursor reads every byte of ROWS entries from FROM on, beside the siagad that serves STORE.
 * The feed that looks wants the extreme ones of SKPD; it hears of its rows by the thousand, so the
 * cursor is run again over as many as it had looked through. Prints rows a second (medians over the rounds) and the medians of each round's ratio, as one JSON
 * object. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "daemon/store/rowkey.h"
#include "proto/frame.h"
#include "proto/pack.h"

#define ROOM 512u
#define CREDIT_MOST 4096u
#define PAGE 500u
#define ROUNDS_MOST 1000u

static struct {
    void *socket;
    const char *source, *skpd;
    MDB_env *env;
    MDB_dbi log;
    uint64_t from, rows, next_id;
    uint64_t looked; /* rows that look() had looked through when it heard of them */
    uint64_t sum; /* so that what was read counts for something */
} s;

static void check(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "scan: %s failed\n", what);
    exit(70);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the cursor ---- */

static void add_bytes(MDB_val v)
{
    uint64_t word;
    for (size_t at = 0; at + sizeof word <= v.mv_size; at += sizeof word) {
        memcpy(&word, (const char *)v.mv_data + at, sizeof word);
        s.sum += word;
    }
}

static uint64_t read_rows(uint64_t most)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    struct rowkey k = rowkey_seq(s.from);
    MDB_val key = {k.n, k.b}, value;
    uint64_t rows = 0;
    check(mdb_txn_begin(s.env, NULL, MDB_RDONLY, &txn) == 0 &&
              mdb_cursor_open(txn, s.log, &cursor) == 0,
          "the cursor");
    for (int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE); rc == 0 && rows < most;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT), rows++)
        add_bytes(value);
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return rows;
}

static uint64_t bare(void)
{
    return read_rows(s.rows);
}

static uint64_t bare_looked(void)
{
    return read_rows(s.looked);
}

static void open_log(const char *store)
{
    char path[4200];
    MDB_txn *txn;
    snprintf(path, sizeof path, "%s/journal", store);
    check(mdb_env_create(&s.env) == 0 && mdb_env_set_maxdbs(s.env, 8) == 0 &&
              mdb_env_open(s.env, path, MDB_RDONLY, 0) == 0 &&
              mdb_txn_begin(s.env, NULL, MDB_RDONLY, &txn) == 0 &&
              mdb_dbi_open(txn, "log", 0, &s.log) == 0 && mdb_txn_commit(txn) == 0,
          "opening the journal");
}

/* ---- siagad ---- */

static uint64_t ask(uint8_t verb, const char *one, uint64_t first, const char *two, uint64_t second)
{
    uint8_t message[FRAME_BYTES + ROOM];
    struct writer w;
    frame_write(message, verb, ++s.next_id);
    writer_init(&w, message + FRAME_BYTES, ROOM);
    writer_map(&w, verb == VERB_LIST ? 4 : two != NULL ? 3 : 2);
    writer_text(&w, "source");
    writer_text(&w, s.source);
    writer_text(&w, one);
    writer_uint(&w, first);
    if (two != NULL) {
        writer_text(&w, two);
        writer_uint(&w, second);
    }
    if (verb == VERB_LIST) {
        writer_text(&w, "reverse");
        writer_bool(&w, true);
    }
    check(zmq_send(s.socket, message, FRAME_BYTES + w.n, 0) >= 0, "sending");
    return s.next_id;
}

struct told {
    uint8_t code;
    uint32_t rows;
    uint64_t after; /* of a page; 0: it was the last */
    uint64_t next;  /* of a feed: where it goes on */
};

/* The number of rows of one message, and where to go on: the row's own fields are not looked at. */
static struct told hear(void)
{
    struct told told = {0};
    struct frame frame;
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    check(zmq_msg_recv(&msg, s.socket, 0) >= 0 &&
              frame_read(zmq_msg_data(&msg), zmq_msg_size(&msg), &frame),
          "hearing");
    struct reader r =
        reader_over((uint8_t *)zmq_msg_data(&msg) + FRAME_BYTES, zmq_msg_size(&msg) - FRAME_BYTES);
    told.code = frame.code;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        struct reader ahead = r;
        if (slice_is(name, "rows"))
            told.rows = reader_array(&ahead);
        else if (slice_is(name, "after"))
            told.after = reader_uint(&ahead);
        else if (slice_is(name, "next"))
            told.next = reader_uint(&ahead);
        reader_skip(&r);
    }
    zmq_msg_close(&msg);
    check(told.code != ANSWER_REFUSED && r.err == 0, "an answer");
    return told;
}

/* A WATCH from s.from on that wants little: every row is read, proved and compared. */
static uint64_t look(void)
{
    uint8_t message[FRAME_BYTES + ROOM];
    struct writer w;
    uint64_t next = s.from;
    frame_write(message, VERB_WATCH, ++s.next_id);
    writer_init(&w, message + FRAME_BYTES, ROOM);
    writer_map(&w, 5);
    const char *const texts[] = {"source", s.source};
    for (size_t i = 0; i < 2; i++)
        writer_text(&w, texts[i]);
    const char *const lists[][2] = {{"skpd", s.skpd}, {"severity", "extreme"}};
    for (size_t i = 0; i < 2; i++) {
        writer_text(&w, lists[i][0]);
        writer_array(&w, 1);
        writer_text(&w, lists[i][1]);
    }
    writer_text(&w, "from");
    writer_uint(&w, s.from);
    writer_text(&w, "credit");
    writer_uint(&w, CREDIT_MOST);
    check(zmq_send(s.socket, message, FRAME_BYTES + w.n, 0) >= 0, "sending");
    uint64_t watch = s.next_id;
    while (next < s.from + s.rows) {
        struct told told = hear();
        next = told.next > next ? told.next : next;
    }
    ask(VERB_UNWATCH, "watch", watch, NULL, 0);
    s.looked = next - s.from;
    return s.looked;
}

static uint64_t feed(void)
{
    uint64_t watch = ask(VERB_WATCH, "from", s.from, "credit", CREDIT_MOST), rows = 0, used = 0;
    while (rows < s.rows) {
        struct told told = hear();
        rows += told.rows;
        used += told.rows;
        if (used > CREDIT_MOST / 2) {
            ask(VERB_CREDIT, "watch", watch, "add", used);
            used = 0;
        }
    }
    ask(VERB_UNWATCH, "watch", watch, NULL, 0);
    return rows;
}

/* What is still on its way when a feed ends; anything answered shows that it is over. */
static void quiet(void)
{
    ask(VERB_LIST, "limit", 1, "after", s.from);
    while (hear().code != ANSWER_DONE)
        continue;
}

static uint64_t list(void)
{
    uint64_t rows = 0, after = s.from;
    while (rows < s.rows) {
        ask(VERB_LIST, "limit", PAGE, "after", after);
        struct told told = hear();
        rows += told.rows;
        after = told.after;
        if (after == 0)
            break;
    }
    return rows;
}

/* ---- rounds ---- */

static double rate(uint64_t (*scan)(void))
{
    double began = now_s();
    uint64_t rows = scan();
    return (double)rows / (now_s() - began);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, uint32_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

int main(int argc, char **argv)
{
    static double cursor[ROUNDS_MOST], looked[ROUNDS_MOST], fed[ROUNDS_MOST], listed[ROUNDS_MOST],
        look_ratio[ROUNDS_MOST], feed_ratio[ROUNDS_MOST], list_ratio[ROUNDS_MOST];
    uint32_t rounds = argc == 8 ? (uint32_t)atoi(argv[6]) : 0;
    if (rounds == 0 || rounds > ROUNDS_MOST) {
        fprintf(stderr, "use: scan ENDPOINT SOURCE STORE FROM ROWS ROUNDS SKPD\n");
        return 64;
    }
    void *context = zmq_ctx_new();
    int none = 0;
    s.socket = zmq_socket(context, ZMQ_DEALER);
    s.source = argv[2];
    s.skpd = argv[7];
    s.from = strtoull(argv[4], NULL, 10);
    s.rows = strtoull(argv[5], NULL, 10);
    zmq_setsockopt(s.socket, ZMQ_LINGER, &none, sizeof none);
    check(zmq_connect(s.socket, argv[1]) == 0, "connecting");
    open_log(argv[3]);
    for (uint32_t i = 0; i < rounds; i++) {
        bare(); /* so that each finds the pages where the others do */
        cursor[i] = rate(bare);
        looked[i] = rate(look);
        quiet();
        bare_looked();
        look_ratio[i] = looked[i] / rate(bare_looked);
        fed[i] = rate(feed);
        quiet();
        listed[i] = rate(list);
        feed_ratio[i] = fed[i] / cursor[i];
        list_ratio[i] = listed[i] / cursor[i];
    }
    printf("{\"cursor\":%.0f,\"look\":%.0f,\"feed\":%.0f,\"list\":%.0f,\"look_ratio\":%.3f,"
           "\"feed_ratio\":%.3f,\"list_ratio\":%.3f,\"sum\":%llu}\n",
           median(cursor, rounds), median(looked, rounds), median(fed, rounds),
           median(listed, rounds), median(look_ratio, rounds), median(feed_ratio, rounds),
           median(list_ratio, rounds), (unsigned long long)s.sum);
    zmq_close(s.socket);
    zmq_ctx_term(context);
    mdb_env_close(s.env);
    return 0;
}
