/* skpd.d/ID.yaml: who an SKPD is and which categories stand in its file. Its routes are read by
 * tupoksi.c, its targets by renja.c. */
#include "load.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* What readers of one file get. */
struct skpd_reading {
    struct load *load;
    struct load_file *file;
    struct skpd_entry entry;
    const struct conf_node *id_at, *categories;
};

/* ---- who ---- */

static void read_id(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct skpd_reading *r = into;
    const char *id;
    if (!conf_text(doc, n, sizeof r->entry.open.id - 1, &id))
        return;
    if (!key_skpd_valid(slice_from(id))) {
        conf_error(doc, n, "'%s' is no id of an SKPD; use a-z, 0-9 and dash", id);
        return;
    }
    if (strcmp(id, r->file->stem) != 0)
        conf_error(doc, n, "the id is '%s' but the file is %s; name the file %s.yaml", id,
                   r->file->rel, id);
    snprintf(r->entry.open.id, sizeof r->entry.open.id, "%s", id);
    r->entry.line = conf_line(n);
    r->id_at = n;
}

static void read_name(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct skpd_reading *r = into;
    load_pair(r->load, doc, n, &r->entry.open.name_id, &r->entry.open.name_en);
}

static void read_short(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct skpd_reading *r = into;
    load_text(r->load, doc, n, 40, &r->entry.open.short_name);
}

static void read_duty(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct skpd_reading *r = into;
    const char *text;
    if (!conf_text(doc, n, 16, &text))
        return;
    r->entry.open.around_the_clock = strcmp(text, "24x7") == 0;
    if (!r->entry.open.around_the_clock && strcmp(text, "office") != 0)
        conf_error(doc, n, "unknown duty '%s'; write 24x7 or office", text);
}

static void read_outside(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct skpd_reading *r = into;
    conf_bool(doc, n, &r->entry.open.outside);
}

static void read_tupoksi(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct skpd_reading *r = into;
    load_pair(r->load, doc, n, &r->entry.open.duty_id, &r->entry.open.duty_en);
}

static void read_source(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    const char *text;
    (void)into; /* for the people who keep the file */
    conf_text(doc, n, LOAD_TEXT_MAX, &text);
}

static void read_categories(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    (void)doc;
    ((struct skpd_reading *)into)->categories = n;
}

static void read_routes(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    (void)doc;
    ((struct skpd_reading *)into)->file->routes = n;
}

static void read_targets(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    (void)doc;
    ((struct skpd_reading *)into)->file->targets = n;
}

/* ---- categories ---- */

struct category_reading {
    struct skpd_reading *skpd;
    struct category c;
    const struct conf_node *id_at;
};

static void read_category_id(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    const char *id;
    if (!conf_text(doc, n, CODE_MAX_BYTES, &id))
        return;
    if (!key_code_valid(slice_from(id))) {
        conf_error(doc, n, "'%s' is no id of a category; use a-z, 0-9, dot, dash and underscore",
                   id);
        return;
    }
    snprintf(r->c.id, sizeof r->c.id, "%s", id);
    r->c.line = conf_line(n);
    r->id_at = n;
}

static void read_title(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    load_pair(r->skpd->load, doc, n, &r->c.title_id, &r->c.title_en);
}

static void read_cap(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const char *const words[] = {"Geo",       "Met",   "Safety", "Security",
                                        "Rescue",    "Fire",  "Health", "Env",
                                        "Transport", "Infra", "CBRNE",  "Other"};
    struct category_reading *r = into;
    const char *text;
    if (!conf_text(doc, n, 32, &text))
        return;
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(text, words[i]) == 0) {
            r->c.cap = words[i];
            return;
        }
    conf_error(doc, n,
               "unknown CAP category '%s'; use one of Geo, Met, Safety, Security, Rescue, "
               "Fire, Health, Env, Transport, Infra, CBRNE, Other",
               text);
}

static void read_kind(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    uint8_t kind;
    if (load_word(doc, n, WORDS_KIND, &kind))
        r->c.kinds |= (uint8_t)(1u << kind);
}

static void read_kinds(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    if (conf_list(doc, n, read_kind, into) && r->c.kinds == 0)
        conf_error(doc, n, "'kinds' is empty; name emergency, complaint or report");
}

static void read_severity(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    load_word(doc, n, WORDS_SEVERITY, &r->c.severity);
}

static void read_secret(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    conf_bool(doc, n, &r->c.secret);
}

static void read_proof(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    conf_bool(doc, n, &r->c.proof);
}

static void read_public_after(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct category_reading *r = into;
    const char *text;
    if (conf_text(doc, n, 32, &text) && strcmp(text, "never") == 0)
        r->c.public_after_us = -1;
    else
        conf_duration(doc, n, 1000000, 366 * 86400 * 1000000ll, &r->c.public_after_us);
}

