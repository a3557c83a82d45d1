/* cert: the text of a key file is read whole and right, or the line at fault is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/cert.h"

#define PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" /* of ZeroMQ's RFC 26 */
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define OTHER "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SEED "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static enum cert_read reading(const char *text, struct cert *ret, unsigned *ret_line)
{
    return cert_read(text, strlen(text), ret, ret_line);
}

static void all_fields_come_back(void **state)
{
    (void)state;
    struct cert c, again;
    unsigned line;
    char out[CERT_TEXT_BYTES];
    const char *text = "# a comment\n\nname: poc-1\nrole: operator\nskpd: poc-112\npublic: " PUBLIC
                       "\nsecret: " SECRET "\nserver: " OTHER "\nsign: " SEED "\n";
    assert_int_equal(reading(text, &c, &line), CERT_FINE);
    assert_string_equal(c.name, "poc-1");
    assert_string_equal(c.role, "operator");
    assert_string_equal(c.skpd, "poc-112");
    assert_string_equal(c.public_key, PUBLIC);
    assert_string_equal(c.secret_key, SECRET);
    assert_string_equal(c.server_key, OTHER);
    assert_string_equal(c.sign_seed, SEED);
    size_t n = cert_write(&c, true, out);
    assert_int_equal(n, strlen(out));
    assert_int_equal(cert_read(out, n, &again, &line), CERT_FINE);
    assert_memory_equal(&c, &again, sizeof(c));
}

static void the_public_part_has_no_secret(void **state)
{
    (void)state;
    struct cert c = {.name = "siagad",
                     .role = "server",
                     .public_key = PUBLIC,
                     .secret_key = SECRET,
                     .sign_seed = SEED};
    char out[CERT_TEXT_BYTES];
    cert_write(&c, false, out);
    assert_string_equal(out, "name: siagad\nrole: server\npublic: " PUBLIC "\n");
}

/* Both ways round: an end of line of another system, none at the end. */
static void line_ends(void **state)
{
    (void)state;
    struct cert c;
    unsigned line;
    assert_int_equal(reading("name: a\r\npublic: " PUBLIC "\r\n", &c, &line), CERT_FINE);
    assert_string_equal(c.name, "a");
    assert_int_equal(reading("name: a  \npublic: " PUBLIC, &c, &line), CERT_FINE);
    assert_string_equal(c.public_key, PUBLIC);
}

static void longest_values(void **state)
{
    (void)state;
    struct cert c;
    unsigned line;
    char text[400], name[60];
    memset(name, 'a', sizeof(name));
    for (int n = 47; n < 51; n++) {
        snprintf(text, sizeof(text), "name: %.*s\npublic: " PUBLIC "\n", n, name);
        assert_int_equal(reading(text, &c, &line), n <= 48 ? CERT_FINE : CERT_BAD_VALUE);
        snprintf(text, sizeof(text), "name: a\nskpd: %.*s\npublic: " PUBLIC "\n", n - 24, name);
        assert_int_equal(reading(text, &c, &line), n <= 48 ? CERT_FINE : CERT_BAD_VALUE);
    }
}

static const struct {
    const char *text;
    enum cert_read read;
    unsigned line;
} bad[] = {
    {"", CERT_MISSING, 1},
    {"name: a\n", CERT_MISSING, 2},
    {"public: " PUBLIC "\n", CERT_MISSING, 2},
    {"name: a\nnothing\n", CERT_BAD_LINE, 2},
    {"name:a\n", CERT_BAD_LINE, 1},
    {"# x\nname a: b\n", CERT_UNKNOWN, 2},
    {" name: a\n", CERT_UNKNOWN, 1},
    {"Name: a\n", CERT_UNKNOWN, 1},
    {"name: a\nverify: " SEED "\n", CERT_UNKNOWN, 2},
    {"name: \n", CERT_BAD_LINE, 1},
    {"name: Poc\n", CERT_BAD_VALUE, 1},
    {"name: poc 1\n", CERT_BAD_VALUE, 1},
    {"name: poc\xc3\xb6\n", CERT_BAD_VALUE, 1},
    {"name: a\nname: a\n", CERT_BAD_VALUE, 2},
    {"name: a\nrole: averylongrolename\n", CERT_BAD_VALUE, 2},
    {"name: a\n\npublic: Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI\n", CERT_BAD_VALUE, 3},
    {"name: a\npublic: " PUBLIC "D\n", CERT_BAD_VALUE, 2},
    {"name: a\npublic: Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI\"\n", CERT_BAD_VALUE, 2},
    {"name: a\npublic: Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI\\\n", CERT_BAD_VALUE, 2},
    {"name: a\npublic: " PUBLIC "\nsecret: short\n", CERT_BAD_VALUE, 3},
    {"name: a\npublic: " PUBLIC "\nsign: 0011\n", CERT_BAD_VALUE, 3},
    {"name: a\npublic: " PUBLIC
     "\nsign: 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\n",
     CERT_BAD_VALUE, 3},
    {"name: a\npublic: " PUBLIC
     "\nsign: 00112233445566778899aabbccddeegg00112233445566778899aabbccddeeff\n",
     CERT_BAD_VALUE, 3},
};

static void mistakes_are_named_by_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct cert c, before;
        unsigned line = 0;
        memset(&c, 'u', sizeof(c));
        before = c;
        enum cert_read read = reading(bad[i].text, &c, &line);
        if (read != bad[i].read || line != bad[i].line)
            fail_msg("%d at line %u: %s", (int)read, line, bad[i].text);
        assert_memory_equal(&c, &before, sizeof(c));
    }
}

static void neither_long_lines_nor_zeros(void **state)
{
    (void)state;
    struct cert c;
    unsigned line;
    char text[400];
    size_t n = (size_t)snprintf(text, sizeof(text), "name: a\npublic: " PUBLIC "\n# %0200d\n", 0);
    assert_int_equal(cert_read(text, n, &c, &line), CERT_BAD_LINE);
    assert_int_equal(line, 3);
    static const char zero[] = "name: a\0b\npublic: " PUBLIC "\n";
    assert_int_equal(cert_read(zero, sizeof(zero) - 1, &c, &line), CERT_BAD_LINE);
    assert_int_equal(line, 1);
}

/* Each letter of Z85 and no other. */
static void the_alphabet(void **state)
{
    (void)state;
    unsigned fine = 0;
    for (int ch = 1; ch < 256; ch++) {
        char key[] = PUBLIC;
        key[7] = (char)ch;
        fine += cert_key_valid(key);
    }
    assert_int_equal(fine, 85);
    assert_false(cert_key_valid(""));
    char most[] = "%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0"; /* all bits set */
    assert_true(cert_key_valid(most));
    most[39] = '1';
    assert_false(cert_key_valid(most));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_come_back),
        cmocka_unit_test(the_public_part_has_no_secret),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(longest_values),
        cmocka_unit_test(mistakes_are_named_by_line),
        cmocka_unit_test(neither_long_lines_nor_zeros),
        cmocka_unit_test(the_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
