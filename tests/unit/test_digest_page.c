/* A paper in every form: what is in a cell cannot break out of it, and figures are said as people
 * say them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/digest.h"
#include "proto/pack.h"

static struct tool t;

static char *printed(const struct page *p, enum digest_form form)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    page_print(p, form, out);
    fclose(out);
    return text;
}

static void no_text_breaks_out_of_its_form(void **state)
{
    (void)state;
    struct page *p = page_new("Kota <b> & \"lain\"", false);
    const char *const cells[] = {"</td><script>alert(1)</script>", "a|b`c", "\033[31mmerah\n"};
    page_table(p, "satu|dua|>tiga");
    assert_false(page_rows(p));
    page_row(p, cells);
    assert_true(page_rows(p));
    page_bars(p, "bagan", "satu", "dua");
    page_bar(p, "<g onload='x'>", 3, 1);
    char *html = printed(p, DIGEST_HTML), *md = printed(p, DIGEST_MD),
         *text = printed(p, DIGEST_TEXT);
    assert_null(strstr(html, "<script>"));
    assert_non_null(strstr(html, "&lt;/td&gt;&lt;script&gt;alert(1)"));
    assert_non_null(strstr(html, "&lt;g onload=&#39;x&#39;&gt;"));
    assert_non_null(strstr(html, "<title>Kota &lt;b&gt; &amp; &quot;lain&quot;</title>"));
    assert_non_null(strstr(md, "a\\|b\\`c"));
    assert_null(strchr(text, '\033'));
    assert_null(strchr(html, '\033'));
    free(html);
    free(md);
    free(text);
    page_free(p);
}

static void a_table_is_as_wide_as_its_cells(void **state)
{
    (void)state;
    struct page *p = page_new("T", true);
    const char *const one[] = {"Caf\xc3\xa9", "7"}, *const two[] = {"x", "1,234"};
    page_table(p, "name|>n");
    page_row(p, one);
    page_row(p, two);
    char *text = printed(p, DIGEST_TEXT);
    assert_non_null(strstr(text, "name      n\nCaf\xc3\xa9      7\nx     1,234\n"));
    free(text);
    page_free(p);
}

/* {"from":, "until":, "city": {}, "skpd": [], "kinds": [], "categories": [{category, figures}]} */
static siaga_doc *answer(const char *category)
{
    static uint8_t bytes[512];
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_map(&w, 4);
    writer_text(&w, "from");
    writer_text(&w, "2026-11-24");
    writer_text(&w, "until");
    writer_text(&w, "2026-11-24");
    writer_text(&w, "as_of");
    writer_uint(&w, 77);
    writer_text(&w, "categories");
    writer_array(&w, 1);
    writer_map(&w, 2);
    writer_text(&w, "category");
    writer_text(&w, category);
    writer_text(&w, "figures");
    writer_map(&w, 1);
    writer_text(&w, "in");
    writer_uint(&w, 3);
    assert_int_equal(w.err, 0);
    return siaga_doc_parse(bytes, w.n);
}

static char *csv_of(const char *category)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct digest d = {.t = &t, .now = answer(category)};
    digest_csv(&d, out);
    fclose(out);
    siaga_doc_free(d.now);
    return text;
}

static void a_spreadsheet_runs_nothing(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"road.pothole", "category,road.pothole,in,3\n"},
                                           {"=1+1", "category,\"'=1+1\",in,3\n"},
                                           {"+62", "category,\"'+62\",in,3\n"},
                                           {"-1", "category,\"'-1\",in,3\n"},
                                           {"@SUM(A1)", "category,\"'@SUM(A1)\",in,3\n"},
                                           {"a,b", "category,\"a,b\",in,3\n"},
                                           {"a\"b", "category,\"a\"\"b\",in,3\n"},
                                           {"\t=1", "category,\"'\t=1\",in,3\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = csv_of(cases[i][0]);
        if (strstr(text, cases[i][1]) == NULL)
            fail_msg("%s became %s", cases[i][0], text);
        free(text);
    }
}

static void json_is_without_what_every_entry_changes(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct digest d = {.t = &t, .now = answer("x")};
    digest_json(&d, out);
    fclose(out);
    assert_null(strstr(text, "as_of"));
    assert_non_null(strstr(text, "\"categories\":[{"));
    siaga_doc_free(d.now);
    free(text);
}

static void figures_are_said_in_the_readers_language(void **state)
{
    (void)state;
    struct tool en = {.english = true}, id = {.english = false};
    char w[DIGEST_WORD];
    assert_string_equal(digest_number(&id, 1234567, w), "1.234.567");
    assert_string_equal(digest_number(&en, -1234, w), "-1,234");
    assert_string_equal(digest_number(&en, 999, w), "999");
    assert_string_equal(digest_permille(&id, 875, w), "87,5 %");
    assert_string_equal(digest_permille(&en, -1, w), "-");
    assert_string_equal(digest_change(&id, 12, 10, w), "naik 20,0 %");
    assert_string_equal(digest_change(&en, 5, 10, w), "down 50.0 %");
    assert_string_equal(digest_change(&en, 5, 0, w), "none before");
    assert_string_equal(digest_day(&id, 20781, true, w), "Selasa, 24 November 2026");
    assert_string_equal(digest_month(&en, 20781, w), "November 2026");
    assert_string_equal(digest_time(&id, 880000, w), "14 mnt");
    assert_string_equal(digest_time(&id, -1, w), "-");
    assert_string_equal(digest_said(&id, 880000, w), "14 menit");
    assert_string_equal(digest_said(&id, 97200000, w), "1 hari 3 jam");
    assert_string_equal(digest_said(&en, 97200000, w), "1 day 3 hours");
    assert_string_equal(digest_said(&en, 7200000, w), "2 hours");
    assert_string_equal(digest_said(&en, 1500, w), "1 second");
}

static void months_end_where_the_next_begins(void **state)
{
    (void)state;
    char w[DIGEST_WORD];
    int64_t day = 20781;
    digest_iso(digest_month_begins(day, 0), w);
    assert_string_equal(w, "2026-11-01");
    digest_iso(digest_month_begins(day, 1) - 1, w);
    assert_string_equal(w, "2026-11-30");
    digest_iso(digest_month_begins(day, -12), w);
    assert_string_equal(w, "2025-11-01");
    digest_iso(digest_month_begins(digest_month_begins(day, -8), -1), w);
    assert_string_equal(w, "2026-02-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_breaks_out_of_its_form),
        cmocka_unit_test(a_table_is_as_wide_as_its_cells),
        cmocka_unit_test(a_spreadsheet_runs_nothing),
        cmocka_unit_test(json_is_without_what_every_entry_changes),
        cmocka_unit_test(figures_are_said_in_the_readers_language),
        cmocka_unit_test(months_end_where_the_next_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
