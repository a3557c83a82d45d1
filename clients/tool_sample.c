#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SUPPLY 256 /* events made at once */

struct sample {
    const char *kind, *category, *severity, *title, *body;
};

static const struct sample samples[] = {
    {"report", "road.pothole", "moderate", "Jalan berlubang di lajur kiri",
     "Lubang sekitar 80 cm, dalam 15 cm, pengendara motor menghindar ke kanan."},
    {"report", "drainage.blocked", "moderate", "Saluran tersumbat sampah dan lumpur",
     "Air tertahan di mulut gorong-gorong, bila hujan meluap ke badan jalan."},
    {"report", "sidewalk", "minor", "Trotoar rusak di depan sekolah",
     "Beberapa ubin terangkat akar pohon, pejalan kaki turun ke jalan."},
    {"report", "manhole.open", "severe", "Tutup lubang saluran hilang",
     "Lubang terbuka di tepi jalan, sudah diberi ranting sebagai tanda oleh warga."},
    {"report", "flood.pump", "severe", "Pompa banjir dinyalakan",
     "Pompa nomor 2 jalan, muka air turun 12 cm dalam satu jam, solar cukup."},
    {"complaint", "road.pothole", "moderate", "Lubang belum juga ditambal",
     "Sudah dua minggu, kemarin ada yang jatuh. Mohon segera diperbaiki."},
    {"complaint", "drainage.blocked", "moderate", "Selokan mampet, bau dan banyak nyamuk",
     "Warga sudah kerja bakti, tetapi sumbatannya ada di bawah jembatan kecil."},
    {"emergency", "fire.building", "severe", "Kebakaran ruko dua lantai",
     "Asap tebal dari lantai dua, penghuni sudah keluar, akses dari jalan utama."},
    {"emergency", "flood", "severe", "Air naik cepat, warga di atap",
     "Sekitar 20 keluarga terjebak, tinggi air satu setengah meter, butuh perahu karet."},
    {"emergency", "accident.injury", "severe", "Tabrakan dua motor dan satu truk",
     "Dua orang luka, satu tidak sadar, lalu lintas arah timur berhenti."},
    {"emergency", "fallen_tree", "moderate", "Pohon tumbang menutup jalan",
     "Menimpa kabel listrik, percikan api terlihat, jalan tidak dapat dilewati."},
};
#define SAMPLES_N (sizeof(samples) / sizeof(*samples))

static const struct place {
    const char *kecamatan, *address;
    double lat, lon;
} places[] = {
    {"bekasi-timur", "Jl. Ir. H. Juanda", -6.2384, 107.0006},
    {"bekasi-barat", "Jl. Bintara Raya", -6.2350, 106.9510},
    {"bekasi-utara", "Jl. Perjuangan", -6.2130, 107.0010},
    {"bekasi-selatan", "Jl. Ahmad Yani", -6.2490, 106.9920},
    {"rawalumbu", "Jl. Siliwangi", -6.2720, 107.0010},
    {"medan-satria", "Jl. Sultan Agung", -6.2010, 106.9750},
    {"bantargebang", "Jl. Raya Narogong", -6.3120, 106.9880},
    {"pondok-gede", "Jl. Raya Jatiwaringin", -6.2690, 106.9210},
    {"jatiasih", "Jl. Raya Jatiasih", -6.2930, 106.9610},
    {"jatisampurna", "Jl. Alternatif Cibubur", -6.3660, 106.9240},
    {"mustikajaya", "Jl. Raya Mustika Jaya", -6.2930, 107.0280},
    {"pondok-melati", "Jl. Raya Hankam", -6.3080, 106.9380},
};
#define PLACES_N (sizeof(places) / sizeof(*places))

/* The i-th of its kind, going round. */
static const struct sample *pick(const char *kind, unsigned i)
{
    unsigned n = 0;
    for (size_t k = 0; k < SAMPLES_N; k++)
        n += strcmp(samples[k].kind, kind) == 0;
    unsigned left = n ? i % n : 0;
    for (size_t k = 0; k < SAMPLES_N; k++)
        if (strcmp(samples[k].kind, kind) == 0 && left-- == 0)
            return &samples[k];
    return &samples[0];
}

/* Lengthens the body up to the size wanted. */
static void pad(siaga_event *ev, const char *body, size_t bytes)
{
    static const char filler[] = " Laporan lanjutan menyusul dari petugas di lapangan.";
    char text[8001];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", body);
    siaga_event_set(ev, "body", text);
    size_t have = siaga_event_bytes(ev);
    size_t most = bytes > have ? n + bytes - have : n;
    while (n < most && n < sizeof(text) - 1) {
        text[n] = filler[(n - strlen(body)) % (sizeof(filler) - 1)];
        n++;
    }
    text[n] = '\0';
    siaga_event_set(ev, "body", text);
}

/* The i-th made-up event of a kind, the same for the same i. */
static siaga_event *sample(const char *kind, unsigned i, size_t bytes)
{
    const struct sample *s = pick(kind, i);
    const struct place *p = &places[i % PLACES_N];
    siaga_event *ev = siaga_event_new(s->kind);
    siaga_event_set(ev, "mode", "test");
    siaga_event_set(ev, "category", s->category);
    siaga_event_set(ev, "severity", s->severity);
    siaga_event_set(ev, "title", s->title);
    siaga_event_set(ev, "kecamatan", p->kecamatan);
    siaga_event_set(ev, "address", p->address);
    siaga_event_set_point(ev, p->lat, p->lon);
    siaga_event_add_tag(ev, "bench");
    pad(ev, s->body, bytes);
    return ev;
}

/* ---- a supply of them ---- */

struct tool_samples {
    siaga_event *events[SUPPLY];
    uint64_t used; /* how often any was given: also part of the key */
    uint64_t run;  /* random: keys of two runs never meet */
};

struct tool_samples *tool_samples_new(const char *kind, size_t bytes)
{
    struct tool_samples *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    if (getrandom(&s->run, sizeof(s->run), 0) != sizeof(s->run))
        s->run = (uint64_t)siaga_now();
    for (unsigned i = 0; i < SUPPLY; i++)
        s->events[i] = sample(kind, i, bytes);
    return s;
}

/* A UUIDv7: the millisecond, then the count, then the run. */
siaga_event *tool_samples_next(struct tool_samples *s)
{
    uint64_t ms = (uint64_t)siaga_now() / 1000, n = s->used++;
    siaga_event *ev = s->events[n % SUPPLY];
    char key[SIAGA_KEY_BYTES];
    snprintf(key, sizeof(key), "%08x-%04x-7%03x-%04x-%04x%08x", (unsigned)(ms >> 16),
             (unsigned)(ms & 0xffff), (unsigned)(n >> 30 & 0xfff),
             (unsigned)(0x8000 | (n >> 16 & 0x3fff)), (unsigned)(n & 0xffff), (unsigned)s->run);
    siaga_event_set(ev, "key", key);
    return ev;
}

void tool_samples_free(struct tool_samples *s)
{
    for (unsigned i = 0; s && i < SUPPLY; i++)
        siaga_event_free(s->events[i]);
    free(s);
}
