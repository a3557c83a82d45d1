#include "terms.h"

#include "grid.h"
#include "proto/fold.h"
#include "proto/pack.h"

static bool read_text(struct reader *r, struct slice name, struct terms *ret)
{
    struct slice *into = slice_is(name, "category")      ? &ret->category
                         : slice_is(name, "subkind")     ? &ret->subkind
                         : slice_is(name, "kelurahan")   ? &ret->kelurahan
                         : slice_is(name, "target_date") ? &ret->target_date
                                                         : NULL;
    if (into == NULL || reader_peek(r) != PACK_STR)
        return false;
    *into = reader_str(r);
    return true;
}

void terms_read(const struct entry *e, struct terms *ret)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    unsigned degrees = 0;
    *ret = (struct terms){.has_point = false};
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        bool lat = slice_is(name, "lat");
        if (lat || slice_is(name, "lon")) {
            *(lat ? &ret->lat_e7 : &ret->lon_e7) = grid_e7(reader_double(&r));
            degrees++;
        } else if (!read_text(&r, name, ret)) {
            reader_skip(&r);
        }
    }
    ret->has_point = degrees == 2 && r.err == 0;
}

static void add_cell(struct index *ix, struct txn *t, uint64_t seq, const struct terms *terms)
{
    if (!terms->has_point)
        return;
    uint16_t row = grid_row(terms->lat_e7), column = grid_column(terms->lon_e7);
    const char cell[] = {(char)(row >> 8), (char)row, (char)(column >> 8), (char)column};
    index_add(ix, t, seq, INDEX_CELL, (struct slice){cell, sizeof cell});
}

static void add_words(struct index *ix, struct txn *t, uint64_t seq, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t room = TERMS_WORDS_MAX;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        reader_str(&r);
        if (reader_peek(&r) != PACK_STR) { /* the salt, lengths, digests of what was destroyed */
            reader_skip(&r);
            continue;
        }
        struct slice text = reader_str(&r);
        struct fold_word word;
        for (; room > 0 && fold_next(&text, &word); room--)
            index_add(ix, t, seq, INDEX_WORD, (struct slice){word.text, word.n});
    }
}

void terms_add(struct index *ix, struct txn *t, const struct case_row *c, const struct entry *e,
               const struct terms *terms)
{
    const char mode = (char)c->mode;
    index_add(ix, t, c->seq, INDEX_CASE, (struct slice){0});
    index_add(ix, t, c->seq, INDEX_MODE, (struct slice){&mode, 1});
    index_add(ix, t, c->seq, INDEX_CATEGORY, terms->category);
    index_add(ix, t, c->seq, INDEX_KELURAHAN, terms->kelurahan);
    if (c->visibility == VISIBILITY_SECRET)
        index_add(ix, t, c->seq, INDEX_SECRET, (struct slice){0});
    if (c->flags & FLAG_HISTORIC)
        index_add(ix, t, c->seq, INDEX_HISTORIC, (struct slice){0});
    if (c->visibility == VISIBILITY_ANONYMOUS)
        index_add(ix, t, c->seq, INDEX_ANONYMOUS, (struct slice){0});
    add_cell(ix, t, c->seq, terms);
    add_words(ix, t, c->seq, e);
}

void terms_forget_words(struct index *ix, struct txn *t, uint64_t seq)
{
    index_forget(ix, t, seq, INDEX_WORD);
}
