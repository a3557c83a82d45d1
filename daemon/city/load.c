#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

/* ---- helpers of the readers ---- */

void *load_room(void *table, unsigned count, size_t size)
{
    /* doubles at 16, 32, 64 ...: the count alone tells when it is full */
    if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) {
        table = realloc(table, (count ? 2 * (size_t)count : 16) * size);
        if (!table)
            abort();
    }
    memset((char *)table + count * size, 0, size);
    return table;
}

const char *load_keep(struct load *l, const char *text)
{
    return arena_copy(&l->city->mem, text, strlen(text) + 1).p;
}

void *load_keep_rows(struct load *l, const void *rows, size_t bytes)
{
    void *kept = arena_alloc(&l->city->mem, bytes);
    return bytes ? memcpy(kept, rows, bytes) : kept;
}

bool load_text(struct load *l, struct conf_doc *doc, const struct conf_node *n, size_t most,
               const char **ret_text)
{
    const char *text;
    if (!conf_text(doc, n, most, &text))
        return false;
    *ret_text = load_keep(l, text);
    return true;
}

struct pair {
    struct load *load;
    const char *id, *en;
};

static void read_pair_id(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct pair *p = into;
    load_text(p->load, doc, n, LOAD_TEXT_MAX, &p->id);
}

static void read_pair_en(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct pair *p = into;
    load_text(p->load, doc, n, LOAD_TEXT_MAX, &p->en);
}

bool load_pair(struct load *l, struct conf_doc *doc, const struct conf_node *n, const char **ret_id,
               const char **ret_en)
{
    static const struct conf_field fields[] = {{"id", true, read_pair_id},
                                               {"en", false, read_pair_en}};
    struct pair p = {.load = l};
    if (!conf_map(doc, n, fields, 2, &p))
        return false;
    *ret_id = p.id;
    *ret_en = p.en ? p.en : p.id;
    return true;
}

/* Words of the wire that no file may use. */
static bool is_reserved(enum word_group group, uint8_t number)
{
    return group == WORDS_ROLE && number == ROLE_SYSTEM;
}

/* "; use one of a, b, c", or the one that was meant. */
static void report_word(struct conf_doc *doc, const struct conf_node *n, const char *text,
                        enum word_group group, bool any)
{
    struct nearest near;
    char choice[256] = "", hint[NEAREST_HINT_BYTES];
    uint32_t count;
    const struct word *rows = words_rows(group, &count);
    nearest_start(&near, slice_from(text));
    for (uint32_t i = 0; i < count; i++) {
        size_t used = strlen(choice);
        if (is_reserved(group, rows[i].number))
            continue;
        nearest_offer(&near, rows[i].wire);
        snprintf(choice + used, sizeof choice - used, "%s%s", i ? ", " : "", rows[i].wire);
    }
    if (near.count > 0)
        conf_error(doc, n, "unknown word '%s'%s", text, nearest_hint(&near, hint));
    else
        conf_error(doc, n, "unknown word '%s'; use one of %s%s", text, choice, any ? ", any" : "");
}

static bool read_word(struct conf_doc *doc, const struct conf_node *n, enum word_group group,
                      bool any, uint8_t *ret_number)
{
    const char *text;
    if (!conf_text(doc, n, 64, &text))
        return false;
    uint8_t number = words_find(group, slice_from(text));
    if (number == 0 && !(any && strcmp(text, "any") == 0)) {
        report_word(doc, n, text, group, any);
        return false;
    }
    *ret_number = number;
    return true;
}

bool load_word(struct conf_doc *doc, const struct conf_node *n, enum word_group group,
               uint8_t *ret_number)
{
    return read_word(doc, n, group, false, ret_number);
}

bool load_role(struct conf_doc *doc, const struct conf_node *n, uint8_t *ret_role)
{
    if (!load_word(doc, n, WORDS_ROLE, ret_role))
        return false;
    if (!is_reserved(WORDS_ROLE, *ret_role))
        return true;
    *ret_role = 0;
    conf_error(doc, n, "the role system is siagad's own; no source has it");
    return false;
}

bool load_kind(struct conf_doc *doc, const struct conf_node *n, uint8_t *ret_kind)
{
    return read_word(doc, n, WORDS_KIND, true, ret_kind);
}

