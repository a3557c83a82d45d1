/* What no file of people.d can tell alone: a name, a key and a user are one person's, and a revoked
 * key is nobody's. Then the tables that are asked. */
#include "load.h"

#include <stdlib.h>

#include "daemon/base/control.h"

static int against_person(const void *source, const void *row)
{
    return city_order(*(const struct slice *)source, ((const struct person *)row)->source);
}

static const struct person *find(const struct city *c, struct slice source)
{
    return bsearch(&source, c->people, c->people_n, sizeof *c->people, against_person);
}

/* ---- across the files ---- */

/* By name; the same name in the order of reading. */
static int by_source(const void *a, const void *b)
{
    const struct load_person *pa = a, *pb = b;
    int order = city_order(slice_from(pa->person.source), pb->person.source);
    return order ? order : strcmp(pa->person.file, pb->person.file);
}

static void say(const struct load_person *p, const char *what, const struct load_person *other)
{
    if (p->at.doc == NULL)
        return; /* of a file that is broken now, and said so */
    conf_error(p->at.doc, p->at.node, "%s '%s' stands already in %s:%u; keep one", what,
               other->person.source, other->person.file,
               other->at.node != NULL ? conf_line(other->at.node) : 1);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct load_revoked *)a)->row.key,
                  ((const struct load_revoked *)b)->row.key);
}

static void seal_revoked(struct load *l)
{
    if (l->revoked_n > 0)
        qsort(l->revoked, l->revoked_n, sizeof *l->revoked, by_key);
    struct revoked_key *rows = arena_alloc(&l->city->mem, (l->revoked_n + 1) * sizeof *rows);
    for (unsigned i = 0; i < l->revoked_n; i++)
        rows[i] = l->revoked[i].row;
    l->city->revoked = rows;
    l->city->revoked_n = l->revoked_n;
}

static void take_revoked(const struct load *l, struct load_person *p)
{
    const struct load_revoked wanted = {.row.key = p->person.public_key}, *r;
    r = l->revoked_n > 0 ? bsearch(&wanted, l->revoked, l->revoked_n, sizeof *l->revoked, by_key)
                         : NULL;
    if (r == NULL)
        return;
    if (p->at.doc != NULL)
        conf_error(p->at.doc, p->at.node,
                   "the key of '%s' was revoked in %s:%u; make a new one: siaga cert new",
                   p->person.source, r->row.file, r->at.node != NULL ? conf_line(r->at.node) : 1);
    p->person.public_key = "";
}

struct by_text { /* a key or a user, and who has it */
    const char *text;
    const struct load_person *whose;
    bool held; /* had it before, too: a newcomer does not take it away */
};

static int by_text(const void *a, const void *b)
{
    const struct by_text *ta = a, *tb = b;
    int order = strcmp(ta->text, tb->text);
    if (order == 0)
        order = tb->held - ta->held;
    return order ? order : by_source(ta->whose, tb->whose);
}

static bool had(const struct city *before, const struct load_person *p, size_t at, const char *text)
{
    const struct person *then = before ? find(before, slice_from(p->person.source)) : NULL;
    return then != NULL && strcmp(*(const char *const *)((const char *)then + at), text) == 0;
}

/* A key, or a user of the machine, is one person's: the second has none. */
static void one_each(struct load *l, size_t at, const char *what)
{
    struct by_text *rows = NULL;
    unsigned n = 0;
    for (unsigned i = 0; i < l->people_n; i++) {
        const char *text = *(const char **)((char *)&l->people[i].person + at);
        if (text[0] != '\0')
            *load_add(rows, n) =
                (struct by_text){text, &l->people[i], had(l->before, &l->people[i], at, text)};
    }
    if (n > 0)
        qsort(rows, n, sizeof *rows, by_text);
    for (unsigned i = 1; i < n; i++)
        if (strcmp(rows[i].text, rows[i - 1].text) == 0 && !control("one-each")) {
            say(rows[i].whose, what, rows[i - 1].whose);
            *(const char **)((char *)(uintptr_t)&rows[i].whose->person + at) = "";
        }
    free(rows);
}

static struct city_key key_of(const struct person *p)
{
    return (struct city_key){.source = p->source,
                             .public_key = p->public_key,
                             .user = p->user,
                             .from_us = p->from_us,
                             .until_us = p->until_us,
                             .role = p->role.role,
                             .skpd = p->role.skpd,
                             .handshakes_per_minute = p->role.quota.handshakes_per_minute};
}

void people_seal(struct load *l)
{
    struct city *c = l->city;
    c->people = arena_alloc(&c->mem, (l->people_n + 1) * sizeof *c->people);
    c->keys = arena_alloc(&c->mem, (l->people_n + 1) * sizeof *c->keys);
    if (l->people_n > 0)
        qsort(l->people, l->people_n, sizeof *l->people, by_source);
    seal_revoked(l);
    for (unsigned i = 0; i < l->people_n; i++)
        take_revoked(l, &l->people[i]);
    one_each(l, offsetof(struct person, public_key), "the key of");
    one_each(l, offsetof(struct person, user), "the user of");
    for (unsigned i = 0; i < l->people_n; i++) {
        const struct load_person *p = &l->people[i], *before = i > 0 ? &l->people[i - 1] : p;
        if (before != p && strcmp(before->person.source, p->person.source) == 0) {
            if (p->at.doc != NULL)
                conf_error(p->at.doc, p->at.node, "'%s' stands already in %s:%u; keep one",
                           p->person.source, before->person.file,
                           before->at.node != NULL ? conf_line(before->at.node) : 1);
            continue;
        }
        c->people[c->people_n] = p->person;
        c->keys[c->people_n] = key_of(&c->people[c->people_n]);
        c->people_n++;
    }
}

/* ---- asking ---- */

void city_person(const struct city *c, struct slice source, struct person_role *ret_role)
{
    const struct person *found = find(c, source);
    *ret_role = found ? found->role
                      : (struct person_role){
                            .role = c->settings.open_role, .skpd = "", .quota = c->settings.quota};
}

unsigned city_keys(const struct city *c, const struct city_key **ret_rows)
{
    *ret_rows = c->keys;
    return c->people_n;
}

const struct city_key *city_key_of(const struct city *c, struct slice source)
{
    const struct person *found = find(c, source);
    return found ? &c->keys[found - c->people] : NULL;
}

const char *city_people_error(const struct city *c)
{
    return c->people_error;
}
