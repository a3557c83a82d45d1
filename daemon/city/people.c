/* people: who a source is, and by which key it comes in. Reads people.d/. */
#include "load.h"

#include "proto/cert.h"
#include "proto/stamp.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct person_reading {
    struct load *load;
    struct person p;
    const struct conf_node *id_at, *from_at;
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

/* ---- keys ---- */

static void read_key_text(struct load *l, struct conf_doc *doc, const struct conf_node *n,
                          const char **ret_key)
{
    const char *text;
    if (!conf_text(doc, n, 64, &text))
        return;
    if (cert_key_valid(text))
        *ret_key = load_keep(l, text);
    else
        conf_error(
            doc, n,
            "this is no public key; it has 40 characters in double quotes, as siaga cert new "
            "writes them");
}

static void read_public(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    read_key_text(r->load, doc, n, &r->p.public_key);
}

static void read_user(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    load_text(r->load, doc, n, 32, &r->p.user);
}

/* A day is meant from its first to its last moment, in the city. */
static bool read_day(struct load *l, struct conf_doc *doc, const struct conf_node *n, bool last,
                     int64_t *ret_us)
{
    uint32_t day;
    if (!conf_date(doc, n, &day))
        return false;
    *ret_us = (int64_t)(day + last) * STAMP_DAY - l->city->settings.tz_offset_s * 1000000ll;
    return true;
}

static void read_from(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    read_day(r->load, doc, n, false, &r->p.from_us);
}

static void read_until(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    if (read_day(r->load, doc, n, true, &r->p.until_us) && r->p.until_us <= r->p.from_us)
        conf_error(doc, n, "'until' is before 'from'; this key would never be valid");
}

/* ---- quota ---- */

enum {
    OWN_PER_MINUTE,
    OWN_MESSAGES,
    OWN_IN_FLIGHT,
    OWN_WATCHES,
    OWN_CREDIT,
    OWN_ROWS,
    OWN_HANDSHAKES
};

#define OWN_READER(NAME, name)                                                           \
    static void read_##name(struct conf_doc *doc, const struct conf_node *n, void *into) \
    {                                                                                    \
        struct person *p = into;                                                         \
        p->quota_given |= 1u << NAME;                                                    \
        quota_##name(doc, n, &p->role.quota);                                            \
    }
OWN_READER(OWN_PER_MINUTE, per_minute)
OWN_READER(OWN_MESSAGES, messages)
OWN_READER(OWN_IN_FLIGHT, in_flight)
OWN_READER(OWN_WATCHES, watches)
OWN_READER(OWN_CREDIT, credit)
OWN_READER(OWN_ROWS, rows)
OWN_READER(OWN_HANDSHAKES, handshakes)

static void read_quota(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"per_minute", false, read_per_minute}, {"messages", false, read_messages},
        {"in_flight", false, read_in_flight},   {"watches", false, read_watches},
        {"credit", false, read_credit},         {"rows", false, read_rows},
        {"handshakes", false, read_handshakes},
    };
    struct person_reading *r = into;
    conf_map(doc, n, fields, COUNT(fields), &r->p);
}

/* What it was not given is everybody's, of the files of today. */
static void fill_quota(const struct city *c, struct person *p)
{
    const uint32_t *usual = (const uint32_t *)&c->settings.quota;
    uint32_t *own = (uint32_t *)&p->role.quota;
    for (unsigned i = 0; i < sizeof p->role.quota / sizeof *own; i++)
        if (!(p->quota_given >> i & 1))
            own[i] = usual[i];
}

/* ---- a file ---- */

static void read_person(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"id", true, read_id},          {"role", true, read_role},    {"skpd", false, read_skpd},
        {"public", false, read_public}, {"from", false, read_from},   {"until", false, read_until},
        {"user", false, read_user},     {"quota", false, read_quota}, {"drill", false, read_drill},
        {"note", false, read_note},
    };
    struct load *l = into;
    struct person_reading r = {.load = l,
                               .p = {.role = {.registered = true, .skpd = ""},
                                     .file = l->people_file,
                                     .public_key = "",
                                     .user = ""}};
    conf_map(doc, n, fields, COUNT(fields), &r);
    if (r.p.role.role == ROLE_HANDLER && !r.p.role.skpd[0])
        conf_error(doc, n, "a handler belongs to an SKPD; add 'skpd: ...'");
    if (!r.id_at)
        return;
    fill_quota(l->city, &r.p);
    *load_add(l->people, l->people_n) = (struct load_person){.person = r.p, .at = {doc, r.id_at}};
}

