/* outbox: what lies on a client's disk is read as it was written, or not at all; numbers, states
 * and order of the folder; nobody else looks into it. Sending is played in tests/flow and
 * tests/crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <fcntl.h>

#include <cmocka.h>

#include "clients/lib/map.h"
#include "clients/lib/outbox.h"
#include "tests/support/folder.h"

#define SERVER "ipc:///nowhere/at/all"

static struct folder dir;
static char path[128];
static siaga_outbox *box;
static siaga_session *session;
static siaga_error err;

static int make(void **state)
{
    (void)state;
    siaga_options options = {.endpoints = SERVER, .source = "field-1"};
    folder_make(&dir);
    snprintf(path, sizeof(path), "%s/a/b/outbox", dir.path);
    return siaga_session_new(&options, &session, &err) | siaga_outbox_open(path, &box, &err);
}

static int drop(void **state)
{
    (void)state;
    siaga_outbox_free(box);
    siaga_session_free(session);
    folder_drop(&dir);
    return 0;
}

/* ---- the bytes ---- */

static siaga_map *entry(const char *without)
{
    siaga_map *m = siaga_map_new(), *event = siaga_map_new();
    siaga_map_text(event, "key", "k-1");
    siaga_map_text(event, "kind", "report");
    siaga_map_text(event, "title", "Pompa");
    siaga_map_text(m, "queued_at", "2026-11-28T18:00:00Z");
    siaga_map_text(m, "server", SERVER);
    siaga_map_text(m, "source", "field-1");
    if (strncmp(without, "event.", 6) == 0)
        siaga_map_text(event, without + 6, NULL);
    uint8_t bytes[400];
    struct writer w;
    writer_init(&w, bytes, sizeof(bytes));
    map_pack(event, &w);
    map_packed(m, "event", bytes, w.n);
    siaga_map_text(m, without, NULL);
    siaga_map_free(event);
    return m;
}

static uint8_t *sealed(const char *without, size_t *ret_n)
{
    siaga_map *m = entry(without);
    uint8_t *bytes = outbox_seal(m, ret_n);
    siaga_map_free(m);
    return bytes;
}

static enum outbox_read reading(const void *bytes, size_t n)
{
    enum outbox_read read;
    uint8_t *exact = malloc(n + !n); /* so that a sanitizer sees one byte too many */
    memcpy(exact, bytes, n);
    siaga_doc *doc = outbox_unseal_event(exact, n, &read);
    assert_true((doc != NULL) == (read == OUTBOX_FINE));
    siaga_doc_free(doc);
    free(exact);
    return read;
}

static void a_file_is_read_as_it_was_written(void **state)
{
    (void)state;
    size_t n;
    enum outbox_read read;
    uint8_t *bytes = sealed("", &n);
    siaga_doc *doc = outbox_unseal_event(bytes, n, &read);
    assert_int_equal(read, OUTBOX_FINE);
    assert_string_equal(siaga_text(doc, "source"), "field-1");
    assert_string_equal(siaga_text(siaga_doc_get(doc, "event"), "title"), "Pompa");
    siaga_doc_free(doc);
    free(bytes);
}

static void cut_anywhere_it_is_damaged(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes = sealed("", &n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(reading(bytes, i), OUTBOX_DAMAGED);
    free(bytes);
}

static void one_bit_anywhere_is_seen(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes = sealed("", &n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(reading(bytes, n), OUTBOX_FINE);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bytes = realloc(bytes, n + 1);
    bytes[n] = 0;
    assert_int_equal(reading(bytes, n + 1), OUTBOX_DAMAGED);
    free(bytes);
}

static void another_form_is_newer_or_none(void **state)
{
    (void)state;
    static const char *const newer[] = {"siaga-outbox 2\n", "siaga-outbox 17\nx"};
    static const char *const none[] = {
        "siaga-outbox 02\n", "siaga-outbox 0\n",  "siaga-outbox \n",           "siaga-outbox 2",
        "siaga-outbox 2x",   "siaga-outbox -1\n", "siaga-outbox 12345678901\n"};
    for (size_t i = 0; i < sizeof(newer) / sizeof(*newer); i++)
        assert_int_equal(reading(newer[i], strlen(newer[i])), OUTBOX_NEWER);
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        assert_int_equal(reading(none[i], strlen(none[i])), OUTBOX_DAMAGED);
}

/* A hash says that nothing was altered, not that a friend wrote it. */
static void what_cannot_be_sent_is_damaged(void **state)
{
    (void)state;
    static const char *const needed[] = {"event", "event.key", "event.kind", "server", "queued_at"};
    for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
        size_t n;
        uint8_t *bytes = sealed(needed[i], &n);
        assert_int_equal(reading(bytes, n), OUTBOX_DAMAGED);
        free(bytes);
    }
    size_t n;
    uint8_t *bytes = sealed("source", &n); /* then siagad says who it is */
    assert_int_equal(reading(bytes, n), OUTBOX_FINE);
    free(bytes);
}

/* The file of docs/OUTBOX.md. */
static void the_written_example_is_read(void **state)
{
    (void)state;
    FILE *f = fopen("docs/OUTBOX.md", "r");
    char line[400];
    uint8_t bytes[1024];
    size_t n = 0;
    bool inside = false;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (strstr(line, "<!-- file -->"))
            inside = true;
        else if (inside && n && line[0] == '`')
            break;
        unsigned byte;
        char *p = line;
        for (int used; inside && sscanf(p, " %2x%n", &byte, &used) == 1 && n < sizeof(bytes);
             p += used)
            bytes[n++] = (uint8_t)byte;
    }
    fclose(f);
    enum outbox_read read;
    siaga_doc *doc = outbox_unseal_event(bytes, n, &read);
    assert_int_equal(read, OUTBOX_FINE);
    assert_string_equal(siaga_text(siaga_doc_get(doc, "event"), "title"), "Pompa 3 mati");
    assert_int_equal(siaga_int(doc, "code", 0), EX_UNAVAILABLE);
    siaga_doc_free(doc);
}

