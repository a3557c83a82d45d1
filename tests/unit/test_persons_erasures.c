/* erasures: what was destroyed is remembered over restarts and power cuts; a list that cannot be
 * trusted is not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "daemon/persons/erasures.h"
#include "tests/support/folder.h"

#define MANY 300u

static struct folder dir;
static struct erasures *list;
static struct err err;
static char text[65536];

static int begin(void **state)
{
    (void)state;
    folder_make(&dir);
    return 0;
}

static int end(void **state)
{
    (void)state;
    erasures_close(&list);
    folder_drop(&dir);
    return 0;
}

/* ---- the list ---- */

static void id_of(unsigned n, uint8_t id[ERASURES_ID_BYTES])
{
    for (unsigned i = 0; i < ERASURES_ID_BYTES; i++)
        id[i] = (uint8_t)(n * 37 + i * 11);
}

static int open_list(void)
{
    err.text[0] = '\0';
    erasures_close(&list);
    return erasures_open(&list, dir.path, &err);
}

static void opened(void)
{
    if (open_list() != 0)
        fail_msg("%s", err.text);
}

static void add(unsigned n)
{
    uint8_t id[ERASURES_ID_BYTES];
    id_of(n, id);
    assert_int_equal(erasures_add(list, n % 3 != 0, id, n * 1000000007ull, &err), 0);
}

static void check_one(void *self, bool person, const uint8_t *id, uint64_t seq)
{
    unsigned *n = self;
    uint8_t want[ERASURES_ID_BYTES];
    ++*n;
    id_of(*n, want);
    assert_int_equal(person, *n % 3 != 0);
    assert_memory_equal(id, want, sizeof want);
    assert_int_equal(seq, *n * 1000000007ull);
}

/* The list is 1, 2, 3 ...: how many. */
static unsigned listed(void)
{
    unsigned n = 0;
    erasures_each(list, check_one, &n);
    return n;
}

/* ---- the file ---- */

static size_t read_file(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/erased.list", dir.path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    assert_true(n >= 0 && n < (ssize_t)sizeof text - 1);
    text[n] = '\0';
    return (size_t)n;
}

static void write_file(size_t n)
{
    folder_write(&dir, "erased.list", text, n);
}

static void with_five(void)
{
    opened();
    for (unsigned n = 1; n <= 5; n++)
        add(n);
    erasures_close(&list);
}

/* ---- tests ---- */

static void what_is_added_is_there_after_a_restart(void **state)
{
    (void)state;
    opened();
    assert_int_equal(listed(), 0);
    for (unsigned n = 1; n <= MANY; n++) {
        add(n);
        if (n % 50 == 0)
            opened();
        assert_int_equal(listed(), n);
    }
    opened();
    assert_int_equal(listed(), MANY);
}

static void it_is_in_the_file_before_add_returns(void **state)
{
    (void)state;
    uint8_t id[ERASURES_ID_BYTES] = {0xab, 1};
    opened();
    assert_int_equal(erasures_add(list, true, id, 17, &err), 0);
    read_file();
    assert_non_null(strstr(text, "\nperson ab010000000000000000000000000000 17 "));
    assert_int_equal(strncmp(text, "siaga-erased-1\n", 15), 0);
    assert_int_equal(erasures_add(list, false, id, UINT64_MAX, &err), 0);
    read_file();
    assert_non_null(strstr(text, "\ntexts ab010000000000000000000000000000 18446744073709551615 "));
}

