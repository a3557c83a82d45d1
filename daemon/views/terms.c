#include "terms.h"

#include "grid.h"
#include "proto/fold.h"
#include "proto/pack.h"
#include "show.h"

bool terms_point(const struct entry *e, int32_t *ret_lat_e7, int32_t *ret_lon_e7)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    unsigned found = 0;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0 && found < 2; n--) {
        struct slice name = reader_str(&r);
        bool lat = slice_is(name, "lat");
        if (!lat && !slice_is(name, "lon")) {
            reader_skip(&r);
            continue;
        }
        *(lat ? ret_lat_e7 : ret_lon_e7) = grid_e7(reader_double(&r));
        found++;
    }
    return found == 2 && r.err == 0;
}

static void add_cell(struct index *ix, struct txn *t, uint64_t seq, const struct entry *e)
{
    int32_t lat = 0, lon = 0;
    if (!terms_point(e, &lat, &lon))
        return;
    uint16_t row = grid_row(lat), column = grid_column(lon);
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

void terms_add(struct index *ix, struct txn *t, const struct case_row *c, const struct entry *e)
{
    const char mode = (char)c->mode;
    index_add(ix, t, c->seq, INDEX_CASE, (struct slice){0});
    index_add(ix, t, c->seq, INDEX_MODE, (struct slice){&mode, 1});
    index_add(ix, t, c->seq, INDEX_CATEGORY, show_value(e, "category"));
    index_add(ix, t, c->seq, INDEX_KELURAHAN, show_value(e, "kelurahan"));
    if (c->visibility == VISIBILITY_SECRET)
        index_add(ix, t, c->seq, INDEX_SECRET, (struct slice){0});
    if (c->flags & FLAG_HISTORIC)
        index_add(ix, t, c->seq, INDEX_HISTORIC, (struct slice){0});
    if (c->visibility == VISIBILITY_ANONYMOUS)
        index_add(ix, t, c->seq, INDEX_ANONYMOUS, (struct slice){0});
    add_cell(ix, t, c->seq, e);
    add_words(ix, t, c->seq, e);
}

void terms_forget_words(struct index *ix, struct txn *t, uint64_t seq)
{
    index_forget(ix, t, seq, INDEX_WORD);
}
