/* VERIFY and HEAD: whether the history is what was written. */
#include <ctype.h>

#include "door.h"
#include "proto/frame.h"

#define HASH_BYTES 32u
#define KEY_DIGITS 64u
#define KEYS_MOST 8u
#define KEPT_BYTES 900u

static int digit_of(char c)
{
    return isdigit((uint8_t)c) ? c - '0' : isxdigit((uint8_t)c) ? (c | 32) - 'a' + 10 : -1;
}

static bool unhex(struct slice digits, uint8_t out[HASH_BYTES])
{
    bool fine = digits.n == 2 * HASH_BYTES;
    for (uint32_t i = 0; fine && i < HASH_BYTES; i++) {
        int high = digit_of(digits.p[2 * i]), low = digit_of(digits.p[2 * i + 1]);
        fine = high >= 0 && low >= 0;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return fine;
}

/* In either form an answer has it: 32 bytes, or 64 hex digits. */
static void take_hash(struct pairs_walk *w, struct question *q, struct faults *faults)
{
    uint8_t hash[HASH_BYTES];
    struct slice bytes = {(const char *)hash, 0};
    if (reader_peek(&w->r) == PACK_BIN)
        bytes = reader_bin(&w->r);
    else if (reader_peek(&w->r) != PACK_STR)
        reader_skip(&w->r);
    else if (unhex(reader_str(&w->r), hash))
        bytes.n = HASH_BYTES;
    if (bytes.n != HASH_BYTES)
        faults_add(faults, E_FIELD, "before", HASH_BYTES, (struct slice){0});
    else
        q->value = arena_copy(&q->arena, bytes.p, bytes.n);
}

/* Keys of 64 hex digits, joined by commas. */
static void take_signer(struct pairs_walk *w, struct question *q, struct faults *faults)
{
    struct slice keys = {0};
    if (!door_text(w, &keys, faults, KEYS_MOST * (KEY_DIGITS + 1)))
        return;
    bool fine = keys.n % (KEY_DIGITS + 1) == KEY_DIGITS;
    for (uint32_t i = 0; fine && i < keys.n; i++)
        fine = i % (KEY_DIGITS + 1) == KEY_DIGITS ? keys.p[i] == ',' : digit_of(keys.p[i]) >= 0;
    if (!fine)
        faults_add(faults, E_FIELD, "signer", KEY_DIGITS, keys);
    else
        q->signer = arena_printf(&q->arena, SLICE_FMT, SLICE_ARG(keys)).p;
}

static void take_kept(struct pairs_walk *w, struct question *q, struct faults *faults)
{
    struct slice kept = {0};
    if (door_text(w, &kept, faults, KEPT_BYTES) && kept.n > 0)
        q->kept = arena_copy(&q->arena, kept.p, kept.n);
}

void verify_serve(struct door *d, const struct request *r)
{
    struct question *q = question_new(QUESTION_VERIFY);
    struct faults faults = {0};
    q->signer = d->signer[0] != '\0' ? d->signer : NULL;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "from"))
            door_uint(&w, &q->seq, &faults);
        else if (slice_is(w.name, "upto"))
            door_uint(&w, &q->upto, &faults);
        else if (slice_is(w.name, "before"))
            take_hash(&w, q, &faults);
        else if (slice_is(w.name, "signer"))
            take_signer(&w, q, &faults);
        else if (slice_is(w.name, "kept"))
            take_kept(&w, q, &faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (q->upto != 0 && q->upto < q->seq)
        faults_add(&faults, E_RANGE, "upto", 0, (struct slice){0});
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        question_free(&q);
        return;
    }
    door_ask(d, r, q);
}

void head_serve(struct door *d, const struct request *r)
{
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        door_ask(d, r, question_new(QUESTION_HEAD));
}
