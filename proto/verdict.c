#include "verdict.h"

#include "text.h"

struct row {
    const char *name;
    int exit_code;
    const char *id, *en;
};

#define VERDICT(number, NAME, exit_code, id, en) [number] = {#NAME, exit_code, id, en},
static const struct row rows[VERDICT_COUNT] = {
#include "verdicts.def"
};

/* The row of a verdict; row 0, all empty, for what is none. */
static const struct row *row_of(int v)
{
    return &rows[v > 0 && v < VERDICT_COUNT ? v : 0];
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

const char *verdict_name(int v)
{
    return text_or_empty(row_of(v)->name);
}

int verdict_find(struct slice name)
{
    for (int v = 1; v < VERDICT_COUNT; v++) {
        if (rows[v].name && slice_is(name, rows[v].name))
            return v;
    }
    return 0;
}

int verdict_exit(int v)
{
    return row_of(v)->exit_code;
}

const char *verdict_hint(int v, bool english)
{
    return text_or_empty(english ? row_of(v)->en : row_of(v)->id);
}

struct fault *faults_add(struct faults *f, int verdict, const char *field, int64_t limit,
                         struct slice seen)
{
    /* Past the last row a fault is only counted; the caller may still write to what it gets. */
    static _Thread_local struct fault spare;
    struct fault *row = f->count < FAULTS_MAX ? &f->at[f->count] : &spare;
    f->count++;

    *row = (struct fault){.verdict = verdict, .limit = limit};
    text_clean(slice_from(field), row->field, sizeof(row->field));
    text_clean(seen, row->seen, FAULT_SEEN_BYTES + 1);
    return row;
}

int faults_worst(const struct faults *f)
{
    uint32_t kept = f->count < FAULTS_MAX ? f->count : FAULTS_MAX;
    for (uint32_t i = 0; i < kept; i++) {
        if (f->at[i].verdict != E_FIELD && f->at[i].verdict != E_LIMIT)
            return f->at[i].verdict;
    }
    return kept ? f->at[0].verdict : V_DONE;
}

static void fault_pack(struct writer *w, const struct fault *fault)
{
    uint32_t optional = (fault->limit ? 1u : 0u) + (fault->seen[0] ? 1u : 0u);
    writer_map(w, 3 + optional);
    writer_text(w, "code");
    writer_text(w, verdict_name(fault->verdict));
    writer_text(w, "field");
    writer_text(w, fault->field);
    if (fault->limit) {
        writer_text(w, "limit");
        writer_int(w, fault->limit);
    }
    if (fault->seen[0]) {
        writer_text(w, "seen");
        writer_text(w, fault->seen);
    }
    writer_text(w, "hint");
    writer_map(w, 2);
    writer_text(w, "id");
    writer_text(w, fault->hint_id ? fault->hint_id : verdict_hint(fault->verdict, false));
    writer_text(w, "en");
    writer_text(w, fault->hint_en ? fault->hint_en : verdict_hint(fault->verdict, true));
}

void faults_pack(struct writer *w, const struct faults *f)
{
    uint32_t kept = f->count < FAULTS_MAX ? f->count : FAULTS_MAX;
    writer_array(w, kept);
    for (uint32_t i = 0; i < kept; i++)
        fault_pack(w, &f->at[i]);
}
