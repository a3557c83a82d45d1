/* The form of a page is that of LMDB's data version 1 (all 0.9.x): a head, then the places of its
 * rows up to `lower`, nothing up to `upper`, the rows; or a value that begins behind the head. */
#include "scrub.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>

#define FILES_MOST 64u
#define BRANCH 0x01u
#define LEAF 0x02u
#define OVERFLOW 0x04u
#define DIRTY 0x10u
#define LIST_LEAST 128u /* a shorter one seldom has a page of its own */
#define TRANSACTIONS_MOST ((size_t)1 << 48)
#define PAGES_MOST ((size_t)1 << 40)

struct head {
    size_t number;
    uint16_t pad, flags;
    union {
        struct {
            uint16_t lower, upper;
        };
        uint32_t pages; /* OVERFLOW */
    };
};

struct row { /* and key and value behind it */
    uint16_t low, high, flags, key_n;
};

static struct watched {
    atomic_int fd; /* + 1; 0: free */
    atomic_size_t page;
    atomic_uint_fast64_t written;
    atomic_bool full;
} files[FILES_MOST];

static struct watched *find(int mark)
{
    for (size_t i = 0; i < FILES_MOST; i++)
        if (atomic_load_explicit(&files[i].fd, memory_order_acquire) == mark)
            return &files[i];
    return NULL;
}

static struct watched *file_of(int fd)
{
    return fd < 0 ? NULL : find(fd + 1);
}

bool scrub_watch(int fd, size_t page_bytes)
{
    struct watched *w = find(0);
    if (w == NULL)
        return false;
    atomic_store(&w->page, page_bytes);
    atomic_store(&w->written, 0);
    atomic_store(&w->full, false);
    atomic_store_explicit(&w->fd, fd + 1, memory_order_release);
    return true;
}

void scrub_forget(int fd)
{
    struct watched *w = file_of(fd);
    if (w != NULL)
        atomic_store(&w->fd, 0);
}

uint64_t scrub_pages(int fd)
{
    struct watched *w = file_of(fd);
    return w == NULL ? 0 : atomic_load(&w->written);
}

bool scrub_full(int fd)
{
    struct watched *w = file_of(fd);
    return w != NULL && atomic_exchange(&w->full, false);
}

/* A disk without room takes a part, or nothing. LMDB says EIO of the one and of much else. */
static ssize_t noted(struct watched *w, ssize_t done, size_t wanted)
{
    bool refused = done < 0 && (errno == ENOSPC || errno == EDQUOT);
    if (w != NULL && (refused || (done >= 0 && (size_t)done < wanted)))
        atomic_store(&w->full, true);
    return done;
}

/* ---- one page ---- */

static struct head head_of(const void *page)
{
    struct head h;
    memcpy(&h, page, sizeof h);
    return h;
}

/* LMDB's list of free pages has values like others: a count, then numbers that fall; it takes room
 * for more than it fills. */
static void clean_list(uint8_t *value, size_t n, size_t least)
{
    size_t count, room = n / sizeof count, before = PAGES_MOST;
    if (n % sizeof count != 0 || room-- == 0)
        return;
    memcpy(&count, value, sizeof count);
    if (count < least || count > room)
        return;
    for (size_t i = 1; i <= count; i++) {
        size_t number;
        memcpy(&number, value + i * sizeof number, sizeof number);
        if (number >= before)
            return;
        before = number;
    }
    memset(value + (count + 1) * sizeof count, 0, (room - count) * sizeof count);
}

/* Its keys are numbers of transactions, the low byte first. Numbers of ours have the high byte
 * first, and no value of ours begins with a count as small as that of a list. */
static void clean_row(uint8_t *row, const uint8_t *end)
{
    struct row r;
    size_t number;
    memcpy(&r, row, sizeof r);
    size_t n = r.low | (size_t)r.high << 16;
    if (r.flags != 0 || r.key_n != sizeof number || n > (size_t)(end - row) - sizeof r - r.key_n)
        return;
    memcpy(&number, row + sizeof r, sizeof number);
    if (number < TRANSACTIONS_MOST)
        clean_list(row + sizeof r + r.key_n, n, 0);
}

static void clean_rows(uint8_t *page, struct head h, size_t page_bytes)
{
    memset(page + h.lower, 0, (size_t)(h.upper - h.lower));
    for (size_t at = sizeof h; at < h.lower && (h.flags & LEAF) != 0; at += sizeof(uint16_t)) {
        uint16_t place;
        memcpy(&place, page + at, sizeof place);
        if (place >= h.upper && place + sizeof(struct row) + sizeof(size_t) <= page_bytes)
            clean_row(page + place, page + page_bytes);
    }
}

/* In LMDB's own buffer: what counts in it is written, and it is done with the rest. */
static void clean(struct watched *w, const struct iovec *part)
{
    size_t page = atomic_load_explicit(&w->page, memory_order_relaxed);
    uint8_t *bytes = part->iov_base;
    if (part->iov_len < page || part->iov_len % page != 0)
        return;
    struct head h = head_of(bytes);
    if ((h.flags & (BRANCH | LEAF)) != 0 && h.lower >= sizeof h && h.lower <= h.upper &&
        h.upper <= page)
        clean_rows(bytes, h, page);
    else if (h.flags == OVERFLOW)
        clean_list(bytes + sizeof h, part->iov_len - sizeof h, LIST_LEAST);
    else
        return;
    atomic_fetch_add_explicit(&w->written, part->iov_len / page, memory_order_relaxed);
}

/* Two rows must fit into a page, or the value gets pages of its own. */
bool scrub_apart(size_t key_n, size_t value_n, size_t page_bytes)
{
    size_t most = (page_bytes - sizeof(struct head)) / 2 / 2 * 2 - 2;
    return sizeof(struct row) + key_n + value_n > most;
}

void scrub_behind(void *value, size_t n, size_t page_bytes)
{
    struct head h = head_of((uint8_t *)value - sizeof h);
    size_t room = h.pages * page_bytes - sizeof h;
    if (h.flags == (OVERFLOW | DIRTY) && n < room)
        memset((uint8_t *)value + n, 0, room - n);
}

/* ---- the two calls, by the names under which LMDB looks for them ---- */

ssize_t scrub_pwrite(int fd, const void *bytes, size_t n, off_t at) __asm__("pwrite");
ssize_t scrub_writev(int fd, const struct iovec *parts, int n) __asm__("writev");

ssize_t scrub_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    struct iovec part = {(void *)bytes, n};
    struct watched *w = file_of(fd);
    if (w != NULL)
        clean(w, &part);
    return noted(w, pwritev(fd, &part, 1, at), n);
}

ssize_t scrub_writev(int fd, const struct iovec *parts, int n)
{
    struct watched *w = file_of(fd);
    size_t wanted = 0;
    for (int i = 0; w != NULL && i < n; i++) {
        clean(w, &parts[i]);
        wanted += parts[i].iov_len;
    }
    return noted(w, pwritev2(fd, parts, n, -1, 0), wanted); /* where the file stands, as writev */
}
