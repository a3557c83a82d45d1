/* outbox: files of the outbox as somebody or something else left them. What is taken is sent as it
 * was written and can be listed, refused and queued again; the rest is damaged.
 * An input is what follows the line and the hash of a file, or (first byte FILE) the whole file. */
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/lib/compose.h"
#include "clients/lib/document.h"
#include "clients/lib/map.h"
#include "clients/lib/outbox.h"
#include "fuzz.h"
#include "tests/support/folder.h"

#define FORM "siaga-outbox 1\n"
#define FORM_BYTES (sizeof FORM - 1)
#define HASH_BYTES 16u
#define MOST 8192u

enum { FILE_WHOLE = 1 };

static struct folder dir;
static siaga_outbox *box;

static void drop_folder(void)
{
    siaga_outbox_free(box);
    folder_drop(&dir);
}

static void open_folder(void)
{
    char path[128];
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0); /* syncs cost nothing there */
    folder_make(&dir);
    snprintf(path, sizeof path, "%s/outbox", dir.path);
    fuzz_must(siaga_outbox_open(path, &box, NULL) == 0, "a folder is made");
    atexit(drop_folder);
}

/* It goes over the wire byte for byte as it lies here. */
static void check_event(const siaga_doc *entry)
{
    static uint8_t room[MOST + 64];
    const siaga_doc *event = siaga_doc_get(entry, "event");
    struct writer w;
    siaga_event *again = compose_again(event);
    writer_init(&w, room, sizeof room);
    compose_pack(again, &w);
    fuzz_must(w.err == 0 && w.n == event->raw_n && memcmp(room, event->raw, w.n) == 0 &&
                  siaga_event_bytes(again) == w.n,
              "an event is sent as it was written");
    fuzz_must(strcmp(siaga_event_key(again), siaga_text(event, "key")) == 0 &&
                  *siaga_event_get(again, "kind") != '\0',
              "it has its key and kind");
    siaga_event_free(again);
}

static void see(void *self, uint64_t number, const siaga_doc *row)
{
    const char *state = siaga_text(row, "state");
    fuzz_must(number == 1 && strcmp(state, *(const char **)self) == 0, "it is in its state");
    *(const char **)self = NULL;
    static FILE *nowhere;
    if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
        abort();
    siaga_doc_json(row, nowhere);
}

static void check_list(const char *state)
{
    fuzz_must(siaga_outbox_list(box, see, &state, NULL) == 0 && state == NULL, "it is listed");
}

static void check_folder(const uint8_t *bytes, size_t n, const siaga_doc *entry,
                         enum outbox_read read)
{
    static const uint8_t code[] = "\x81\xa4"
                                  "code\xaa"
                                  "E_CATEGORY";
    if (box == NULL)
        open_folder();
    int fd = openat(box->folder, "0000000001.event", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) != 0)
        abort();
    check_list(entry != NULL ? "queued" : read == OUTBOX_NEWER ? "unreadable" : "damaged");
    if (entry != NULL) {
        siaga_doc *refusal = siaga_doc_parse(code, sizeof code - 1);
        fuzz_must(outbox_refuse(box, 1, entry, refusal) == 0, "it is refused");
        check_list("refused");
        fuzz_must(siaga_outbox_retry(box, 1, NULL) == 0, "it waits again");
        check_list("queued");
        siaga_doc_free(refusal);
    }
    fuzz_must(siaga_outbox_drop(box, 1, NULL) == 0, "it is dropped");
}

static void check(const uint8_t *bytes, size_t n)
{
    enum outbox_read read;
    siaga_doc *entry = outbox_unseal_event(bytes, n, &read);
    fuzz_must((entry != NULL) == (read == OUTBOX_FINE), "it is fine, or it is said why not");
    if (entry != NULL)
        check_event(entry);
    check_folder(bytes, n, entry, read);
    siaga_doc_free(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 1 || n > MOST)
        return 0;
    size_t body_n = fuzz_told(n - 1);
    bool whole = data[0] & FILE_WHOLE;
    size_t head = whole ? 0 : FORM_BYTES + HASH_BYTES;
    uint8_t *bytes = malloc(head + body_n + 1);
    if (bytes == NULL)
        abort();
    memcpy(bytes + head, data + 1, body_n);
    if (!whole) {
        memcpy(bytes, FORM, FORM_BYTES);
        crypto_generichash(bytes + FORM_BYTES, HASH_BYTES, bytes + head, body_n, NULL, 0);
    }
    check(bytes, head + body_n);
    free(bytes);
    return 0;
}

/* The same as a whole file, and as what follows its hash. */
static void give_both(fuzz_give_fn *give, void *self, const siaga_map *m)
{
    size_t n, head = FORM_BYTES + HASH_BYTES;
    uint8_t *bytes = outbox_seal(m, &n);
    fuzz_give(give, self, FILE_WHOLE, bytes, n);
    fuzz_give(give, self, 0, bytes + head, n - head);
    free(bytes);
}

static void seeds(fuzz_give_fn *give, void *self)
{
    static const char *const files[] = {"siaga-outbox 2\n", "siaga-outbox 1\n", "siaga-outbox ",
                                        ""};
    siaga_event *event = siaga_event_new("emergency");
    siaga_map *m = siaga_map_new();
    uint8_t bytes[1024];
    struct writer w;
    siaga_event_set(event, "key", "k-1");
    siaga_event_set(event, "title", "Api");
    siaga_event_set_point(event, -6.2, 107.0);
    siaga_event_add_ref(event, "parent", "E-261124-0042-K");
    siaga_event_set_person(event, "phone", "081234567890");
    writer_init(&w, bytes, sizeof bytes);
    compose_pack(event, &w);
    siaga_map_text(m, "queued_at", "2026-11-28T18:00:00Z");
    siaga_map_text(m, "server", "ipc:///x");
    siaga_map_text(m, "source", "field-1");
    map_packed(m, "event", bytes, w.n);
    give_both(give, self, m);
    siaga_map_int(m, "tries_before", 3);
    siaga_map_int(m, "code", 69);
    siaga_map_text(m, "cert", "/x.key");
    siaga_map_text(m, "id", "tidak");
    siaga_map_text(m, "en", "no");
    siaga_map_text(m, "refused_at", "2026-11-28T18:00:00Z");
    give_both(give, self, m);
    siaga_map_text(m, "event", "none");
    give_both(give, self, m);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        fuzz_give(give, self, FILE_WHOLE, files[i], strlen(files[i]));
    siaga_event_free(event);
    siaga_map_free(m);
}

const struct fuzz_target fuzz_target = {"outbox", MOST, 1000, seeds};