/* ---- the folder ---- */

static uint64_t put(const char *title, unsigned n)
{
    uint64_t number = 0;
    siaga_event *events[8] = {NULL};
    for (unsigned i = 0; i < n; i++) {
        events[i] = siaga_event_new("report");
        siaga_event_set(events[i], "title", title);
    }
    assert_int_equal(siaga_outbox_put(box, session, events, n, NULL, &number, &err), 0);
    for (unsigned i = 0; i < n; i++)
        siaga_event_free(events[i]);
    return number;
}

static char listed[400];

static void note(void *self, uint64_t number, const siaga_doc *row)
{
    size_t n = strlen(listed);
    (void)self;
    assert_int_equal(siaga_int(row, "number", 0), number);
    snprintf(listed + n, sizeof(listed) - n, "%llu %s %s;", (unsigned long long)number,
             siaga_text(row, "state"), siaga_text(row, "title"));
}

static const char *list(void)
{
    *listed = '\0';
    assert_int_equal(siaga_outbox_list(box, note, NULL, &err), 0);
    return listed;
}

static char *in(const char *name)
{
    static char room[2][256]; /* two names in one call */
    static unsigned next;
    char *full = room[next++ % 2];
    snprintf(full, sizeof(room[0]), "%s/%s", path, name);
    return full;
}

static unsigned mode_of(const char *full)
{
    struct stat st;
    assert_int_equal(lstat(full, &st), 0);
    return st.st_mode & 07777;
}

static void what_is_put_lies_in_order_for_its_owner_alone(void **state)
{
    (void)state;
    umask(0);
    assert_int_equal(put("a", 1), 1);
    assert_int_equal(put("b", 3), 2);
    assert_int_equal(put("c", 1), 5);
    assert_string_equal(list(), "1 queued a;2 queued b;3 queued b;4 queued b;5 queued c;");
    assert_int_equal(mode_of(path), 0700);
    assert_int_equal(mode_of(in("0000000001.event")), 0600);
    assert_int_equal(mode_of(in("lock")), 0600);
    assert_int_equal(siaga_outbox_ahead(box, session, NULL), 5);
}

static void an_emergency_waits_for_emergencies_alone(void **state)
{
    (void)state;
    siaga_event *e = siaga_event_new("emergency");
    uint64_t number;
    put("a", 2);
    assert_int_equal(siaga_outbox_ahead(box, session, e), 0);
    assert_int_equal(siaga_outbox_put(box, session, &e, 1, NULL, &number, &err), 0);
    assert_int_equal(siaga_outbox_ahead(box, session, e), 1);
    assert_int_equal(siaga_outbox_ahead(box, session, NULL), 3);
    siaga_event_free(e);
}

static void a_number_does_not_come_again(void **state)
{
    (void)state;
    put("a", 2);
    assert_int_equal(siaga_outbox_drop(box, 2, &err), 0);
    assert_int_equal(siaga_outbox_drop(box, 2, &err), 1);
    assert_int_equal(siaga_outbox_retry(box, 2, &err), 1);
    assert_int_equal(put("b", 1), 3);
    assert_int_equal(truncate(in("lock"), 0),
                     0); /* even a lost note takes no place that is taken */
    assert_int_equal(put("c", 1), 4);
    folder_text(&dir, "x", "99999999999999999999\n");
    char other[128];
    snprintf(other, sizeof(other), "%s/x", dir.path);
    chmod(other, 0600);
    assert_int_equal(rename(other, in("lock")), 0);
    siaga_outbox_free(box);
    assert_int_equal(siaga_outbox_open(path, &box, &err), 0);
    assert_int_equal(put("d", 1), 5);
    assert_string_equal(list(), "1 queued a;3 queued b;4 queued c;5 queued d;");
}

