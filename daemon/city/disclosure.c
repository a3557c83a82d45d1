/* What becomes public by itself, and how long what is kept: `media` and `retention` of city.yaml,
 * `public_after` of the categories. */
#include "load.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define DAY_US (86400 * 1000000ll)
#define KEPT_MOST_US (100 * 366 * DAY_US)

static void read_delay(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_duration(doc, n, 1000000, 366 * DAY_US, &((struct load *)into)->city->media_delay_us);
}

void disclosure_media(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {{"delay", true, read_delay}};
    conf_map(doc, n, fields, COUNT(fields), into);
}

/* The lines name categories, which are read later. */
void disclosure_retention(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->retention = (struct load_node){doc, n};
}

struct retention_reading {
    struct load *load;
    struct retention_row row;
    struct retention_row *rows;
    unsigned rows_n;
};

static void read_match(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct retention_reading *r = into;
    load_pattern(r->load, doc, n, &r->row.category);
}

static void read_kept(struct conf_doc *doc, const struct conf_node *n, int64_t *ret_us)
{
    const char *text;
    if (!conf_text(doc, n, 32, &text) || strcmp(text, "forever") == 0)
        return;
    conf_duration(doc, n, DAY_US, KEPT_MOST_US, ret_us);
}

static void read_persons(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    read_kept(doc, n, &((struct retention_reading *)into)->row.persons_us);
}

static void read_texts(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    read_kept(doc, n, &((struct retention_reading *)into)->row.texts_us);
}

static void read_line(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"match", true, read_match}, {"persons", true, read_persons}, {"texts", true, read_texts}};
    struct retention_reading *r = into;
    r->row = (struct retention_row){.persons_us = 0};
    if (conf_map(doc, n, fields, COUNT(fields), r))
        *load_add(r->rows, r->rows_n) = r->row;
}

void disclosure_seal(struct load *l)
{
    struct retention_reading r = {.load = l};
    if (l->retention.node == NULL)
        return;
    conf_list(l->retention.doc, l->retention.node, read_line, &r);
    l->city->retention = load_keep_rows(l, r.rows, r.rows_n * sizeof *r.rows);
    l->city->retention_n = r.rows_n;
    free(r.rows);
}

int64_t city_public_after(const struct city *c, struct slice category)
{
    const struct category *found = city_category(c, category);
    if (found == NULL || found->secret || c->media_delay_us < 0)
        return -1;
    return found->public_after_us != 0 ? found->public_after_us : c->media_delay_us;
}

bool city_retention(const struct city *c, struct slice category, int64_t *ret_persons_us,
                    int64_t *ret_texts_us)
{
    for (unsigned i = 0; i < c->retention_n; i++)
        if (pattern_matches(&c->retention[i].category, category)) {
            *ret_persons_us = c->retention[i].persons_us;
            *ret_texts_us = c->retention[i].texts_us;
            return true;
        }
    return false;
}