/* Its file is there, but broken or with another id in it: that has been said. */
static bool has_file(const struct load *l, const char *id)
{
    for (unsigned i = 0; i < l->skpd_files_n; i++)
        if (strcmp(l->skpd_files[i].stem, id) == 0)
            return true;
    return false;
}

bool load_skpd(struct load *l, struct conf_doc *doc, const struct conf_node *n,
               struct skpd_entry **ret_skpd)
{
    const char *id;
    if (!conf_text(doc, n, 64, &id))
        return false;
    struct nearest near;
    char hint[NEAREST_HINT_BYTES];
    nearest_start(&near, slice_from(id));
    for (unsigned i = 0; i < l->skpd_files_n; i++) {
        struct skpd_entry *e = l->skpd_files[i].skpd;
        if (!e)
            continue;
        if (strcmp(e->open.id, id) == 0) {
            *ret_skpd = e;
            return true;
        }
        nearest_offer(&near, e->open.id);
    }
    if (!has_file(l, id))
        conf_error(doc, n, "unknown SKPD '%s'%s", id,
                   near.count ? nearest_hint(&near, hint) : "; each one has a file in skpd.d/");
    return false;
}

void load_check_until(struct conf_doc *doc, const struct conf_node *at, uint32_t from,
                      uint32_t until)
{
    if (at && until <= from)
        conf_error(doc, at, "'until' is not after 'from'; this line would never be valid");
}

bool load_pattern(struct load *l, struct conf_doc *doc, const struct conf_node *n,
                  struct pattern *ret_pattern)
{
    const char *text;
    struct pattern p;
    if (!conf_text(doc, n, 64, &text))
        return false;
    if (!pattern_parse(text, &p)) {
        conf_error(doc, n, "'%s' names no categories; write one id, a family such as fire.*, or *",
                   text);
        return false;
    }

    struct nearest near;
    char hint[NEAREST_HINT_BYTES];
    bool found = p.form == PATTERN_ANY || l->torn;
    nearest_start(&near, slice_from(text));
    for (unsigned i = 0; i < l->categories_n && !found; i++) {
        const char *id = l->categories[i].entry.open.id;
        found = pattern_matches(&p, slice_from(id));
        nearest_offer(&near, id);
    }
    if (!found) {
        const char *else_hint = "; they stand under 'categories' in skpd.d/";
        conf_error(doc, n, "%s '%s'%s",
                   p.form == PATTERN_EXACT ? "unknown category" : "no category is of the family",
                   text, near.count ? nearest_hint(&near, hint) : else_hint);
        return false;
    }
    *ret_pattern = p;
    return true;
}

/* ---- folders ---- */

static bool is_yaml(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".yaml") == 0;
}

static int by_rel(const void *a, const void *b)
{
    return strcmp(((const struct load_file *)a)->rel, ((const struct load_file *)b)->rel);
}

/* Opens every *.yaml of one folder in the order of names. False: not all of them could be seen. */
static bool open_folder(struct load *l, const char *folder, bool required, struct load_file **files,
                        unsigned *count, struct conf_report *report)
{
    const char *path = arena_printf(&l->city->mem, "%s%s", l->dir, folder).p;
    DIR *dir = opendir(path);
    if (!dir) {
        bool absent = errno == ENOENT;
        if (required || !absent)
            conf_error_file(report, path, "cannot be opened: %s; the city's files stand in it",
                            strerror(errno));
        return absent;
    }
    bool whole = true;
    const struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (!is_yaml(entry->d_name))
            continue;
        if (*count == LOAD_FILES_MAX) {
            conf_error_file(report, path, "holds too many files; at most %d", LOAD_FILES_MAX);
            whole = false;
            break;
        }
        struct load_file *f = load_add(*files, *count);
        f->rel = arena_printf(&l->city->mem, "%s/%s", folder, entry->d_name).p;
        snprintf(f->stem, sizeof f->stem, "%.*s", (int)strlen(entry->d_name) - 5, entry->d_name);
    }
    closedir(dir);
    if (*count == 0 && required)
        conf_error_file(report, path, "holds no *.yaml file; every SKPD has one");
    if (*count > 0)
        qsort(*files, *count, sizeof **files, by_rel);
    for (unsigned i = 0; i < *count; i++) {
        struct load_file *f = &(*files)[i];
        f->doc = conf_open(arena_printf(&l->city->mem, "%s%s", l->dir, f->rel).p, report);
    }
    return whole;
}

