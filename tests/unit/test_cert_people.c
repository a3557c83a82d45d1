/* cert_people, cert_edit: rows of people.d are found in whatever form they stand, and a key more or
 * less changes nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/cert_edit.h"

#define K1 "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" /* with { and [ in it: of ZeroMQ's RFC 26 */
#define K2 "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static struct people_file scanned(const char *text)
{
    struct people_file f = {.text = strdup(text), .n = strlen(text)};
    cert_people_scan(&f);
    return f;
}

static void rows_in_every_form(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "people:\n  - {id: a, role: field, skpd: dlh, public: \"" K1 "\", user: u}\n",
        "people:\n- {id: a, role: field, skpd: dlh, public: \"" K1 "\", user: u}",
        "people: [{id: a, role: field, skpd: dlh, public: \"" K1 "\", user: u}]\n",
        "people:\n  - {user: u, note: \"x, y: {z}\", quota: {rows: 5, b: [1, 2]}, id: a,\n"
        "     # in between, with a }\n     role: field, skpd: 'dlh', public: '" K1 "'}\n",
        "people:\n  - id: a\n    role: field   # a remark\n\n    skpd: dlh\n    quota:\n      "
        "rows: 5\n"
        "    public: \"" K1 "\"\n    user: u\n",
        "# x\n---\npeople:\n  -   public: \"" K1
        "\"\n      id: a\n      role: field\n      user: u\n"
        "      skpd: \"dlh\"\nrevoked: []\n",
        "people:\r\n  - {id: a, role: field, skpd: dlh, public: \"" K1 "\", user: u}\r\n",
        "people:\n  - {\"id\": a, role: field}\n", /* the control: not understood, and said so */
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct people_file f = scanned(texts[i]);
        bool control = i == sizeof(texts) / sizeof(texts[0]) - 1;
        const struct people_row *r = f.rows;
        bool fine = f.rows_n == 1 && strcmp(r->id, "a") == 0 && strcmp(r->role, "field") == 0 &&
                    strcmp(r->skpd, "dlh") == 0 && strcmp(r->public_key, K1) == 0 &&
                    strcmp(r->user, "u") == 0 && r->more && !f.strange_line;
        if (fine == control)
            fail_msg("%s", texts[i]);
        cert_people_free(&f);
    }
}

static void several_rows_and_their_lines(void **state)
{
    (void)state;
    struct people_file f =
        scanned("# head\npeople:\n  - {id: a, role: field}\n  # between\n"
                "  - id: b\n    role: media\n  - {id: c, role: admin}  # {id: x}\n");
    assert_int_equal(f.rows_n, 3);
    assert_int_equal(f.rows[0].line, 3);
    assert_int_equal(f.rows[1].line, 5);
    assert_int_equal(f.rows[2].line, 7);
    assert_string_equal(f.rows[1].role, "media");
    assert_string_equal(f.rows[2].id, "c");
    assert_false(f.rows[0].more);
    cert_people_free(&f);
}

static void what_is_not_understood_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        {"people:\n  - {id: a, role field}\n  - {id: b, role: field}\n", 2},
        {"people:\n  - {id: a, note: \"no end}\n", 3},
        {"people:\n  - {id: a, quota: {rows: 5\n", 3},
        {"people:\n  -\n    id: a\n", 2},
        {"people:\n  - nothing\n", 2},
        {"people:\n  - {id: a}\nrevoked:\n  - \"no end\n", 5},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct people_file f = scanned(bad[i].text);
        if (f.strange_line != bad[i].line)
            fail_msg("line %u: %s", f.strange_line, bad[i].text);
        cert_people_free(&f);
    }
}

/* Every beginning of a file ends the reading, also where it is cut. */
static void no_text_holds_it_up(void **state)
{
    (void)state;
    static const char text[] =
        "people:\n  - {id: a, note: \"x\\\"y\", quota: {r: [1]}, n: 'it''s', public: \"" K1 "\"}\n"
        "  - id: b\n    note: |\n      more\n    public: \"" K2 "\"\nrevoked: [\"" K1 "\", '" K2
        "'] # end\nmore: {\n";
    for (size_t n = 0; n <= sizeof(text) - 1; n++) {
        struct people_file f = {.text = strndup(text, n), .n = n};
        cert_people_scan(&f);
        cert_people_free(&f);
    }
    struct people_file f = scanned(text);
    assert_int_equal(f.rows_n, 2);
    assert_int_equal(f.revoked_n, 2);
    assert_string_equal(f.rows[0].public_key, K1);
    assert_string_equal(f.rows[1].public_key, K2);
    assert_string_equal(f.revoked[1].key, K2);
    assert_int_equal(f.strange_line, 0);
    cert_people_free(&f);
}

static const struct {
    const char *before, *with, *without; /* without: after `with` loses the key again */
} edits[] = {
    {"people:\n  - {id: a, role: field }  # x\n  - {id: b}\n",
     "people:\n  - {id: a, role: field, public: \"" K1 "\", from: 2026-11-24 }  # x\n  - {id: b}\n",
     "people:\n  - {id: a, role: field, from: 2026-11-24 }  # x\n  - {id: b}\n"},
    {"people: [{id: a, from: 2025-01-01, role: field}]",
     "people: [{id: a, from: 2026-11-24, role: field, public: \"" K1 "\"}]",
     "people: [{id: a, from: 2026-11-24, role: field}]"},
    {"people:\n  - {id: a, role: field,}\n",
     "people:\n  - {id: a, role: field, public: \"" K1 "\", from: 2026-11-24,}\n",
     "people:\n  - {id: a, role: field, from: 2026-11-24,}\n"},
    {"people:\n  - id: a   # who\n    role: field # what\n\n# b follows\n  - id: b\n",
     "people:\n  - id: a   # who\n    role: field # what\n    public: \"" K1
     "\"\n    from: 2026-11-24\n\n# b follows\n  - id: b\n",
     "people:\n  - id: a   # who\n    role: field # what\n    from: 2026-11-24\n\n# b follows\n  - "
     "id: "
     "b\n"},
    {"people:\n- id: a\n  from: '2025-01-01' # since\n  quota:\n    rows: 5",
     "people:\n- id: a\n  from: 2026-11-24 # since\n  quota:\n    rows: 5\n  public: \"" K1 "\"",
     "people:\n- id: a\n  from: 2026-11-24 # since\n  quota:\n    rows: 5"},
};

