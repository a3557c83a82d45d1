/* docs/STORAGE.md shows rows byte by byte; here they are read by the code that reads the store. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/views/figures.h"
#include "daemon/views/queue.h"
#include "daemon/views/timers.h"
#include "proto/stamp.h"
#include "tests/support/scratch.h"

struct dump {
    uint8_t bytes[4096], key[256];
    uint32_t n, key_n;
};

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The hex words at the beginning of a line; the first other word begins its comment. */
static void take_words(uint8_t *bytes, uint32_t *n, uint32_t most, char *words)
{
    for (char *word = strtok(words, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        if (word[strspn(word, "0123456789abcdef")] != '\0' || strlen(word) % 2 != 0)
            return;
        for (; *word != '\0' && *n < most; word += 2)
            bytes[(*n)++] = (uint8_t)(nibble(word[0]) << 4 | nibble(word[1]));
    }
}

static void take_line(struct dump *d, char *line)
{
    if (strncmp(line, "key", 3) == 0)
        take_words(d->key, &d->key_n, sizeof d->key, line + 3);
    else
        take_words(d->bytes, &d->n, sizeof d->bytes, line);
}

/* The block behind `<!-- NAME -->`; its line `key` apart. */
static struct dump dump_named(const char *name)
{
    struct dump d = {.n = 0};
    char line[4096], mark[64];
    FILE *f = fopen("docs/STORAGE.md", "r");
    assert_non_null(f);
    snprintf(mark, sizeof mark, "<!-- %s -->", name);
    while (fgets(line, sizeof line, f) != NULL && strncmp(line, mark, strlen(mark)) != 0)
        ;
    assert_non_null(fgets(line, sizeof line, f)); /* the fence */
    while (fgets(line, sizeof line, f) != NULL && strncmp(line, "```", 3) != 0)
        take_line(&d, line);
    fclose(f);
    return d;
}

static void read_row(const char *name, uint64_t seq, struct dump *d, struct facts *f,
                     struct entry *e)
{
    *d = dump_named(name);
    struct slice row = {(const char *)d->bytes, d->n};
    enum entry_read read = entry_row_read(seq, row, f, e);
    if (read != ENTRY_FINE)
        fail_msg("%s in docs/STORAGE.md: %s", name, entry_read_name(read));
}

static void the_event_reads_as_told(void **state)
{
    (void)state;
    struct dump d;
    struct facts f;
    struct entry e;
    char at[STAMP_BYTES], ticket[TICKET_BYTES];
    read_row("log 1", 1, &d, &f, &e);
    stamp_utc(f.at_us, at);
    assert_string_equal(at, "2026-11-24T18:57:49.302125Z");
    ticket_write((struct ticket){f.kind, f.day, f.counter}, ticket);
    assert_string_equal(ticket, "E-261125-0001-Q");
    assert_int_equal(f.kind, KIND_EMERGENCY);
    assert_int_equal(f.severity, SEVERITY_SEVERE);
    assert_int_equal(f.state, STATE_ASSIGNED);
    assert_true(slice_is(f.owner, "disdamkarmat"));
    assert_true(slice_is(f.kecamatan, "jatiasih"));
    assert_true(slice_is(e.source, "poc-1"));
    assert_true(slice_is(e.key, "k-1"));
    assert_true(slice_is(e.node, "bekasi-1"));
    assert_true(slice_is(e.desk, "poc-112"));
    assert_true(slice_is(f.helpers, "dinkes"));
    assert_int_equal(e.parts_n, 2);
    assert_true(slice_is(e.parts[0].resolve_target, "15m on_scene"));
    assert_int_equal(e.parts[1].judge, MILESTONE_ON_SCENE);
}

static void the_move_reads_as_told(void **state)
{
    (void)state;
    struct dump d;
    struct facts f;
    struct entry e;
    read_row("log 2", 2, &d, &f, &e);
    assert_int_equal(f.what, ENTRY_MOVE);
    assert_int_equal(f.case_seq, 1);
    assert_int_equal(f.version, 2);
    assert_int_equal(f.from, STATE_ASSIGNED);
    assert_int_equal(f.state, STATE_ACKNOWLEDGED);
    assert_int_equal(f.act, ACT_ACK);
    assert_int_equal(e.act, ACT_ACK);
    assert_int_equal(e.role, ROLE_OPERATOR);
    assert_true(slice_is(e.secretariat, "setda"));
}

static void the_alarm_reads_as_told(void **state)
{
    (void)state;
    struct dump d;
    struct facts f;
    struct entry e;
    read_row("log 7", 7, &d, &f, &e);
    assert_int_equal(f.what, ENTRY_ALARM);
    assert_int_equal(f.act, ALARM_UNACKNOWLEDGED);
    assert_int_equal(f.version, 2);
    assert_true(slice_is(f.task, "dinkes"));
    assert_int_equal(e.role, ROLE_SYSTEM);
    assert_int_equal(e.timer, TIMER_ALARM);
    assert_int_equal(e.level, LEVEL_OPERATOR);
    struct dump next = dump_named("timers 1"), late = dump_named("late 1");
    assert_int_equal(rowkey_read_u64(next.bytes), e.until_us);
    assert_int_equal(rowkey_read_u64(late.bytes), e.timer_at);
}

static void the_case_reads_as_told(void **state)
{
    (void)state;
    struct dump d = dump_named("cases 1"), next = dump_named("timers 1");
    struct case_row c;
    assert_int_equal(rowkey_read_u64(d.key), 1);
    assert_true(cases_read(1, (struct slice){(const char *)d.bytes, d.n}, &c));
    assert_int_equal(c.state, STATE_ACKNOWLEDGED);
    assert_int_equal(c.version, 2);
    assert_int_equal(c.last_seq, 2);
    assert_int_equal(c.attempts, 1);
    assert_true(slice_is(c.source, "poc-1"));
    assert_int_equal(c.parts_n, 2);
    assert_true(slice_is(cases_owner(&c), "disdamkarmat"));
    assert_true(c.parts[0].acked_us > c.received_us);
    assert_true(slice_is(c.parts[1].skpd, "dinkes"));
    assert_int_equal(c.parts[1].state, STATE_ASSIGNED);
    assert_int_equal(c.parts[1].level, LEVEL_OPERATOR);
    assert_true(c.parts[1].dead && c.parts[1].ack_late && !c.parts[1].overdue);
    assert_int_equal(c.parts[1].timer[TIMER_ALARM], rowkey_read_u64(next.bytes));
    assert_true(slice_is(c.category, "rescue.person"));
    assert_int_equal(c.stint_us, c.received_us);
    assert_int_equal(c.stints_n, 0);
}

/* What the case of the dump adds to its SKPD, written as siagad writes it. */
static void the_figures_read_as_told(void **state)
{
    (void)state;
    struct dump d = dump_named("cases 1"), want = dump_named("figures 1");
    struct case_row c;
    struct scratch s;
    struct txn t;
    struct figures *f = figures_new();
    struct rowkey k = rowkey_new();
    struct slice row;
    assert_true(cases_read(1, (struct slice){(const char *)d.bytes, d.n}, &c));
    scratch_open(&s);
    txn_begin(&t, s.store, STORE_VIEWS, true);
    figures_follow(f, &t, NULL, &c);
    figures_flush(f, &t);
    rowkey_bytes(&k, want.key, want.key_n);
    assert_true(txn_get(&t, TABLE_FIGURES, &k, &row));
    assert_int_equal(row.n, want.n);
    assert_memory_equal(row.p, want.bytes, row.n);
    txn_abort(&t);
    figures_free(&f);
    scratch_close(&s);
}

/* Put into tables of a store, to be read as siagad reads them. */
static void put_dump(struct txn *t, enum store_table table, const char *name)
{
    struct dump d = dump_named(name);
    struct rowkey k = rowkey_new();
    bool has_value = d.key_n > 0;
    rowkey_bytes(&k, has_value ? d.key : d.bytes, has_value ? d.key_n : d.n);
    txn_put(t, table, &k, has_value ? d.bytes : (const uint8_t *)"", has_value ? d.n : 0);
}

static void the_items_read_as_told(struct txn *t)
{
    struct walk w;
    struct queue_item item;
    assert_true(queue_from(&w, t, TABLE_QUEUE, SLICE_LIT("disdamkarmat"), &item));
    assert_int_equal(item.state, QUEUE_READY);
    assert_int_equal(item.attempt, 0);
    assert_int_equal(item.case_seq, 1);
    walk_close(&w);
    assert_true(queue_from(&w, t, TABLE_DEAD, SLICE_LIT("dinkes"), &item));
    assert_int_equal(item.part, 1);
    assert_int_equal(item.attempt, 1);
    assert_int_equal(item.fails_n, 1);
    assert_true(slice_is(item.fails[0].source, "poc-1"));
    assert_true(slice_is(item.fails[0].reason, "printer rusak"));
    walk_close(&w);
}

static void timers_and_queues_read_as_told(void **state)
{
    (void)state;
    struct scratch s;
    struct txn t;
    struct walk w;
    struct timer_row row;
    scratch_open(&s);
    txn_begin(&t, s.store, STORE_VIEWS, true);
    put_dump(&t, TABLE_TIMERS, "timers 1");
    put_dump(&t, TABLE_LATE, "late 1");
    put_dump(&t, TABLE_QUEUE, "queue 1");
    put_dump(&t, TABLE_DEAD, "dead 1");
    assert_true(timers_from(&w, &t, TABLE_TIMERS, NULL, &row));
    assert_true(row.case_seq == 1 && row.part == 1 && row.timer == TIMER_ALARM);
    walk_close(&w);
    assert_true(timers_from(&w, &t, TABLE_LATE, NULL, &row));
    assert_true(row.case_seq == 1 && row.part == 1 && row.timer == LATE_ACK);
    walk_close(&w);
    the_items_read_as_told(&t);
    assert_int_equal(t.rc, 0);
    txn_abort(&t);
    scratch_close(&s);
}

static void the_chain_leads_from_one_to_the_other(void **state)
{
    (void)state;
    static const uint8_t first[ENTRY_HASH_BYTES];
    struct dump a, b;
    struct facts one, two;
    struct entry e, g;
    uint8_t hash[ENTRY_HASH_BYTES];
    read_row("log 1", 1, &a, &one, &e);
    read_row("log 2", 2, &b, &two, &g);
    memcpy(hash, one.hash, sizeof hash);
    entry_chain(first, &e, &one);
    assert_memory_equal(one.hash, hash, sizeof hash);
    memcpy(hash, two.hash, sizeof hash);
    entry_chain(one.hash, &g, &two);
    assert_memory_equal(two.hash, hash, sizeof hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_reads_as_told),
        cmocka_unit_test(the_move_reads_as_told),
        cmocka_unit_test(the_alarm_reads_as_told),
        cmocka_unit_test(the_case_reads_as_told),
        cmocka_unit_test(the_figures_read_as_told),
        cmocka_unit_test(timers_and_queues_read_as_told),
        cmocka_unit_test(the_chain_leads_from_one_to_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
