#include "city.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct city *city_load(const char *siagad_yaml, int64_t now_us, const struct city *before,
                       struct conf_report *report)
{
    struct city *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    atomic_init(&c->refs, 1);
    c->media_delay_us = -1;
    if (!load_city(c, siagad_yaml, now_us, before, report))
        city_unref(&c);
    return c;
}

struct city *city_with_people(struct city *before)
{
    struct city *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    const size_t shared = offsetof(struct city, source); /* refs are counted by others meanwhile */
    memcpy((char *)c + shared, (const char *)before + shared, sizeof *c - shared);
    atomic_init(&c->refs, 1);
    c->under = city_ref(before->under ? before->under : before); /* one below, however often */
    load_people(c, before);
    return c;
}

void city_practise(struct city *c)
{
    c->settings.ipc_claimed = true;
}

struct city *city_ref(struct city *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void city_unref(struct city **c)
{
    struct city *old = *c;
    *c = NULL;
    if (!old || atomic_fetch_sub_explicit(&old->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_drop(&old->mem);
    city_unref(&old->under);
    free(old);
}

const struct city_settings *city_settings(const struct city *c)
{
    return &c->settings;
}

const char *city_name(const struct city *c, bool english)
{
    return english ? c->name_en : c->name_id;
}

const char *city_source(const struct city *c)
{
    return c->source;
}

bool city_bounds(const struct city *c, int32_t *ret_south, int32_t *ret_west, int32_t *ret_north,
                 int32_t *ret_east)
{
    if (!c->has_bounds)
        return false;
    *ret_south = c->south;
    *ret_west = c->west;
    *ret_north = c->north;
    *ret_east = c->east;
    return true;
}

/* ---- finding by id ---- */

int city_order(struct slice a, const char *b)
{
    struct slice s = slice_from(b);
    uint32_t shared = a.n < s.n ? a.n : s.n;
    int order = shared ? memcmp(a.p, s.p, shared) : 0;
    return order ? order : (a.n > s.n) - (a.n < s.n);
}

static int against_skpd(const void *id, const void *row)
{
    return city_order(*(const struct slice *)id, (*(struct skpd_entry *const *)row)->open.id);
}

static int against_category(const void *id, const void *row)
{
    return city_order(*(const struct slice *)id, ((const struct category_entry *)row)->open.id);
}

static int against_kecamatan(const void *id, const void *row)
{
    return city_order(*(const struct slice *)id, ((const struct kecamatan *)row)->id);
}

const struct skpd *city_poc(const struct city *c)
{
    return &c->poc->open;
}

const struct skpd *city_skpd(const struct city *c, struct slice id)
{
    struct skpd_entry **found = bsearch(&id, c->skpd, c->skpd_n, sizeof *c->skpd, against_skpd);
    return found ? &(*found)->open : NULL;
}

const struct skpd *city_skpd_at(const struct city *c, unsigned i)
{
    return i < c->skpd_n ? &c->skpd[i]->open : NULL;
}

const struct category *city_category_at(const struct city *c, unsigned i)
{
    return i < c->categories_n ? &c->categories[i].open : NULL;
}

const char *city_kecamatan_at(const struct city *c, unsigned i, const char **ret_name)
{
    if (i >= c->kecamatan_n)
        return NULL;
    *ret_name = c->kecamatan[i].name;
    return c->kecamatan[i].id;
}

struct category_entry *city_category_entry(const struct city *c, struct slice id)
{
    return bsearch(&id, c->categories, c->categories_n, sizeof *c->categories, against_category);
}

const struct category *city_category(const struct city *c, struct slice id)
{
    const struct category_entry *found = city_category_entry(c, id);
    return found ? &found->open : NULL;
}

uint16_t city_kecamatan_number(const struct city *c, struct slice code)
{
    if (code.n == 0)
        return CITY_KECAMATAN_ANY;
    const struct kecamatan *found =
        bsearch(&code, c->kecamatan, c->kecamatan_n, sizeof *found, against_kecamatan);
    for (unsigned i = 0; i < c->kecamatan_n && !found; i++)
        if (c->kecamatan[i].code && slice_is(code, c->kecamatan[i].code))
            found = &c->kecamatan[i];
    return found ? (uint16_t)(found - c->kecamatan) : CITY_KECAMATAN_ANY;
}

bool city_kecamatan(const struct city *c, struct slice code)
{
    return city_kecamatan_number(c, code) != CITY_KECAMATAN_ANY;
}

/* ---- finding what was meant ---- */

static unsigned give_nearest(const struct nearest *near, const char *ret_ids[3])
{
    for (unsigned i = 0; i < near->count; i++)
        ret_ids[i] = near->best[i];
    return near->count;
}

unsigned city_nearest_category(const struct city *c, struct slice id, const char *ret_ids[3])
{
    struct nearest near;
    nearest_start(&near, id);
    for (unsigned i = 0; i < c->categories_n; i++)
        nearest_offer(&near, c->categories[i].open.id);
    return give_nearest(&near, ret_ids);
}

unsigned city_nearest_kecamatan(const struct city *c, struct slice id, const char *ret_ids[3])
{
    struct nearest near;
    nearest_start(&near, id);
    for (unsigned i = 0; i < c->kecamatan_n; i++)
        nearest_offer(&near, c->kecamatan[i].id);
    return give_nearest(&near, ret_ids);
}

/* ---- all of them, for who picks one ---- */

const char *city_nth_skpd(const struct city *c, unsigned n)
{
    return n < c->skpd_n ? c->skpd[n]->open.id : NULL;
}

const char *city_nth_category(const struct city *c, unsigned n)
{
    return n < c->categories_n ? c->categories[n].open.id : NULL;
}

const char *city_nth_kecamatan(const struct city *c, unsigned n)
{
    return n < c->kecamatan_n ? c->kecamatan[n].id : NULL;
}
