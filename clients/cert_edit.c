#include "cert_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cert_edit_row(const struct people_row *row, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "{id: %s, role: %s", row->id, row->role);
    const char *const pairs[][3] = {{", skpd: ", row->skpd, ""},
                                    {", public: \"", row->public_key, "\""},
                                    {", from: ", row->from, ""},
                                    {", until: ", row->until, ""}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (*pairs[i][1] && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s%s", pairs[i][0], pairs[i][1],
                                  pairs[i][2]);
    if (n < size)
        snprintf(out + n, size - n, "}");
}

/* The text with `in` instead of the bytes of a span. */
static char *exchange(const char *text, size_t n, struct people_span span, const char *in)
{
    char *whole = malloc(n - (span.to - span.from) + strlen(in) + 1);
    if (!whole)
        abort();
    memcpy(whole, text, span.from);
    size_t at = span.from + strlen(in);
    memcpy(whole + span.from, in, strlen(in) + 1);
    memcpy(whole + at, text + span.to, n - span.to);
    whole[at + n - span.to] = '\0';
    return whole;
}

char *cert_edit_add_key(const struct people_file *f, const struct people_row *row, const char *key,
                        const char *from)
{
    char pairs[256];
    struct people_span end = {row->end, row->end};
    if (row->key_pair.to)
        return NULL;
    if (row->block)
        snprintf(pairs, sizeof(pairs), "\n%*spublic: \"%s\"", (int)row->indent, "", key);
    else
        snprintf(pairs, sizeof(pairs), ", public: \"%s\"", key);
    size_t n = strlen(pairs);
    if (!row->from_value.to && row->block)
        snprintf(pairs + n, sizeof(pairs) - n, "\n%*sfrom: %s", (int)row->indent, "", from);
    else if (!row->from_value.to)
        snprintf(pairs + n, sizeof(pairs) - n, ", from: %s", from);
    char *with = exchange(f->text, f->n, end, pairs);
    if (!row->from_value.to)
        return with;
    char *whole =
        exchange(with, strlen(with), row->from_value, from); /* it stands before the end */
    free(with);
    return whole;
}

char *cert_edit_drop_key(const struct people_file *f, const struct people_row *row)
{
    return row->fixed ? NULL : exchange(f->text, f->n, row->key_pair, "");
}

char *cert_edit_revoke(const struct people_file *f, const struct people_revoked *r,
                       const char *reason)
{
    static const char head[] =
        "# Keys that never come in again. siaga cert revoke adds to the list; nothing leaves it.\n"
        "people: []\n";
    char item[512], whole[560];
    snprintf(item, sizeof(item), "\n  # %s %s %s %s: %s\n  - \"%s\"", r->when, r->id, r->role,
             *r->skpd ? r->skpd : "-", reason, r->key);
    if (f && f->has_revoked && !f->revoked_end)
        return NULL;
    if (f && f->has_revoked)
        return exchange(f->text, f->n, (struct people_span){f->revoked_end, f->revoked_end}, item);
    const char *text = f ? f->text : head;
    size_t n = strlen(text);
    snprintf(whole, sizeof(whole), "%srevoked:%s\n", n && text[n - 1] != '\n' ? "\n" : "", item);
    return exchange(text, n, (struct people_span){n, n}, whole);
}
