#include "clients/lib/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

void error_clear(siaga_error *err)
{
    if (err)
        memset(err, 0, sizeof(*err));
}

int error_give(siaga_error *err, const siaga_error *from)
{
    if (err)
        *err = *from;
    return from->code;
}

__attribute__((format(printf, 3, 4))) static void say(char *out, size_t size, const char *format,
                                                      ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, size, format, args);
    va_end(args);
}

#define SAY(field, ...) say((field), sizeof(field), __VA_ARGS__)

int error_at(siaga_error *err, int code, const char *where, const char *id, const char *en)
{
    if (!err)
        return code;
    error_clear(err);
    err->code = code;
    siaga_clean(where, err->where, sizeof(err->where));
    SAY(err->text_id, "%s%s%s", err->where, *err->where ? ": " : "", id);
    SAY(err->text_en, "%s%s%s", err->where, *err->where ? ": " : "", en);
    return code;
}

/* What the file system says about an ipc socket nobody answers at. */
static const char *reason(const char *endpoint, bool english)
{
    int missing = strncmp(endpoint, "ipc://", 6) == 0 && endpoint[6] != '@' &&
                          access(endpoint + 6, R_OK | W_OK) < 0
                      ? errno
                      : 0;
    if (missing == EACCES)
        return english ? "no permission for the socket; ask to be in the group siaga"
                       : "tidak berizin membuka soket; minta dimasukkan ke grup siaga";
    if (missing)
        return english ? "no such socket; is siagad running? check --server and SIAGA_SERVER"
                       : "soket tidak ada; apakah siagad berjalan? periksa --server dan "
                         "SIAGA_SERVER";
    return english ? "is siagad running? check --server and SIAGA_SERVER"
                   : "apakah siagad berjalan? periksa --server dan SIAGA_SERVER";
}

int error_unreachable(siaga_error *err, const char *endpoint, int waited_ms)
{
    if (!err)
        return EX_UNAVAILABLE;
    error_clear(err);
    err->code = EX_UNAVAILABLE;
    siaga_clean(endpoint, err->where, sizeof(err->where));
    SAY(err->text_id, "tidak dapat terhubung ke %s dalam %.1f dtk; %s", err->where,
        waited_ms / 1000.0, reason(endpoint, false));
    SAY(err->text_en, "cannot connect to %s within %.1f s; %s", err->where, waited_ms / 1000.0,
        reason(endpoint, true));
    return err->code;
}

int error_silent(siaga_error *err, const char *endpoint, int waited_ms)
{
    if (!err)
        return EX_TEMPFAIL;
    error_clear(err);
    err->code = EX_TEMPFAIL;
    siaga_clean(endpoint, err->where, sizeof(err->where));
    SAY(err->text_id,
        "siagad tidak menjawab di %s dalam %.1f dtk; kirim lagi dengan kunci yang sama", err->where,
        waited_ms / 1000.0);
    SAY(err->text_en,
        "no answer from siagad at %s within %.1f s; send the same again with the "
        "same key",
        err->where, waited_ms / 1000.0);
    return err->code;
}

/* ---- turned away ---- */

int error_unwanted(siaga_error *err, const char *endpoint, const char *cert)
{
    char id[320], en[320];
    if (cert) {
        SAY(id,
            "siagad di %s menolak kunci ini: belum didaftarkan, kedaluwarsa, dicabut, atau terlalu "
            "sering menyambung; tanyakan admin (siaga cert list)",
            endpoint);
        SAY(en,
            "siagad at %s refuses this key: not enrolled, expired, revoked, or connecting too "
            "often; ask the administrator (siaga cert list)",
            endpoint);
        return error_at(err, EX_NOPERM, cert, id, en);
    }
    SAY(id,
        "siagad menolak pengguna mesin ini (uid %u); minta admin menulis 'user:' pada barisnya di "
        "people.d",
        (unsigned)geteuid());
    SAY(en,
        "siagad refuses this user of the machine (uid %u); ask the administrator to write 'user:' "
        "into its row of people.d",
        (unsigned)geteuid());
    return error_at(err, EX_NOPERM, endpoint, id, en);
}

int error_stranger(siaga_error *err, const char *endpoint, const char *cert)
{
    char id[320], en[320];
    SAY(id,
        "%s memutus sebelum membuktikan dirinya siagad kita: baris 'server:' bukan kuncinya; minta "
        "server.pub kepada admin",
        endpoint);
    SAY(en,
        "%s hung up before it proved to be our siagad: the line 'server:' is not its key; ask the "
        "administrator for server.pub",
        endpoint);
    return error_at(err, EX_NOPERM, cert, id, en);
}

int error_foreign(siaga_error *err, const char *endpoint)
{
    return error_at(err, EX_PROTOCOL, endpoint,
                    "bukan siagad, atau versi yang lain; periksa --server dan SIAGA_SERVER",
                    "no siagad, or of another version; check --server and SIAGA_SERVER");
}

/* ---- refusals ---- */

static const char *hint(const siaga_doc *from, const char *verdict, bool english)
{
    const char *text = siaga_text(siaga_doc_get(from, "hint"), english ? "en" : "id");
    return *text ? text : siaga_label("verdict", verdict, english);
}

/* One sentence: the field at fault, or the whole message's hint; how many more faults there are. */
static void refusal_text(const siaga_doc *refusal, siaga_error *err, bool english, char *out,
                         size_t size)
{
    const siaga_doc *faults = siaga_doc_get(refusal, "faults"), *first = siaga_doc_at(faults, 0);
    const siaga_doc *from = first ? first : refusal;
    char more[32] = "", line[400];
    if (siaga_doc_size(faults) > 1)
        SAY(more, english ? " (+%zu more)" : " (+%zu lagi)", siaga_doc_size(faults) - 1);
    int64_t limit = siaga_int(first, "limit", 0);
    char bound[32] = "";
    if (limit)
        SAY(bound, english ? " (limit %lld)" : " (batas %lld)", (long long)limit);
    SAY(line, "%s%s%s%s%s", err->where, *err->where ? ": " : "", hint(from, err->verdict, english),
        bound, more);
    siaga_clean(line, out, size);
}

int siaga_refusal_error(const siaga_doc *refusal, siaga_error *err)
{
    const char *verdict = siaga_text(refusal, "code");
    int code = siaga_verdict_exit(verdict);
    if (!err)
        return code;
    error_clear(err);
    err->code = code;
    siaga_clean(*verdict ? verdict : "?", err->verdict, sizeof(err->verdict));
    int64_t wait_s = siaga_int(refusal, "wait_s", 0);
    err->wait_s = wait_s > 0 && wait_s < 86400 ? (unsigned)wait_s : 0;
    const siaga_doc *first = siaga_doc_at(siaga_doc_get(refusal, "faults"), 0);
    siaga_clean(siaga_text(first, "field"), err->where, sizeof(err->where));
    refusal_text(refusal, err, false, err->text_id, sizeof(err->text_id));
    refusal_text(refusal, err, true, err->text_en, sizeof(err->text_en));
    return code;
}
