/* asker: questions put to the thread that answers them, one at a time. */
#ifndef SIAGA_TESTS_ASKER_H
#define SIAGA_TESTS_ASKER_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/query/query.h"
#include "proto/pack.h"

static inline void asker_note(void *self, struct question *q)
{
    (void)q;
    *(bool *)self = true;
}

static inline void asker_ask(struct query *query, struct question *q)
{
    bool answered = false;
    q->answered = asker_note;
    q->self = &answered;
    query_ask(query, q);
    while (!answered) {
        struct pollfd fd = {query_fd(query), POLLIN, 0};
        if (poll(&fd, 1, 20000) != 1) {
            fprintf(stderr, "asker: no answer\n");
            abort();
        }
        query_work(query);
    }
}

/* LIST asks with an expression; here it is made of the question's filter. */
static inline void asker_where(struct question *q, bool open)
{
    q->where = where_with_filter(NULL, &q->filter, open, &q->arena);
    where_number(&q->where);
}

/* The value of a name in a map; the reader is moved over the map. */
static inline bool asker_find(struct reader *map, const char *name, struct reader *ret)
{
    bool found = false;
    for (uint32_t n = reader_map(map); n > 0 && map->err == 0; n--) {
        bool this = slice_is(reader_str(map), name);
        if (this)
            *ret = *map;
        found = found || this;
        reader_skip(map);
    }
    return found && map->err == 0;
}

static inline uint64_t asker_number(struct reader map, const char *name)
{
    struct reader r;
    return asker_find(&map, name, &r) && reader_peek(&r) == PACK_UINT ? reader_uint(&r) : 0;
}

static inline struct slice asker_text(struct reader map, const char *name)
{
    struct reader r;
    return asker_find(&map, name, &r) && reader_peek(&r) == PACK_STR ? reader_str(&r)
                                                                     : (struct slice){0};
}

#endif