static uint64_t put_key(const char *key, const char *title)
{
    uint64_t number = 0;
    siaga_event *event = siaga_event_new("report");
    siaga_event_set(event, "key", key);
    siaga_event_set(event, "title", title);
    assert_int_equal(siaga_outbox_put(box, session, &event, 1, NULL, &number, &err), 0);
    siaga_event_free(event);
    return number;
}

static void a_repeat_is_not_kept_twice(void **state)
{
    (void)state;
    assert_int_equal(put_key("k-1", "a"), 1);
    assert_int_equal(put_key("k-2", "a"), 2);
    assert_int_equal(put_key("k-1", "a"), 1);
    assert_int_equal(put_key("k-1", "b"), 3); /* siagad will say what is wrong with that */
    assert_int_equal(siaga_outbox_drop(box, 1, &err), 0);
    assert_int_equal(put_key("k-1", "a"), 4);
}

static void write_file(const char *name, const char *text, unsigned mode)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    fchmod(fd, mode);
    close(fd);
}

static void what_is_half_written_is_swept(void **state)
{
    (void)state;
    put("a", 1);
    write_file("0000000007.new", "half", 0600);
    write_file("notes.txt", "of somebody", 0600);
    assert_string_equal(list(), "1 queued a;");
    assert_int_equal(put("b", 1), 2);
    assert_int_not_equal(access(in("0000000007.new"), F_OK), 0);
    assert_int_equal(access(in("notes.txt"), F_OK), 0);
}

static void bad_files_are_shown_and_wait_for_nobody(void **state)
{
    (void)state;
    put("a", 2);
    write_file("0000000001.event", "siaga-outbox 1\nnonsense", 0600);
    write_file("0000000003.event", "siaga-outbox 2\nx", 0600);
    assert_int_equal(symlink("/etc/passwd", in("0000000004.event")), 0);
    assert_int_equal(mkdir(in("0000000005.event"), 0700), 0);
    assert_int_equal(mkfifo(in("0000000006.event"), 0600), 0);
    assert_string_equal(list(),
                        "1 damaged ;2 queued a;3 unreadable ;4 damaged ;5 damaged ;6 damaged ;");
    assert_int_equal(siaga_outbox_ahead(box, session, NULL), 1);
    assert_int_equal(siaga_outbox_drop(box, 4, &err), 0);
    assert_int_equal(access("/etc/passwd", F_OK), 0);
    assert_int_equal(rename(in("0000000001.event"), in("0000000001.damaged")), 0);
    assert_int_equal(siaga_outbox_retry(box, 1, &err), EX_DATAERR);
}

static void a_file_open_to_others_is_not_sent(void **state)
{
    (void)state;
    put("a", 1);
    chmod(in("0000000001.event"), 0640);
    assert_int_equal(siaga_outbox_ahead(box, session, NULL), 0);
    assert_string_equal(list(), "1 damaged ;");
    assert_int_equal(rename(in("0000000001.event"), in("0000000001.damaged")), 0);
    assert_int_equal(siaga_outbox_retry(box, 1, &err), EX_DATAERR);
    chmod(in("0000000001.damaged"), 0600);
    assert_int_equal(siaga_outbox_retry(box, 1, &err), 0);
    assert_string_equal(list(), "1 queued a;");
}

static void refused_and_queued_again(void **state)
{
    (void)state;
    enum outbox_read read;
    siaga_map *m = siaga_map_new();
    siaga_map_text(m, "code", "E_CATEGORY");
    siaga_doc *refusal = siaga_map_doc(m);
    put("a", 2);
    siaga_doc *before = outbox_load(box->folder, "0000000001.event", true, &read);
    assert_int_equal(outbox_refuse(box, 1, before, refusal), 0);
    assert_string_equal(list(), "1 refused a;2 queued a;");
    siaga_doc *row = siaga_outbox_get(box, 1);
    assert_string_equal(siaga_text(row, "verdict"), "E_CATEGORY");
    siaga_doc_free(row);
    assert_int_equal(siaga_outbox_retry(box, 1, &err), 0);
    assert_string_equal(list(), "1 queued a;2 queued a;");
    siaga_doc *after = outbox_load(box->folder, "0000000001.event", true, &read);
    assert_string_equal(siaga_text(siaga_doc_get(after, "event"), "key"),
                        siaga_text(siaga_doc_get(before, "event"), "key"));
    assert_null(siaga_doc_get(after, "refusal"));
    /* a death between the two files: the waiting one counts, and neither is told twice */
    assert_int_equal(link(in("0000000001.event"), in("0000000001.refused")), 0);
    assert_string_equal(list(), "1 queued a;2 queued a;");
    assert_int_equal(siaga_outbox_drop(box, 1, &err), 0);
    assert_string_equal(list(), "2 queued a;");
    siaga_doc_free(before);
    siaga_doc_free(after);
    siaga_doc_free(refusal);
    siaga_map_free(m);
}

