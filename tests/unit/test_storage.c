/* docs/STORAGE.md shows rows byte by byte; here they are read by the code that reads the store. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/views/entry.h"
#include "proto/stamp.h"

struct dump {
    uint8_t bytes[4096];
    uint32_t n;
};

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The hex words at the beginning of a line; the first other word begins its comment. */
static void take_line(struct dump *d, char *line)
{
    for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        if (word[strspn(word, "0123456789abcdef")] != '\0' || strlen(word) % 2 != 0)
            return;
        for (; *word != '\0' && d->n < sizeof d->bytes; word += 2)
            d->bytes[d->n++] = (uint8_t)(nibble(word[0]) << 4 | nibble(word[1]));
    }
}

/* The block behind `<!-- NAME -->`, without its line `key`. */
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
        if (strncmp(line, "key", 3) != 0)
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
    assert_string_equal(at, "2026-11-24T11:06:07.465987Z");
    ticket_write((struct ticket){f.kind, f.day, f.counter}, ticket);
    assert_string_equal(ticket, "E-261124-0001-J");
    assert_int_equal(f.kind, KIND_EMERGENCY);
    assert_int_equal(f.severity, SEVERITY_SEVERE);
    assert_int_equal(f.state, STATE_ASSIGNED);
    assert_true(slice_is(f.owner, "disdamkarmat"));
    assert_true(slice_is(f.kecamatan, "jatiasih"));
    assert_true(slice_is(e.source, "poc-1"));
    assert_true(slice_is(e.key, "k-1"));
    assert_true(slice_is(e.node, "bekasi-1"));
    assert_true(slice_is(e.desk, "poc-112"));
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
    assert_int_equal(e.role, ROLE_OPERATOR);
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
        cmocka_unit_test(the_chain_leads_from_one_to_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
