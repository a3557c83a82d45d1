/* people: who a source is, and by which key it comes in. Reads people.d/. */
#include "load.h"

#include "proto/cert.h"
#include "proto/stamp.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct person_reading {
    struct load *load;
    struct person p;
    const struct conf_node *id_at, *until_at;
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
static void read_moment(struct load *l, struct conf_doc *doc, const struct conf_node *n, bool last,
                        int64_t *ret_us)
{
    uint32_t day;
    const char *text;
    if (!conf_text(doc, n, STAMP_BYTES, &text))
        return;
    if (strchr(text, ':') == NULL) {
        if (conf_date(doc, n, &day))
            *ret_us = (int64_t)(day + last) * STAMP_DAY - l->city->settings.tz_offset_s * 1000000ll;
    } else if (!stamp_parse(slice_from(text), ret_us)) {
        conf_error(doc, n, "'%s' is not a time; write it as 2026-11-24T08:00:00+07:00, or a day",
                   text);
    }
}

static void read_from(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    read_moment(r->load, doc, n, false, &r->p.from_us);
}

static void read_until(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct person_reading *r = into;
    read_moment(r->load, doc, n, true, &r->p.until_us);
    r->until_at = n;
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
    if (r.p.until_us != 0 && r.p.until_us <= r.p.from_us)
        conf_error(doc, r.until_at, "'until' is before 'from'; this key would never be valid");
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
        *load_add(l->revoked, l->revoked_n) =
            (struct load_revoked){{key, l->people_file}, {doc, n}};
}

static void read_revoked(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_list(doc, n, read_revoked_key, into);
}

/* Of the snapshot before; it lives on in this one's memory. */
static void keep_person(struct load *l, struct person p)
{
    p.file = load_keep(l, p.file);
    p.public_key = load_keep(l, p.public_key);
    p.user = load_keep(l, p.user);
    p.role.skpd = load_keep(l, p.role.skpd);
    fill_quota(l->city, &p);
    *load_add(l->people, l->people_n) = (struct load_person){.person = p};
}

static void keep_revoked(struct load *l, struct revoked_key r)
{
    r.key = load_keep(l, r.key);
    r.file = load_keep(l, r.file);
    *load_add(l->revoked, l->revoked_n) = (struct load_revoked){.row = r};
}

static bool is_of(const char *file, const void *rel)
{
    return strcmp(file, rel) == 0;
}

static bool is_unseen(const char *file, const void *load)
{
    const struct load *l = load;
    for (unsigned i = 0; i < l->people_files_n; i++)
        if (strcmp(l->people_files[i].rel, file) == 0)
            return false;
    return true;
}

static void keep_before(struct load *l, bool (*wanted)(const char *file, const void *what),
                        const void *what)
{
    if (l->before == NULL)
        return;
    for (unsigned i = 0; i < l->before->people_n; i++)
        if (wanted(l->before->people[i].file, what))
            keep_person(l, l->before->people[i]);
    for (unsigned i = 0; i < l->before->revoked_n; i++)
        if (wanted(l->before->revoked[i].file, what))
            keep_revoked(l, l->before->revoked[i]);
}

void people_keep_unseen(struct load *l)
{
    keep_before(l, is_unseen, l);
}

/* All or nothing of a file: one with a mistake leaves its people as they were, or out. What it
 * revokes counts all the same, with what it revoked before. */
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
    keep_before(l, is_of, f->rel);
}
