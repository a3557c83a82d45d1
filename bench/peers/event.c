/* The event that all of them store: a report of the city, 300 bytes of msgpack, of eight SKPD and
 * all kecamatan in turn. */
#include "load.h"

#include <stdio.h>
#include <string.h>

#include "proto/pack.h"

static const struct {
    const char *category, *skpd, *severity, *title;
} reports[] = {
    {"drainage.blocked", "dbmsda", "moderate", "Saluran tersumbat sampah dan lumpur"},
    {"waste.uncollected", "dlh", "minor", "Sampah belum diangkut tiga hari"},
    {"traffic.jam", "dishub", "minor", "Lalu lintas tidak bergerak"},
    {"noise", "satpolpp", "minor", "Pengeras suara sampai larut malam"},
    {"fallen_tree", "bpbd", "severe", "Pohon tumbang menutup jalan"},
    {"park", "disperkimtan", "minor", "Lampu taman mati"},
    {"water.dirty", "tirta-patriot", "moderate", "Air keruh dan berbau"},
    {"food.safety", "disketapang", "extreme", "Makanan kedaluwarsa dijual"},
};
#define REPORTS_N (sizeof reports / sizeof *reports)

static const char *const kecamatans[] = {"bekasi-timur",   "bekasi-barat", "bekasi-utara",
                                         "bekasi-selatan", "rawalumbu",    "medan-satria",
                                         "bantargebang",   "pondok-gede",  "jatiasih",
                                         "jatisampurna",   "mustikajaya",  "pondok-melati"};
#define KECAMATANS_N (sizeof kecamatans / sizeof *kecamatans)

static const char filler[] = "Warga sudah melapor kepada ketua RT, petugas diminta datang sebelum "
                             "hujan turun lagi karena jalan di depan sekolah tidak dapat dilewati "
                             "oleh kendaraan roda dua maupun roda empat sejak pagi tadi.";

/* Everything but the key; the body is as long as the rest leaves room for. */
static void pattern(uint8_t bytes[EVENT_BYTES], size_t report, size_t kecamatan)
{
    static const char *const fields[] = {"kind", "category", "severity", "title", "kecamatan"};
    const char *values[] = {"report", reports[report].category, reports[report].severity,
                            reports[report].title, kecamatans[kecamatan]};
    struct writer w;
    writer_init(&w, bytes, EVENT_BYTES);
    writer_map(&w, 7);
    writer_text(&w, "key");
    writer_text(&w, "000000000000000000000000");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        writer_text(&w, fields[i]);
        writer_text(&w, values[i]);
    }
    writer_text(&w, "body");
    writer_str(&w, (struct slice){filler, (uint32_t)(EVENT_BYTES - w.n - 2)});
    if (w.err || w.n != EVENT_BYTES)
        fail("the event has not its size");
}

static void hex(uint8_t *out, uint64_t v, int digits)
{
    for (; digits > 0; v >>= 4)
        out[--digits] = (uint8_t) "0123456789abcdef"[v & 15];
}

void event_make(struct event *e, uint32_t number, uint64_t at)
{
    static uint8_t patterns[REPORTS_N][KECAMATANS_N][EVENT_BYTES];
    size_t r = number % REPORTS_N, k = number / REPORTS_N % KECAMATANS_N;
    if (patterns[r][k][0] == 0)
        pattern(patterns[r][k], r, k);
    memcpy(e->bytes, patterns[r][k], EVENT_BYTES);
    hex(e->bytes + EVENT_KEY_AT, at, 16);
    hex(e->bytes + EVENT_KEY_AT + 16, number, 8);
    e->at = at;
    e->number = number;
    e->skpd = (uint16_t)r;
    e->kecamatan = (uint16_t)k;
    e->severity = (uint16_t)(reports[r].severity[1] % 8);
}

const char *event_skpd(uint64_t i)
{
    return reports[i % REPORTS_N].skpd;
}

uint64_t event_key_at(const uint8_t *key)
{
    uint64_t v = 0;
    for (int i = 0; i < 16; i++)
        v = v << 4 | (uint64_t)(key[i] <= '9' ? key[i] - '0' : key[i] - 'a' + 10);
    return v;
}