static void a_folder_open_to_others_is_refused(void **state)
{
    (void)state;
    siaga_outbox *other = NULL;
    char wrong[160];
    static const unsigned modes[] = {0750, 0705, 0710, 0777, 01777};
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        chmod(path, modes[i]);
        assert_int_equal(siaga_outbox_open(path, &other, &err), EX_CONFIG);
        assert_non_null(strstr(err.text_en, "chmod 700"));
    }
    chmod(path, 0700);
    snprintf(wrong, sizeof(wrong), "%s/link", dir.path);
    assert_int_equal(symlink(path, wrong), 0);
    assert_int_not_equal(siaga_outbox_open(wrong, &other, &err), 0);
    folder_text(&dir, "file", "x");
    snprintf(wrong, sizeof(wrong), "%s/file/outbox", dir.path);
    assert_int_not_equal(siaga_outbox_open(wrong, &other, &err), 0);
    if (geteuid() == 0 && chown(path, 1, 1) == 0) {
        assert_int_equal(siaga_outbox_open(path, &other, &err), EX_CONFIG);
        assert_int_equal(chown(path, 0, 0), 0);
    }
    assert_null(other);
}

/* Sending with nobody there, and while another process sends. */
static void one_sends_at_a_time(void **state)
{
    (void)state;
    siaga_flushed done;
    int fds[2];
    char byte;
    put("a", 1);
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(in("sending"), O_RDWR | O_CREAT, 0600);
        if (flock(fd, LOCK_EX) != 0 || write(fds[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(fds[0], &byte, 1), 1);
    assert_int_equal(siaga_outbox_flush(box, session, NULL, &done, &err), EX_TEMPFAIL);
    assert_non_null(strstr(err.text_en, "another siaga"));
    assert_int_equal(put("b", 1), 2); /* adding does not wait for it */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(siaga_outbox_ahead(box, session, NULL), 2);
}

static void each_goes_where_it_was_meant_for(void **state)
{
    (void)state;
    siaga_session *there = NULL, *as_another = NULL;
    siaga_options to = {.endpoints = "ipc:///elsewhere", .source = "field-1"};
    siaga_options who = {.endpoints = SERVER, .source = "field-2"};
    siaga_flushed done;
    put("a", 1);
    assert_int_equal(siaga_session_new(&to, &there, &err), 0);
    assert_int_equal(siaga_session_new(&who, &as_another, &err), 0);
    assert_int_equal(siaga_outbox_ahead(box, there, NULL), 0);
    assert_int_equal(siaga_outbox_flush(box, there, NULL, &done, &err), 0);
    assert_int_equal(
        siaga_outbox_flush(box, as_another, &(siaga_flush){.any_server = true}, &done, &err), 0);
    assert_int_equal(done.stored + done.left, 0);
    assert_string_equal(list(), "1 queued a;");
    siaga_session_free(there);
    siaga_session_free(as_another);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_as_it_was_written),
        cmocka_unit_test(cut_anywhere_it_is_damaged),
        cmocka_unit_test(one_bit_anywhere_is_seen),
        cmocka_unit_test(another_form_is_newer_or_none),
        cmocka_unit_test(what_cannot_be_sent_is_damaged),
        cmocka_unit_test(the_written_example_is_read),
        WITH(what_is_put_lies_in_order_for_its_owner_alone),
        WITH(an_emergency_waits_for_emergencies_alone),
        WITH(a_number_does_not_come_again),
        WITH(a_repeat_is_not_kept_twice),
        WITH(what_is_half_written_is_swept),
        WITH(bad_files_are_shown_and_wait_for_nobody),
        WITH(a_file_open_to_others_is_not_sent),
        WITH(refused_and_queued_again),
        WITH(a_folder_open_to_others_is_refused),
        WITH(one_sends_at_a_time),
        WITH(each_goes_where_it_was_meant_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
