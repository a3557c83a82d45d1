#include <string.h>
#include <sysexits.h>

#include "clients/lib/error.h"
#include "clients/lib/exchange.h"
#include "clients/lib/mem.h"
#include "proto/frame.h"
#include "proto/key.h"
#include "siaga.h"

#define VERB(number, NAME, name, ...) {name, VERB_##NAME},
static const struct {
    const char *name;
    enum verb verb;
} verbs[] = {
#include "proto/verbs.def"
};

/* Those that have no answer or go on after it. */
#define NO_REQUESTS (1u << VERB_WATCH | 1u << VERB_CREDIT | 1u << VERB_UNWATCH | 1u << VERB_ATTACH)
/* Those that a repeat must not do twice. */
#define KEYED (1u << VERB_MOVE | 1u << VERB_RECLASS | 1u << VERB_WORK)

/* The verb of that name; false for those that are not for siaga_request(). */
static bool find(const char *name, enum verb *ret_verb)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, name) == 0) {
            *ret_verb = verbs[i].verb;
            return !(NO_REQUESTS >> *ret_verb & 1);
        }
    return false;
}

/* What the library adds to a request unless it is there. */
static void complete(siaga_session *s, enum verb verb, siaga_map *m)
{
    if ((KEYED >> verb & 1) && !siaga_map_has(m, "key")) {
        char key[37];
        key_uuid7(key, siaga_now());
        siaga_map_text(m, "key", key);
    }
    if (verb == VERB_HELLO && !siaga_map_has(m, "client"))
        siaga_map_text(m, "client", s->client);
}

struct siaga_call {
    siaga_session *session;
    struct exchange *exchange;
};

int siaga_call_begin(siaga_session *s, const char *name, const siaga_map *request,
                     siaga_call **ret_call, siaga_error *err)
{
    enum verb verb;
    error_clear(err);
    *ret_call = NULL;
    if (!find(name, &verb))
        return error_at(err, EX_USAGE, name, "bukan permintaan siaga", "not a request of siaga");
    siaga_map *whole = siaga_map_new();
    siaga_map_merge(whole, request);
    complete(s, verb, whole);
    struct exchange *x = exchange_ask(s, verb, whole, err);
    siaga_map_free(whole);
    if (!x)
        return EX_DATAERR;
    *ret_call = mem_zero(sizeof(**ret_call));
    **ret_call = (siaga_call){.session = s, .exchange = x};
    return 0;
}

bool siaga_call_poll(siaga_call *c, int timeout_ms, int *ret_code, siaga_doc **ret_answer,
                     siaga_error *err)
{
    struct exchange *x = c->exchange;
    int64_t until = session_clock() + timeout_ms * SESSION_MS;
    for (bool last = false; !x->done && !last;) {
        session_pump(c->session, timeout_ms < 0 ? x->deadline_at : until);
        last = timeout_ms >= 0 && (c->session->interrupted || session_clock() >= until);
    }
    if (!x->done)
        return false;
    *ret_code = error_give(err, &x->error);
    siaga_doc *body = exchange_end(c->session, x);
    if (ret_answer)
        *ret_answer = body;
    else
        siaga_doc_free(body);
    free(c);
    return true;
}

void siaga_call_free(siaga_call *c)
{
    if (!c)
        return;
    siaga_doc_free(exchange_end(c->session, c->exchange));
    free(c);
}

int siaga_request(siaga_session *s, const char *name, const siaga_map *request,
                  siaga_doc **ret_answer, siaga_error *err)
{
    siaga_call *call;
    if (ret_answer)
        *ret_answer = NULL;
    int code = siaga_call_begin(s, name, request, &call, err);
    while (!code && !siaga_call_poll(call, -1, &code, ret_answer, err))
        ;
    return code;
}