static void read_people(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_list(doc, n, read_person, into);
}

static void read_revoked_key(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    const char *key = NULL;
    read_key_text(l, doc, n, &key);
    if (key != NULL)
        *load_add(l->revoked, l->revoked_n) = (struct load_revoked){key, {doc, n}};
}

static void read_revoked(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_list(doc, n, read_revoked_key, into);
}

/* Those of this file in the snapshot before; they live on in this one's memory. */
static void keep_before(struct load *l, const char *rel)
{
    for (unsigned i = 0; l->before != NULL && i < l->before->people_n; i++) {
        struct person p = l->before->people[i];
        if (strcmp(p.file, rel) != 0)
            continue;
        p.file = load_keep(l, p.file);
        p.public_key = load_keep(l, p.public_key);
        p.user = load_keep(l, p.user);
        p.role.skpd = load_keep(l, p.role.skpd);
        fill_quota(l->city, &p);
        *load_add(l->people, l->people_n) = (struct load_person){.person = p};
    }
}

/* All or nothing of a file: one with a mistake leaves its people as they were, or out. */
void people_read(struct load *l, struct load_file *f)
{
    static const struct conf_field fields[] = {{"people", true, read_people},
                                               {"revoked", false, read_revoked}};
    unsigned errors = l->people_report.errors, people_n = l->people_n;
    l->people_file = f->rel;
    if (f->doc)
        conf_map(f->doc, conf_root(f->doc), fields, COUNT(fields), l);
    if ((f->doc && l->people_report.errors == errors) || l->report->strict)
        return; /* who only checks wants to hear of all that is wrong */
    l->people_n = people_n;
    keep_before(l, f->rel);
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

static bool revoked(const struct load *l, const struct load_person *p)
{
    for (unsigned i = 0; i < l->revoked_n; i++) {
        const struct load_revoked *r = &l->revoked[i];
        if (strcmp(r->key, p->person.public_key) != 0)
            continue;
        if (p->at.doc != NULL)
            conf_error(p->at.doc, p->at.node,
                       "the key of '%s' was revoked in %s:%u; make a new one: siaga cert new",
                       p->person.source, conf_path(r->at.doc), conf_line(r->at.node));
        return true;
    }
    return false;
}

struct by_text { /* a key or a user, and who has it */
    const char *text;
    const struct load_person *whose;
};

static int by_text(const void *a, const void *b)
{
    const struct by_text *ta = a, *tb = b;
    int order = strcmp(ta->text, tb->text);
    return order ? order : by_source(ta->whose, tb->whose);
}

/* A key, or a user of the machine, is one person's: the second has none. */
static void one_each(struct load *l, size_t at, const char *what)
{
    struct by_text *rows = NULL;
    unsigned n = 0;
    for (unsigned i = 0; i < l->people_n; i++) {
        const char *text = *(const char **)((char *)&l->people[i].person + at);
        if (text[0] != '\0')
            *load_add(rows, n) = (struct by_text){text, &l->people[i]};
    }
    if (n > 0)
        qsort(rows, n, sizeof *rows, by_text);
    for (unsigned i = 1; i < n; i++)
        if (strcmp(rows[i].text, rows[i - 1].text) == 0) {
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
    for (unsigned i = 0; i < l->people_n; i++)
        if (revoked(l, &l->people[i]))
            l->people[i].person.public_key = "";
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

static int against_person(const void *source, const void *row)
{
    return city_order(*(const struct slice *)source, ((const struct person *)row)->source);
}

static const struct person *find(const struct city *c, struct slice source)
{
    return bsearch(&source, c->people, c->people_n, sizeof *c->people, against_person);
}

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
