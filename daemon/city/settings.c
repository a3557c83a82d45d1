#include "load.h"

#define GIB (1ull << 30)

/* All readers of this file get the load; the settings are in its city. */
static struct city_settings *settings_of(void *into)
{
    return &((struct load *)into)->city->settings;
}

static void read_text(struct conf_doc *doc, const struct conf_node *n, char *out, size_t size)
{
    const char *text;
    if (conf_text(doc, n, size - 1, &text))
        snprintf(out, size, "%s", text);
}

static uint32_t read_count(struct conf_doc *doc, const struct conf_node *n, int64_t least,
                           int64_t most, uint32_t otherwise)
{
    int64_t value;
    return conf_int(doc, n, least, most, &value) ? (uint32_t)value : otherwise;
}

static void read_endpoint(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct city_settings *s = settings_of(into);
    const char *text;
    if (!conf_text(doc, n, sizeof s->listen[0] - 1, &text))
        return;
    bool ipc = strncmp(text, "ipc://", 6) == 0;
    if (!ipc && strncmp(text, "tcp://", 6) != 0)
        conf_error(doc, n, "'%s' is no endpoint; write ipc:///PATH or tcp://ADDRESS:PORT", text);
    else if (ipc && strlen(text + 6) > 107)
        conf_error(doc, n,
                   "the path of a local endpoint is at most 107 bytes; choose a shorter one");
    else if (s->listen_n == CITY_LISTEN_MAX)
        conf_error(doc, n, "too many endpoints; at most %d", CITY_LISTEN_MAX);
    else
        snprintf(s->listen[s->listen_n++], sizeof s->listen[0], "%s", text);
}

static void read_listen(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    if (conf_list(doc, n, read_endpoint, into) && settings_of(into)->listen_n == 0)
        conf_error(doc, n, "'listen' is empty; name one endpoint at least");
}

static void read_store(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    read_text(doc, n, settings_of(into)->store, sizeof settings_of(into)->store);
}

static void read_node(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct city_settings *s = settings_of(into);
    const char *text;
    if (!conf_text(doc, n, sizeof s->node - 1, &text))
        return;
    if (!key_code_valid(slice_from(text)))
        conf_error(doc, n, "'%s' is no name for a node; use a-z, 0-9, dot, dash and underscore",
                   text);
    else
        snprintf(s->node, sizeof s->node, "%s", text);
}

static void read_journal_size(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_size(doc, n, 1ull << 20, 1024 * GIB, &settings_of(into)->journal_bytes);
}

static void read_views_size(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_size(doc, n, 1ull << 20, 1024 * GIB, &settings_of(into)->views_bytes);
}

static void read_persons_size(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_size(doc, n, 1ull << 20, 1024 * GIB, &settings_of(into)->persons_bytes);
}

static void read_server_key(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    read_text(doc, n, settings_of(into)->server_key, sizeof settings_of(into)->server_key);
}

static void read_erasures(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    read_text(doc, n, settings_of(into)->erasures, sizeof settings_of(into)->erasures);
}

static void read_ipc(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    const char *text;
    if (!conf_text(doc, n, 16, &text))
        return;
    settings_of(into)->ipc_claimed = strcmp(text, "claimed") == 0;
    if (strcmp(text, "claimed") != 0 && strcmp(text, "users") != 0)
        conf_error(doc, n, "'%s' is no way to know who comes in over ipc; write users or claimed",
                   text);
}

static void read_open_role(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_role(doc, n, &settings_of(into)->open_role);
}

static void read_late_after(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_duration(doc, n, 1000000, 30 * 86400 * 1000000ll, &settings_of(into)->late_after_us);
}

static void read_waiting(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct city_settings *s = settings_of(into);
    s->waiting_max = read_count(doc, n, 1, 1 << 20, s->waiting_max);
}

static void read_reserve(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct city_settings *s = settings_of(into);
    s->reserve_percent = read_count(doc, n, 0, 50, s->reserve_percent);
}

static void read_scrub_every(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_duration(doc, n, 1000000, 365 * 86400 * 1000000ll, &settings_of(into)->scrub_every_us);
}

static void read_scrub_rows(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct city_settings *s = settings_of(into);
    s->scrub_rows = read_count(doc, n, 10, 1000000, s->scrub_rows);
}

/* What an identity may cost, when people.d says nothing else of it. */
#define QUOTA_READER(name)                                                               \
    static void read_##name(struct conf_doc *doc, const struct conf_node *n, void *into) \
    {                                                                                    \
        quota_##name(doc, n, &settings_of(into)->quota);                                 \
    }
QUOTA_READER(per_minute)
QUOTA_READER(messages)
QUOTA_READER(in_flight)
QUOTA_READER(watches)
QUOTA_READER(credit)
QUOTA_READER(rows)
QUOTA_READER(handshakes)

static void read_limits(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"late_after", false, read_late_after},   {"waiting", false, read_waiting},
        {"reserve_percent", false, read_reserve}, {"scrub_rows", false, read_scrub_rows},
        {"per_minute", false, read_per_minute},   {"messages", false, read_messages},
        {"in_flight", false, read_in_flight},     {"watches", false, read_watches},
        {"credit", false, read_credit},           {"rows", false, read_rows},
        {"handshakes", false, read_handshakes},
    };
    conf_map(doc, n, fields, sizeof fields / sizeof *fields, into);
}

void settings_read(struct load *l, const char *path)
{
    static const struct conf_field fields[] = {
        {"listen", true, read_listen},
        {"store", true, read_store},
        {"node", false, read_node},
        {"journal_size", false, read_journal_size},
        {"views_size", false, read_views_size},
        {"persons_size", false, read_persons_size},
        {"server_key", false, read_server_key},
        {"ipc", false, read_ipc},
        {"erasures", false, read_erasures},
        {"open_role", false, read_open_role},
        {"scrub_every", false, read_scrub_every},
        {"limits", false, read_limits},
    };
    l->city->settings = (struct city_settings){
        .node = "node-1",
        .journal_bytes = 4 * GIB,
        .views_bytes = 4 * GIB,
        .open_role = ROLE_FIELD,
        .late_after_us = 60 * 60 * 1000000ll,
        .persons_bytes = 256ull << 20,
        .quota = {.per_minute = 6000,
                  .messages_per_s = 2000,
                  .in_flight_bytes = 16u << 20,
                  .watches = 32,
                  .credit = 4096,
                  .rows = 500,
                  .handshakes_per_minute = 600},
        .waiting_max = 16384,
        .reserve_percent = 5,
        .scrub_every_us = 7 * 86400 * 1000000ll,
        .scrub_rows = 5000,
        .tz_offset_s = 7 * 3600,
        .tz_name = "WIB",
    };
    l->siagad = conf_open(path, l->report);
    if (l->siagad)
        conf_map(l->siagad, conf_root(l->siagad), fields, sizeof fields / sizeof *fields, l);
    struct city_settings *set = &l->city->settings;
    if (set->erasures[0] == '\0')
        snprintf(set->erasures, sizeof set->erasures, "%s-erased", set->store);
}