/* ---- the whole ---- */

static void read_people(struct load *l)
{
    bool whole =
        open_folder(l, "people.d", false, &l->people_files, &l->people_files_n, &l->people_report);
    for (unsigned i = 0; i < l->people_files_n; i++)
        people_read(l, &l->people_files[i]);
    if (!whole)
        people_keep_unseen(l);
}

static void read_all(struct load *l)
{
    settings_read(l, l->city->source);
    place_read(l, arena_printf(&l->city->mem, "%scity.yaml", l->dir).p);
    open_folder(l, "calendar.d", false, &l->calendar_files, &l->calendar_files_n, l->report);
    for (unsigned i = 0; i < l->calendar_files_n; i++)
        calendar_read(l, &l->calendar_files[i]);
    calendar_seal(l);
    open_folder(l, "skpd.d", true, &l->skpd_files, &l->skpd_files_n, l->report);
    for (unsigned i = 0; i < l->skpd_files_n; i++)
        skpd_read(l, &l->skpd_files[i]);
    skpd_seal(l);
    rules_seal(l);
    ladder_seal(l);
    for (unsigned i = 0; i < l->skpd_files_n; i++) {
        tupoksi_read(l, &l->skpd_files[i]);
        renja_read(l, &l->skpd_files[i]);
    }
    disclosure_seal(l);
    read_people(l);
}

static void drop_files(struct load_file *files, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        conf_close(&files[i].doc);
    free(files);
}

static void drop(struct load *l)
{
    conf_close(&l->siagad);
    conf_close(&l->town);
    drop_files(l->calendar_files, l->calendar_files_n);
    drop_files(l->skpd_files, l->skpd_files_n);
    drop_files(l->people_files, l->people_files_n);
    free(l->years);
    free(l->ladders);
    free(l->kecamatan);
    free(l->categories);
    free(l->routes);
    free(l->people);
    free(l->revoked);
}

/* A file of people.d with a mistake does not hold up the city; it is said, and counted, unless the
 * files are only being checked. */
static void join_people_report(struct load *l)
{
    l->city->people_error = load_keep(l, l->people_report.first);
    l->report->warnings += l->people_report.warnings;
    *(l->report->strict ? &l->report->errors : &l->report->warnings) += l->people_report.errors;
    if (l->report->first[0] == '\0')
        memcpy(l->report->first, l->people_report.first, sizeof l->report->first);
}

static const char *dir_of(struct city *c)
{
    const char *slash = strrchr(c->source, '/');
    int dir_n = slash ? (int)(slash + 1 - c->source) : 0;
    return arena_printf(&c->mem, "%.*s", dir_n, c->source).p;
}

void load_people(struct city *c, const struct city *before)
{
    struct conf_report quiet = {.out = NULL}; /* city_load() has said it all */
    struct load l = {.city = c, .report = &quiet, .before = before, .dir = dir_of(c)};
    for (unsigned i = 0; i < c->skpd_n; i++)
        load_add(l.skpd_files, l.skpd_files_n)->skpd = c->skpd[i];
    c->people_n = c->revoked_n = 0;
    read_people(&l);
    people_seal(&l);
    join_people_report(&l);
    drop(&l);
}

bool load_city(struct city *c, const char *siagad_yaml, int64_t now_us, const struct city *before,
               struct conf_report *report)
{
    struct load l = {.city = c,
                     .now_us = now_us,
                     .report = report,
                     .errors_before = report->errors,
                     .before = before,
                     .people_report = {.out = report->out}};
    c->source = load_keep(&l, siagad_yaml);
    l.dir = dir_of(c);

    read_all(&l);
    tupoksi_seal(&l);
    people_seal(&l);
    join_people_report(&l);

    unsigned total = report->errors + report->warnings;
    if (report->out && total > CONF_REPORT_MAX)
        fprintf(report->out, "%s: %u errors and %u warnings in all; the first %d are shown\n",
                siagad_yaml, report->errors, report->warnings, CONF_REPORT_MAX);
    drop(&l);
    return report->errors == l.errors_before;
}
