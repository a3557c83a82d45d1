/* people: who a source is. Reads people.d/ and answers by the name a key belongs to. */
#include "load.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct person_reading {
    struct load *load;
    struct person p;
    const struct conf_node *id_at;
};

static void read_id(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    const char *id;
    if (!conf_text(doc, n, SOURCE_MAX_BYTES, &id))
        return;
    if (!key_source_valid(slice_from(id))) {
        conf_error(doc, n, "'%s' is no name of a source; use a-z, 0-9 and dash", id);
        return;
    }
    if (strcmp(id, "siagad") == 0)
        conf_error(doc, n, "'siagad' is the daemon itself; choose another name");
    snprintf(r->p.source, sizeof r->p.source, "%s", id);
    r->id_at = n;
}

static void read_role(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_role(doc, n, &((struct person_reading *)into)->p.role.role);
}

static void read_skpd(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    struct skpd_entry *e;
    r->p.role.skpd = "?"; /* something was named, right or wrong */
    if (load_skpd(r->load, doc, n, &e))
        r->p.role.skpd = e->open.id;
}

static void read_drill(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_bool(doc, n, &((struct person_reading *)into)->p.role.drill);
}

static void read_note(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    const char *text;
    (void)into; /* for the people who keep the file */
    conf_text(doc, n, LOAD_TEXT_MAX, &text);
}

static void read_person(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"id", true, read_id},        {"role", true, read_role},  {"skpd", false, read_skpd},
        {"drill", false, read_drill}, {"note", false, read_note},
    };
    struct load *l = into;
    struct person_reading r = {.load = l, .p.role = {.registered = true, .skpd = ""}};
    conf_map(doc, n, fields, COUNT(fields), &r);
    if (r.p.role.role == ROLE_HANDLER && !r.p.role.skpd[0])
        conf_error(doc, n, "a handler belongs to an SKPD; add 'skpd: ...'");
    if (!r.id_at)
        return;
    *load_add(l->people, l->people_n) = (struct load_person){.person = r.p, .at = {doc, r.id_at}};
}

static void read_people(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_list(doc, n, read_person, into);
}

void people_read(struct load *l, struct load_file *f)
{
    static const struct conf_field fields[] = {{"people", true, read_people}};
    if (f->doc)
        conf_map(f->doc, conf_root(f->doc), fields, COUNT(fields), l);
}

/* By name; the same name in the order of reading. */
static int by_source(const void *a, const void *b)
{
    const struct load_person *pa = a, *pb = b;
    int order = city_order(slice_from(pa->person.source), pb->person.source);
    if (order == 0)
        order = strcmp(conf_path(pa->at.doc), conf_path(pb->at.doc));
    return order ? order : (int)conf_line(pa->at.node) - (int)conf_line(pb->at.node);
}

void people_seal(struct load *l)
{
    struct city *c = l->city;
    c->people = arena_alloc(&c->mem, l->people_n * sizeof *c->people);
    if (l->people_n > 0)
        qsort(l->people, l->people_n, sizeof *l->people, by_source);
    for (unsigned i = 0; i < l->people_n; i++) {
        const struct load_person *p = &l->people[i], *before = i > 0 ? &l->people[i - 1] : p;
        if (before != p && strcmp(before->person.source, p->person.source) == 0)
            conf_error(p->at.doc, p->at.node, "'%s' stands already in %s:%u; keep one",
                       p->person.source, conf_path(before->at.doc), conf_line(before->at.node));
        c->people[c->people_n++] = p->person;
    }
}

static int against_person(const void *source, const void *row)
{
    return city_order(*(const struct slice *)source, ((const struct person *)row)->source);
}

void city_person(const struct city *c, struct slice source, struct person_role *ret_role)
{
    const struct person *found =
        bsearch(&source, c->people, c->people_n, sizeof *c->people, against_person);
    *ret_role =
        found ? found->role : (struct person_role){.role = c->settings.open_role, .skpd = ""};
}