static bool is_listed(const struct load *l, const char *id, const struct load_category **ret_other)
{
    for (unsigned i = 0; i < l->categories_n; i++)
        if (strcmp(l->categories[i].entry.open.id, id) == 0) {
            *ret_other = &l->categories[i];
            return true;
        }
    return false;
}

static void read_category(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"id", true, read_category_id},
        {"title", true, read_title},
        {"cap", true, read_cap},
        {"kinds", true, read_kinds},
        {"severity", false, read_severity},
        {"secret", false, read_secret},
        {"proof", false, read_proof},
        {"public_after", false, read_public_after},
    };
    struct skpd_reading *s = into;
    struct category_reading r = {.skpd = s};
    conf_map(doc, n, fields, COUNT(fields), &r);
    if (!r.c.id[0])
        return;

    const struct load_category *other;
    if (is_listed(s->load, r.c.id, &other)) {
        conf_error(doc, r.id_at, "category '%s' stands already in %s:%u; a category has one home",
                   r.c.id, conf_path(other->at.doc), conf_line(other->at.node));
        return;
    }
    struct load_category *c = load_add(s->load->categories, s->load->categories_n);
    c->entry.open = r.c;
    c->entry.open.home = &s->file->skpd->open;
    c->at = (struct load_node){doc, r.id_at};
}

/* ---- one file ---- */

static const struct load_file *same_id(const struct load *l, const struct load_file *f,
                                       const char *id)
{
    for (const struct load_file *other = l->skpd_files; other < f; other++)
        if (other->skpd && strcmp(other->skpd->open.id, id) == 0)
            return other;
    return NULL;
}

void skpd_read(struct load *l, struct load_file *f)
{
    static const struct conf_field fields[] = {
        {"id", true, read_id},
        {"name", true, read_name},
        {"short", true, read_short},
        {"duty", false, read_duty},
        {"outside", false, read_outside},
        {"tupoksi", false, read_tupoksi},
        {"source", false, read_source},
        {"categories", false, read_categories},
        {"routes", false, read_routes},
        {"targets", false, read_targets},
    };
    if (!f->doc) {
        l->torn = true;
        return;
    }
    struct skpd_reading r = {
        .load = l, .file = f, .entry.open = {.duty_id = "", .duty_en = "", .file = f->rel}};
    conf_map(f->doc, conf_root(f->doc), fields, COUNT(fields), &r);

    const struct load_file *other = r.id_at ? same_id(l, f, r.entry.open.id) : NULL;
    if (other)
        conf_error(f->doc, r.id_at, "SKPD '%s' stands already in %s:%u; give each its own id",
                   r.entry.open.id, conf_path(other->doc), other->skpd->line);
    if (r.id_at && !other) {
        f->skpd = arena_alloc(&l->city->mem, sizeof *f->skpd);
        *f->skpd = r.entry;
    }
    l->torn = l->torn || !f->skpd;
    if (f->skpd && r.categories)
        conf_list(f->doc, r.categories, read_category, &r);
}

/* ---- the sorted tables ---- */

static int skpd_by_id(const void *a, const void *b)
{
    const struct skpd_entry *const *ea = a, *const *eb = b;
    return city_order(slice_from((*ea)->open.id), (*eb)->open.id);
}

static int category_by_id(const void *a, const void *b)
{
    const struct load_category *ca = a, *cb = b;
    return city_order(slice_from(ca->entry.open.id), cb->entry.open.id);
}

static void seal_poc(struct load *l)
{
    struct skpd_entry *poc;
    if (!l->poc.node || !load_skpd(l, l->poc.doc, l->poc.node, &poc))
        return;
    l->city->poc = poc;
    l->city->unrouted = (struct route){
        .owner = &poc->open,
        .file = poc->open.file,
        .line = poc->line,
        .rule = "no route matched; the POC holds it",
    };
}

void skpd_seal(struct load *l)
{
    struct city *c = l->city;
    c->skpd = arena_alloc(&c->mem, l->skpd_files_n * sizeof *c->skpd);
    for (unsigned i = 0; i < l->skpd_files_n; i++)
        if (l->skpd_files[i].skpd)
            c->skpd[c->skpd_n++] = l->skpd_files[i].skpd;
    qsort(c->skpd, c->skpd_n, sizeof *c->skpd, skpd_by_id);

    if (l->categories_n > 0)
        qsort(l->categories, l->categories_n, sizeof *l->categories, category_by_id);
    c->categories = arena_alloc(&c->mem, l->categories_n * sizeof *c->categories);
    c->categories_n = l->categories_n;
    for (unsigned i = 0; i < l->categories_n; i++)
        c->categories[i] = l->categories[i].entry;
    seal_poc(l);
}
