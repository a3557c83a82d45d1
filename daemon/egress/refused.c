#include "refused.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "proto/stamp.h"
#include "proto/text.h"

#define KEPT_DAYS 90u
#define DAY_MOST_BYTES (64ll << 20) /* a flood of nonsense does not fill the disk */

struct refused {
    char dir[4200];
    FILE *file;
    uint32_t day;
    uint64_t count[VERDICT_COUNT];
};

struct refused *refused_new(const char *store_dir)
{
    struct refused *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    if (store_dir == NULL)
        return r;
    snprintf(r->dir, sizeof r->dir, "%s/refused", store_dir);
    if (mkdir(r->dir, 0700) != 0 && errno != EEXIST) {
        log_warn("%s: %s; refusals are counted but not listed", r->dir, strerror(errno));
        r->dir[0] = '\0';
    }
    return r;
}

void refused_free(struct refused **r)
{
    if (*r == NULL)
        return;
    if ((*r)->file != NULL)
        fclose((*r)->file);
    free(*r);
    *r = NULL;
}

/* Names of files are days, so the order of names is the order of time. */
static void drop_old(const struct refused *r)
{
    char oldest[STAMP_BYTES];
    stamp_date(r->day - KEPT_DAYS, oldest);
    DIR *dir = opendir(r->dir);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (strlen(e->d_name) == 16 && strcmp(e->d_name + 10, ".jsonl") == 0 &&
            strncmp(e->d_name, oldest, 10) < 0)
            unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        closedir(dir);
}

static void open_day(struct refused *r, uint32_t day)
{
    int y, m, d;
    char path[4300];
    if (r->dir[0] == '\0' || (r->file != NULL && r->day == day))
        return;
    if (r->file != NULL)
        fclose(r->file);
    r->day = day;
    stamp_day_parts(day, &y, &m, &d);
    snprintf(path, sizeof path, "%s/%04d-%02d-%02d.jsonl", r->dir, y, m, d);
    r->file = fopen(path, "ae");
    if (r->file == NULL) {
        log_warn("%s: %s; refusals are counted but not listed", path, strerror(errno));
        r->dir[0] = '\0';
    }
    drop_old(r);
}

void refused_tally(struct refused *r, int verdict)
{
    r->count[verdict > 0 && verdict < VERDICT_COUNT ? verdict : E_BUG]++;
}

void refused_note(struct refused *r, int64_t now_us, struct slice source, uint8_t verb, int verdict,
                  const struct faults *faults)
{
    char at[STAMP_BYTES], who[64];
    refused_tally(r, verdict);
    open_day(r, stamp_day(now_us, 0));
    if (r->file == NULL || ftello(r->file) > DAY_MOST_BYTES)
        return;
    stamp_utc(now_us, at);
    text_clean(source, who, sizeof who);
    for (char *c = who; *c != '\0'; c++)
        if (*c == '"' || *c == '\\')
            *c = '?';
    fprintf(r->file, "{\"at\":\"%s\",\"source\":\"%s\",\"verb\":%u,\"code\":\"%s\",\"fields\":[",
            at, who, verb, verdict_name(verdict));
    for (uint32_t i = 0; faults != NULL && i < faults->count && i < FAULTS_MAX; i++)
        fprintf(r->file, "%s[\"%s\",\"%s\"]", i == 0 ? "" : ",",
                verdict_name(faults->at[i].verdict), faults->at[i].field);
    fputs("]}\n", r->file);
}

void refused_flush(struct refused *r)
{
    if (r->file != NULL)
        fflush(r->file);
}

uint64_t refused_count(const struct refused *r, int verdict)
{
    return r->count[verdict];
}
