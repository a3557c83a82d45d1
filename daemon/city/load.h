/* load: the way from a city's folder to a snapshot. Lives for one city_load() call; all files
 * stay open in it, so that a check across files can still point at any line.
 *
 * Order: siagad.yaml, city.yaml, calendar.d/, then of all skpd.d/ first who and what there is
 * (skpd.c), then what refers to it (rules.c, ladder.c, tupoksi.c, renja.c), then people.d/. */
#ifndef SIAGA_CITY_LOAD_H
#define SIAGA_CITY_LOAD_H

#include "city_private.h"
#include "conf.h"
#include "nearest.h"

#define LOAD_FILES_MAX 8192 /* in one folder */
#define LOAD_TEXT_MAX 400   /* bytes of a sentence */

/* A node with its file: enough to point at it. */
struct load_node {
    struct conf_doc *doc;
    const struct conf_node *node;
};

/* One file of calendar.d/, skpd.d/ or people.d/. */
struct load_file {
    struct conf_doc *doc; /* NULL: could not be read */
    const char *rel;      /* "skpd.d/dinkes.yaml" in the city's memory */
    char stem[64];        /* "dinkes" */
    struct skpd_entry *skpd;
    const struct conf_node *routes, *targets;
};

struct load_category {
    struct category_entry entry;
    struct load_node at; /* its id */
};

struct load_route {
    struct route_row row;
    struct load_node at; /* the line */
};

struct load_person {
    struct person person;
    struct load_node at; /* its id; NULL doc: of the snapshot before */
};

struct load_revoked {
    struct revoked_key row;
    struct load_node at; /* NULL doc: of the snapshot before */
};

struct load {
    struct city *city;
    struct conf_report *report;
    unsigned errors_before; /* of the report, when this load began */
    const char *dir;        /* of siagad.yaml with the last slash, or "" */
    struct conf_doc *siagad, *town;
    struct load_node poc;
    int64_t now_us; /* whose year must have a calendar; 0: none must */
    struct load_node hours, secretariat, escalation, retention;
    struct load_file *skpd_files, *people_files, *calendar_files;
    unsigned skpd_files_n, people_files_n, calendar_files_n;
    struct calendar_year *years;
    struct ladder_row *ladders;
    bool torn; /* a file of skpd.d/ could not be read: what is unknown may stand there */
    struct kecamatan *kecamatan; /* city.kecamatan_n of them, while they are read */
    struct load_category *categories;
    struct load_route *routes;
    struct load_person *people;
    struct load_revoked *revoked;
    unsigned categories_n, routes_n, people_n, revoked_n;
    const struct city *before;        /* NULL: none */
    struct conf_report people_report; /* mistakes in people.d are counted apart */
    const char *people_file;          /* the one that is being read */
};

/* False: something was wrong and said. */
bool load_city(struct city *c, const char *siagad_yaml, int64_t now_us, const struct city *before,
               struct conf_report *report);

/* The people of c as their files are now; the rest of c stands already. */
void load_people(struct city *c, const struct city *before);

/* ---- for the files that read: every load_* that gives false has said why ---- */

/* Grows a table of the load by one and gives the new, zeroed row. */
#define load_add(table, count) \
    ((table) = load_room((table), (count), sizeof *(table)), &(table)[(count)++])
void *load_room(void *table, unsigned count, size_t size);

/* A copy in the city's memory. */
const char *load_keep(struct load *l, const char *text);
void *load_keep_rows(struct load *l, const void *rows, size_t bytes);
/* conf_text() kept. */
bool load_text(struct load *l, struct conf_doc *doc, const struct conf_node *n, size_t most,
               const char **ret_text);
/* {id: ..., en: ...}; en may be left out and is then the same as id. */
bool load_pair(struct load *l, struct conf_doc *doc, const struct conf_node *n, const char **ret_id,
               const char **ret_en);
/* A word of kinds.def. */
bool load_word(struct conf_doc *doc, const struct conf_node *n, enum word_group group,
               uint8_t *ret_number);
/* A role somebody may have: system is siagad's own. */
bool load_role(struct conf_doc *doc, const struct conf_node *n, uint8_t *ret_role);
/* A kind or `any` (0). */
bool load_kind(struct conf_doc *doc, const struct conf_node *n, uint8_t *ret_kind);
/* The id of an SKPD that has a file. False without a word when there is a file of that name, but
 * broken or with another id in it. */
bool load_skpd(struct load *l, struct conf_doc *doc, const struct conf_node *n,
               struct skpd_entry **ret_skpd);
/* From when and until when a line is valid: says so when it never is. `at` may be NULL: not given.
 */
void load_check_until(struct conf_doc *doc, const struct conf_node *at, uint32_t from,
                      uint32_t until);
/* A category, a family of at least one category, or *. */
bool load_pattern(struct load *l, struct conf_doc *doc, const struct conf_node *n,
                  struct pattern *ret_pattern);

/* ---- one line of a quota, in siagad.yaml and in people.d ---- */
void quota_per_minute(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);
void quota_messages(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);
void quota_in_flight(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);
void quota_watches(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);
void quota_credit(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);
void quota_rows(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);
void quota_handshakes(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q);

/* ---- the hours of a week, in city.yaml and in Ramadan ---- */
/* "hh:mm" of 5 characters, up to 24:00, in minutes; -1: it is none. */
int hours_clock(const char *p);
bool hours_read(struct conf_doc *doc, const struct conf_node *n, struct calendar_weekday week[7]);

/* ---- sections of city.yaml: readers that take the load ---- */
void rules_secretariat(struct conf_doc *doc, const struct conf_node *n, void *into);
void rules_waiting(struct conf_doc *doc, const struct conf_node *n, void *into);
void rules_after(struct conf_doc *doc, const struct conf_node *n, void *into);
void rules_work(struct conf_doc *doc, const struct conf_node *n, void *into);
void rules_silence(struct conf_doc *doc, const struct conf_node *n, void *into);
void ladder_escalation(struct conf_doc *doc, const struct conf_node *n, void *into);
void disclosure_media(struct conf_doc *doc, const struct conf_node *n, void *into);
void disclosure_retention(struct conf_doc *doc, const struct conf_node *n, void *into);
void ladder_drill_levels(struct conf_doc *doc, const struct conf_node *n, void *into);

/* ---- the files, in order ---- */
void settings_read(struct load *l, const char *path);
void rules_defaults(struct rules *r);
void place_read(struct load *l, const char *path);       /* city.yaml */
void calendar_read(struct load *l, struct load_file *f); /* one year */
void calendar_seal(struct load *l);                      /* the years that must be there */
void skpd_read(struct load *l, struct load_file *f);     /* who, and its categories */
void skpd_seal(struct load *l);                          /* sorted tables, the POC */
void rules_seal(struct load *l);                         /* what names an SKPD */
void ladder_seal(struct load *l);                        /* what names categories */
void disclosure_seal(struct load *l);                    /* the same */
void tupoksi_read(struct load *l, struct load_file *f);
void tupoksi_seal(struct load *l);
void renja_read(struct load *l, struct load_file *f);
void people_read(struct load *l, struct load_file *f);
/* What the snapshot before had of files the folder did not show this time. */
void people_keep_unseen(struct load *l);
void people_seal(struct load *l);

#endif
