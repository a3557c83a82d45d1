#include "import.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/base/log.h"
#include "daemon/journal/bring.h"
#include "export_file.h"
#include "house.h"

static int say(int rc, const struct err *err)
{
    if (rc != 0)
        log_error("%s", err->text);
    return rc == 0 ? 0 : rc == ERR_CONFIG ? EX_DATAERR : EX_SOFTWARE;
}

static int take(void *self, uint64_t seq, struct slice row, struct err *err)
{
    return bring_row(self, seq, row, err);
}

/* What the store ends with must be what the file begins behind. */
static int joins(const struct bring *b, const struct export_sum *sum, const char *file,
                 struct err *err)
{
    unsigned long long head = bring_head(b), from = sum->from;
    if (from != head + 1)
        return err_set(err, ERR_CONFIG,
                       "%s begins with entry %llu, the store ends with %llu; export from %llu on",
                       file, from, head, head + 1);
    if (memcmp(bring_hash(b), sum->before, sizeof sum->before) != 0)
        return err_set(err, ERR_CONFIG,
                       "%s goes on from another entry %llu than the store has: it is of another "
                       "journal",
                       file, head);
    return 0;
}

static int bring_all(struct siagad *s, const char *file, struct export_sum *sum)
{
    struct err err = {""};
    struct bring *b = NULL;
    struct journal_beside beside = {s->erasures, s->numbers, &s->identity};
    int rc = views_open(&s->views, s->store, &err);
    if (rc == 0 && views_foreign(s->views))
        rc = err_set(&err, ERR_CONFIG, "%s: its views are of another siagad; start siagad once",
                     store_dir(s->store));
    if (rc == 0)
        rc = bring_open(&b, s->store, s->views, &beside, &s->clock, &err);
    if (rc == 0)
        rc = joins(b, sum, file, &err);
    if (rc == 0)
        rc = export_file_read(file, take, b, sum, &err);
    if (rc == 0)
        rc = bring_commit(b, &err);
    if (b != NULL)
        bring_close(&b);
    return say(rc, &err);
}

int import_run(const struct siagad_options *options, const char *file)
{
    struct siagad s = {.options = options, .signals = -1};
    struct export_sum sum;
    struct err err = {""};
    clock_system(&s.clock);
    int code = say(export_file_read(file, NULL, NULL, &sum, &err), &err);
    if (code == 0)
        code = rooms_city(&s);
    if (code == 0)
        code = rooms_store(&s);
    if (code == 0)
        code = rooms_identity(&s);
    if (code == 0)
        code = bring_all(&s, file, &sum);
    if (code == 0 && sum.upto < sum.from)
        printf("%s: it holds no entry; %s is as it was\n", file, store_dir(s.store));
    else if (code == 0)
        printf("%s: entries %llu to %llu are in %s\n", file, (unsigned long long)sum.from,
               (unsigned long long)sum.upto, store_dir(s.store));
    rooms_unmake(&s);
    return code;
}
