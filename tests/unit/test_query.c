/* The thread for questions ends with nothing left behind: who asks on while it closes is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/query/query.h"
#include "tests/support/scratch.h"

struct asker {
    struct query *query;
    int done, refused;
};

static void ask_where(struct asker *a);

/* As a watch that is behind: an answer is followed by the next question, until it is told to end.
 */
static void answered(void *self, struct question *q)
{
    struct asker *a = self;
    int verdict = q->verdict;
    question_free(&q);
    if (verdict == E_STOPPING) {
        a->refused++;
        return;
    }
    a->done++;
    ask_where(a);
}

static void ask_where(struct asker *a)
{
    struct question *q = question_new(QUESTION_WHERE);
    q->self = a;
    q->answered = answered;
    query_ask(a->query, q);
}

static void who_asks_on_while_it_closes_is_refused(void **state)
{
    (void)state;
    struct scratch s;
    struct err err;
    struct asker asker = {0};
    scratch_open(&s);
    assert_int_equal(query_open(&asker.query, s.store, &err), 0);
    for (int i = 0; i < 3; i++)
        ask_where(&asker);
    struct query *query = asker.query;
    query_close(&query);
    assert_int_equal(asker.done, 3); /* asked before: answered */
    assert_int_equal(asker.refused, 3);
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_on_while_it_closes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
