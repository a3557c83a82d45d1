/* key: what a name may look like, UUIDs that rise, tickets that notice a slip of the tongue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/key.h"
#include "proto/stamp.h"
#include "proto/words.h"

#define ALPHABET "ABCDEFGHJKLMNPQRTUVWXYZ"

/* Which single bytes a check takes, against the list of those it should. */
static void takes_only(bool valid(struct slice), uint32_t most, const char *chars)
{
    char text[128];
    for (int c = 0; c < 256; c++) {
        text[0] = (char)c;
        bool want = c != 0 && strchr(chars, c);
        if (valid((struct slice){text, 1}) != want)
            fail_msg("byte %d", c);
    }
    memset(text, 'a', sizeof(text));
    assert_false(valid((struct slice){text, 0}));
    assert_false(valid((struct slice){0}));
    assert_true(valid((struct slice){text, most}));
    assert_false(valid((struct slice){text, most + 1}));
    text[most - 1] = ' ';
    assert_false(valid((struct slice){text, most}));
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static void names_have_their_alphabets(void **state)
{
    (void)state;
    takes_only(key_valid, 64, UPPER LOWER DIGITS "._:-");
    takes_only(key_source_valid, 48, LOWER DIGITS "-");
    takes_only(key_code_valid, 32, LOWER DIGITS "._-");
    takes_only(key_skpd_valid, 24, LOWER DIGITS "-");
}

static void uuids_rise_and_have_the_form(void **state)
{
    (void)state;
    char before[37] = "", now[37];
    const int64_t start = 1795489200000000;
    for (int i = 0; i < 20000; i++) {
        /* The clock stands, creeps, and once goes back by an hour. */
        int64_t us = i < 10000 ? start : i < 15000 ? start + i : start - 3600 * STAMP_SECOND;
        key_uuid7(now, us);
        assert_int_equal(strlen(now), 36);
        assert_true(strcmp(now, before) > 0);
        assert_true(now[8] == '-' && now[13] == '-' && now[18] == '-' && now[23] == '-');
        assert_int_equal(now[14], '7');
        assert_non_null(strchr("89ab", now[19]));
        assert_int_equal(strspn(now, "0123456789abcdef-"), 36);
        assert_true(key_valid(slice_from(now)));
        memcpy(before, now, sizeof(now));
    }
}

static void a_uuid_begins_with_its_time(void **state)
{
    (void)state;
    char now[37];
    key_uuid7(now, 4102444800000000); /* 2100, later than every other test here */
    now[8] = 0;
    unsigned long long ms = strtoull(now, NULL, 16) << 16;
    now[13] = 0;
    ms |= strtoull(now + 9, NULL, 16);
    assert_true(ms == 4102444800000ull);
}

static void the_ticket_of_the_documents(void **state)
{
    (void)state;
    char text[TICKET_BYTES];
    struct ticket t = {KIND_EMERGENCY, stamp_day_of(2026, 11, 24), 42}, back;
    ticket_write(t, text);
    assert_string_equal(text, "E-261124-0042-K");

    static const char *const ways[] = {"E-261124-0042-K", "e-261124-0042-k", "E 261124 0042 K",
                                       "e 261124-0042 k"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        memset(&back, 0, sizeof(back));
        assert_int_equal(ticket_read(slice_from(ways[i]), &back), TICKET_FINE);
        assert_int_equal(back.kind, KIND_EMERGENCY);
        assert_int_equal(back.day, t.day);
        assert_int_equal(back.counter, 42);
    }
}

/* Computed apart from the code; what has been read out by phone must stay valid. */
static void tickets_stay_what_they_were(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        int y, m, d;
        uint32_t counter;
        const char *text;
    } rows[] = {
        {KIND_EMERGENCY, 2026, 11, 24, 42u, "E-261124-0042-K"},
        {KIND_COMPLAINT, 2026, 8, 23, 417u, "C-260823-0417-Y"},
        {KIND_REPORT, 2026, 12, 31, 98765u, "R-261231-98765-F"},
        {KIND_EMERGENCY, 2027, 1, 1, 4294967295u, "E-270101-4294967295-M"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[TICKET_BYTES];
        uint32_t day = stamp_day_of(rows[i].y, rows[i].m, rows[i].d);
        ticket_write((struct ticket){rows[i].kind, day, rows[i].counter}, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void tickets_round_trip(void **state)
{
    (void)state;
    static const uint32_t counters[] = {1, 9, 42, 999, 9999, 10000, 123456, 4294967295u};
    for (uint8_t kind = 1; kind < KIND_COUNT; kind++) {
        for (uint32_t day = stamp_day_of(2000, 1, 1); day < stamp_day_of(2100, 1, 1); day += 37) {
            for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
                struct ticket t = {kind, day, counters[i]}, back;
                char text[TICKET_BYTES];
                ticket_write(t, text);
                assert_int_equal(ticket_read(slice_from(text), &back), TICKET_FINE);
                assert_int_equal(back.kind, kind);
                assert_int_equal(back.day, day);
                assert_int_equal(back.counter, counters[i]);
            }
        }
    }
    assert_int_equal(KIND_COUNT, 4); /* a new kind needs a letter in key.c */
}

static void one_wrong_character_is_noticed(void **state)
{
    (void)state;
    static const uint32_t counters[] = {1, 417, 98765, 4294967295u};
    for (size_t k = 0; k < sizeof(counters) / sizeof(counters[0]); k++) {
        char text[TICKET_BYTES], wrong[TICKET_BYTES];
        struct ticket got;
        ticket_write((struct ticket){KIND_COMPLAINT, stamp_day_of(2026, 8, 23), counters[k]}, text);
        for (size_t i = 0; i < strlen(text); i++) {
            for (const char *c = DIGITS ALPHABET "ISO-"; *c; c++) {
                strcpy(wrong, text);
                wrong[i] = *c;
                if (strcmp(wrong, text) != 0 && ticket_read(slice_from(wrong), &got) == TICKET_FINE)
                    fail_msg("%s read as %s", text, wrong);
            }
        }
    }
}

static void swapped_neighbours_are_noticed(void **state)
{
    (void)state;
    for (uint32_t counter = 1; counter < 200000; counter += 7) {
        char text[TICKET_BYTES], wrong[TICKET_BYTES];
        struct ticket got;
        ticket_write((struct ticket){KIND_REPORT, stamp_day_of(2026, 12, 31), counter}, text);
        for (size_t i = 0; i + 1 < strlen(text); i++) {
            strcpy(wrong, text);
            wrong[i] = text[i + 1];
            wrong[i + 1] = text[i];
            if (strcmp(wrong, text) != 0 && ticket_read(slice_from(wrong), &got) == TICKET_FINE)
                fail_msg("%s read as %s", text, wrong);
        }
    }
}

static void other_forms_are_none(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "",
        "E",
        "E-261124-0042",
        "E-261124-0042-",
        "E-261124-042-K",
        "X-261124-0042-K",
        "E-261324-0042-K",
        "E-261131-0042-K",
        "E-260229-0042-K",
        "E-261124-0000-K",
        "E-261124-00042-K",
        "E-261124-0042-K ",
        " E-261124-0042-K",
        "E-261124-0042-KK",
        "E-261124-0042-7",
        "E--61124-0042-K",
        "E-261124-99999999999-K",
        "E-261124-4294967296-K",
        "E2611240042K",
        "E-261124-0042-\xC3\xA9",
        "E-26112a-0042-K",
        "EE-261124-0042-K",
    };
    struct ticket got = {9, 9, 9};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (ticket_read(slice_from(forms[i]), &got) != TICKET_BAD_FORM)
            fail_msg("\"%s\"", forms[i]);
    }
    assert_int_equal(ticket_read(SLICE_LIT("E-261124-0042-K\0"), &got), TICKET_BAD_FORM);
    assert_int_equal(ticket_read((struct slice){0}, &got), TICKET_BAD_FORM);
    assert_int_equal(ticket_read(SLICE_LIT("E-261124-0042-L"), &got), TICKET_BAD_CHECK);
    assert_int_equal(ticket_read(SLICE_LIT("E-261124-0043-K"), &got), TICKET_BAD_CHECK);
    assert_int_equal(got.kind, 9); /* untouched by failure */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_their_alphabets),
        cmocka_unit_test(uuids_rise_and_have_the_form),
        cmocka_unit_test(a_uuid_begins_with_its_time),
        cmocka_unit_test(the_ticket_of_the_documents),
        cmocka_unit_test(tickets_stay_what_they_were),
        cmocka_unit_test(tickets_round_trip),
        cmocka_unit_test(one_wrong_character_is_noticed),
        cmocka_unit_test(swapped_neighbours_are_noticed),
        cmocka_unit_test(other_forms_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