static void a_key_comes_and_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        struct people_file f = scanned(edits[i].before);
        char *with = cert_edit_add_key(&f, &f.rows[0], K1, "2026-11-24");
        assert_string_equal(with, edits[i].with);
        cert_people_free(&f);
        f = scanned(with);
        assert_string_equal(f.rows[0].public_key, K1);
        assert_string_equal(f.rows[0].from, "2026-11-24");
        assert_null(cert_edit_add_key(&f, &f.rows[0], K2, "2026-11-24")); /* it has one */
        char *without = cert_edit_drop_key(&f, &f.rows[0]);
        assert_string_equal(without, edits[i].without);
        free(with);
        free(without);
        cert_people_free(&f);
    }
}

static void a_key_in_front(void **state)
{
    (void)state;
    struct people_file f = scanned("people:\n  - {public: \"" K1 "\" , id: a, role: field}\n");
    char *text = cert_edit_drop_key(&f, &f.rows[0]);
    assert_string_equal(text, "people:\n  - {id: a, role: field}\n");
    free(text);
    cert_people_free(&f);
    f = scanned("people:\n  - {public: \"" K1 "\"}\n");
    text = cert_edit_drop_key(&f, &f.rows[0]);
    assert_string_equal(text, "people:\n  - {}\n");
    free(text);
    cert_people_free(&f);
    f = scanned("people:\n  - public: \"" K1 "\"\n    id: a\n");
    assert_null(cert_edit_drop_key(&f, &f.rows[0])); /* by hand */
    cert_people_free(&f);
}

static void a_row_is_written_and_read(void **state)
{
    (void)state;
    char row[512], text[600] = "people:\n  - ";
    struct people_row r = {.id = "a", .role = "handler", .skpd = "dlh", .from = "2026-11-24"};
    memcpy(r.public_key, K2, sizeof(K2));
    cert_edit_row(&r, row, sizeof(row));
    assert_string_equal(row,
                        "{id: a, role: handler, skpd: dlh, public: \"" K2 "\", from: 2026-11-24}");
    struct people_file f = scanned(strcat(text, row));
    assert_string_equal(f.rows[0].public_key, K2);
    assert_string_equal(f.rows[0].from, "2026-11-24");
    cert_people_free(&f);
    cert_edit_row(&r, row, 20);
    assert_int_equal(strlen(row), 19);
}

static void keys_taken_back(void **state)
{
    (void)state;
    struct people_revoked r = {.when = "2026-11-24", .id = "a", .role = "field", .skpd = "dlh"};
    memcpy(r.key, K1, sizeof(K1));
    char *text = cert_edit_revoke(NULL, &r, "hilang: di jalan");
    struct people_file f = scanned(text);
    free(text);
    assert_int_equal(f.rows_n, 0);
    assert_int_equal(f.revoked_n, 1);
    assert_string_equal(f.revoked[0].key, K1);
    assert_string_equal(f.revoked[0].id, "a");
    assert_string_equal(f.revoked[0].role, "field");
    assert_string_equal(f.revoked[0].skpd, "dlh");
    assert_string_equal(f.revoked[0].when, "2026-11-24");

    memcpy(r.key, K2, sizeof(K2));
    *r.skpd = '\0';
    text = cert_edit_revoke(&f, &r, "-");
    cert_people_free(&f);
    f = scanned(text);
    assert_int_equal(f.revoked_n, 2);
    assert_string_equal(f.revoked[1].key, K2);
    assert_string_equal(f.revoked[1].skpd, "");
    assert_non_null(strstr(text, "\n  # 2026-11-24 a field -: -\n  - \"" K2 "\"\n"));
    free(text);
    cert_people_free(&f);

    f = scanned("people:\n  - {id: b, role: field}"); /* its own list comes behind */
    text = cert_edit_revoke(&f, &r, "-");
    cert_people_free(&f);
    f = scanned(text);
    assert_int_equal(f.rows_n, 1);
    assert_int_equal(f.revoked_n, 1);
    free(text);
    cert_people_free(&f);

    f = scanned("people: []\nrevoked: [\"" K1 "\"]\n");
    assert_int_equal(f.revoked_n, 1);
    assert_string_equal(f.revoked[0].id, "");
    assert_null(cert_edit_revoke(&f, &r, "-")); /* by hand */
    assert_int_equal(cert_people_line_of(&f, K1), 2);
    assert_int_equal(cert_people_line_of(&f, K2), 0);
    cert_people_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_every_form),
        cmocka_unit_test(several_rows_and_their_lines),
        cmocka_unit_test(what_is_not_understood_is_named),
        cmocka_unit_test(no_text_holds_it_up),
        cmocka_unit_test(a_key_comes_and_goes),
        cmocka_unit_test(a_key_in_front),
        cmocka_unit_test(a_row_is_written_and_read),
        cmocka_unit_test(keys_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