static void the_folder_is_made_for_nobody_else(void **state)
{
    (void)state;
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/new", dir.path);
    assert_int_equal(erasures_open(&list, path, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/new/erased.list", dir.path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    struct erasures *other = NULL;
    assert_int_equal(erasures_open(&other, "/dev/null/siaga", &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "/dev/null/siaga"));
    assert_null(other);
}

/* How many lines of the list a file has that was cut off here. */
static unsigned lines_until(size_t cut, size_t whole)
{
    size_t header = strlen("siaga-erased-1\n");
    unsigned lines = 0;
    for (size_t i = header; i < cut; i++)
        lines += text[i] == '\n';
    return lines + (cut > header && cut < whole && text[cut] == '\n'); /* but for its end whole */
}

/* Cut at every byte: what was whole stays, what was not is gone, and the next line stands alone. */
static void a_power_cut_takes_the_last_line_alone(void **state)
{
    (void)state;
    with_five();
    size_t whole = read_file();
    for (size_t cut = 0; cut < whole; cut++) {
        unsigned lines = lines_until(cut, whole);
        write_file(cut);
        opened();
        assert_int_equal(listed(), lines);
        add(lines + 1);
        opened();
        assert_int_equal(listed(), lines + 1);
    }
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    with_five();
    size_t whole = read_file();
    for (size_t i = 0; i < whole; i++) {
        text[i] ^= 1;
        write_file(whole);
        bool last_end = i == whole - 1;
        if (last_end) {
            opened(); /* a line without its end, then */
            assert_true(listed() >= 4);
        } else {
            assert_int_equal(open_list(), ERR_CONFIG);
            assert_non_null(strstr(err.text, "erased.list:"));
            assert_non_null(strstr(err.text, "is damaged"));
            assert_null(list);
        }
        text[i] ^= 1;
    }
}

static void a_damaged_line_is_named(void **state)
{
    (void)state;
    with_five();
    size_t whole = read_file();
    *strstr(text, " 3000000021 ") = 'x';
    write_file(whole);
    assert_int_equal(open_list(), ERR_CONFIG);
    assert_non_null(strstr(err.text, "erased.list:4 is damaged"));
}

static void other_files_are_no_list(void **state)
{
    (void)state;
    static const char *const others[] = {"siaga-erased-2\n", "\n", "siaga-erased-1\n\n",
                                         "siaga-erased-1\nperson 00 1 00000000\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        folder_text(&dir, "erased.list", others[i]);
        assert_int_equal(open_list(), ERR_CONFIG);
    }
    memset(text, 'x', sizeof text - 1);
    text[20000] = '\n';
    memcpy(text, "siaga-erased-1\n", 15);
    write_file(20001);
    assert_int_equal(open_list(), ERR_CONFIG);
}

/* An older copy of the list is a list. */
static void a_shorter_list_and_lines_said_twice_do_no_harm(void **state)
{
    (void)state;
    uint8_t id[ERASURES_ID_BYTES];
    with_five();
    read_file();
    char *end_of_two = strstr(strstr(text, " 2000000014 "), "\n") + 1;
    write_file((size_t)(end_of_two - text));
    opened();
    assert_int_equal(listed(), 2);
    id_of(3, id);
    add(3);
    erasures_close(&list);
    size_t n = read_file();
    char *line = strstr(text, "\ntexts ") + 1;
    size_t line_n = strlen(line);
    memmove(text + n, line, line_n);
    write_file(n + line_n);
    assert_int_equal(open_list(), 0);
}

/* A disk that is full: nothing of the line stays, and the list is as before. */
static void a_line_that_does_not_fit_leaves_no_piece(void **state)
{
    (void)state;
    uint8_t id[ERASURES_ID_BYTES];
    with_five();
    size_t whole = read_file();
    opened();
    struct rlimit before, small = {whole + 20, 0};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    id_of(6, id);
    int rc = erasures_add(list, false, id, 1, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, ERR_FATAL);
    assert_non_null(strstr(err.text, "the erasure was not done"));
    assert_int_equal(listed(), 5);
    assert_int_equal(read_file(), whole);
    add(6);
    opened();
    assert_int_equal(listed(), 6);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(what_is_added_is_there_after_a_restart),
        with_folder(it_is_in_the_file_before_add_returns),
        with_folder(the_folder_is_made_for_nobody_else),
        with_folder(a_folder_that_cannot_be_made_is_named),
        with_folder(a_power_cut_takes_the_last_line_alone),
        with_folder(every_changed_byte_is_noticed),
        with_folder(a_damaged_line_is_named),
        with_folder(other_files_are_no_list),
        with_folder(a_shorter_list_and_lines_said_twice_do_no_harm),
        with_folder(a_line_that_does_not_fit_leaves_no_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
