/* One line of a quota: what an identity may cost. The same in siagad.yaml, for everybody, and in
 * people.d, for one. */
#include "load.h"

static void count(struct conf_doc *doc, const struct conf_node *n, int64_t most, uint32_t *into)
{
    int64_t value;
    if (conf_int(doc, n, 1, most, &value))
        *into = (uint32_t)value;
}

void quota_per_minute(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    count(doc, n, 100000000, &q->per_minute);
}

void quota_messages(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    count(doc, n, 1000000, &q->messages_per_s);
}

void quota_in_flight(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    uint64_t bytes;
    if (conf_size(doc, n, 128 << 10, 1u << 30, &bytes))
        q->in_flight_bytes = (uint32_t)bytes;
}

void quota_watches(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    count(doc, n, 4096, &q->watches);
}

void quota_credit(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    count(doc, n, 4096, &q->credit);
}

void quota_rows(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    count(doc, n, 500, &q->rows);
}

void quota_handshakes(struct conf_doc *doc, const struct conf_node *n, struct city_quota *q)
{
    count(doc, n, 1000000, &q->handshakes_per_minute);
}
