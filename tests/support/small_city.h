/* small_city: a made-up city of five SKPD that has every form of line once. Tests write it out,
 * then replace a file. Its calendar is that of 2026: read it as of a moment of that year. */
#ifndef SIAGA_TESTS_SMALL_CITY_H
#define SIAGA_TESTS_SMALL_CITY_H

#include "folder.h"

struct small_city_file {
    const char *rel, *text;
};

static const struct small_city_file small_city[] = {
    {"siagad.yaml",
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n"
     "store: /tmp/store\n"
     "node: kota-1\n"
     "journal_size: 64MiB\n"
     "views_size: 32MiB\n"
     "open_role: operator\n"
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n"},
    {"city.yaml", "name: {id: Kota Contoh, en: Sample City}\n"
                  "poc: poc\n"
                  "timezone: {name: WIB, offset: \"+07:00\"}\n"
                  "bounds: {south: -6.40, west: 106.88, north: -6.15, east: 107.05}\n"
                  "kecamatan:\n"
                  "  - {id: utara, name: Utara, code: \"32.01.01\"}\n"
                  "  - {id: selatan, name: Selatan, code: \"32.01.02\"}\n"
                  "hours:\n"
                  "  monday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
                  "  tuesday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
                  "  wednesday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
                  "  thursday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
                  "  friday: [\"07:30-11:30\", \"13:00-16:30\"]\n"},
    {"calendar.d/2026.yaml",
     "year: 2026\n"
     "decree: \"SKB 1497, 2, 5 Tahun 2025\"\n"
     "holidays:\n"
     "  - {date: 2026-01-01, name: Tahun Baru}\n"
     "  - {date: 2026-03-21, name: Idul Fitri}\n"
     "  - {date: 2026-12-25, name: Natal}\n"
     "joint_leave:\n"
     "  - {date: 2026-12-24, name: Cuti bersama Natal, decree: \"SKB perubahan\"}\n"
     "ramadan:\n"
     "  from: 2026-02-19\n"
     "  until: 2026-03-21\n"
     "  hours:\n"
     "    monday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    tuesday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    wednesday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    thursday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    friday: [\"08:00-11:30\", \"12:30-15:30\"]\n"},
    {"skpd.d/poc.yaml", "id: poc\n"
                        "name: {id: Pusat Operasi, en: Operations Centre}\n"
                        "short: POC\n"
                        "duty: 24x7\n"},
    {"skpd.d/damkar.yaml",
     "id: damkar\n"
     "name: {id: Dinas Pemadam, en: Fire Service}\n"
     "short: Damkar\n"
     "duty: 24x7\n"
     "tupoksi: {id: Memadamkan api., en: Puts fires out.}\n"
     "categories:\n"
     "  - {id: fire.building, title: {id: Kebakaran bangunan, en: Building fire}, cap: Fire,"
     " kinds: [emergency, complaint, report], severity: severe}\n"
     "  - {id: fire.land, title: {id: Kebakaran lahan, en: Land fire}, cap: Fire,"
     " kinds: [emergency, report]}\n"
     "routes:\n"
     "  - {kind: any, category: \"fire.*\", kecamatan: any, primary: damkar}\n"
     "  - {kind: emergency, category: fire.building, kecamatan: any, primary: damkar,"
     " supporting: [dinkes, polres], from: 2025-01-01}\n"
     "  - {kind: emergency, category: fire.building, kecamatan: utara, primary: damkar,"
     " supporting: [polres], from: 2025-01-01, until: 2026-01-01}\n"
     "targets:\n"
     "  - {kind: any, category: \"*\", ack: 5m}\n"
     "  - {kind: emergency, category: \"*\", ack: 1m, resolve: \"15m on_scene\"}\n"
     "  - {kind: emergency, category: \"fire.*\", severity: extreme, ack: 1m,"
     " resolve: \"10m on_scene\"}\n"
     "  - {kind: complaint, category: fire.building, ack: 450wm,"
     " resolve: \"5wd answer, 14wd resolved\", source: \"Renja\"}\n"},
    {"skpd.d/dinkes.yaml",
     "id: dinkes\n"
     "name: {id: Dinas Kesehatan, en: Health}\n"
     "short: Dinkes\n"
     "categories:\n"
     "  - {id: health.violence, title: {id: Kekerasan}, cap: Health, kinds: [complaint],"
     " secret: true}\n"
     "routes:\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: dinkes,"
     " until: 2026-07-01}\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr,"
     " from: 2026-01-01}\n"},
    {"skpd.d/pupr.yaml",
     "id: pupr\n"
     "name: {id: Dinas Pekerjaan Umum, en: Public Works}\n"
     "short: PUPR\n"
     "categories:\n"
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Infra,"
     " kinds: [complaint, report], severity: minor}\n"
     "  - {id: road.blocked, title: {id: Jalan tertutup, en: Blocked road}, cap: Transport,"
     " kinds: [emergency, report]}\n"
     "routes:\n"
     "  - {kind: any, category: \"road.*\", kecamatan: any, primary: pupr}\n"
     "targets:\n"
     "  - {kind: any, category: \"*\", ack: 2wh, resolve: referred}\n"
     "  - {kind: complaint, category: road.pothole, resolve: \"1mo fixed\"}\n"},
    {"skpd.d/polres.yaml", "id: polres\n"
                           "name: {id: Kepolisian Resor, en: Police}\n"
                           "short: Polres\n"
                           "outside: true\n"
                           "categories:\n"
                           "  - {id: crime.theft, title: {id: Pencurian, en: Theft}, cap: Security,"
                           " kinds: [emergency]}\n"},
    {"people.d/poc.yaml", "people:\n"
                          "  - {id: meja-1, role: operator, skpd: poc, note: \"meja 1\"}\n"
                          "  - {id: latihan-1, role: operator, drill: true}\n"},
    {"people.d/skpd.yaml", "people:\n"
                           "  - {id: damkar-1, role: handler, skpd: damkar}\n"
                           "  - {id: petugas-7, role: field}\n"},
};

#define SMALL_CITY_AT 1795490000000000ll /* 2026-11-24T10:33:20+07:00 */

static inline void small_city_write(const struct folder *f)
{
    for (size_t i = 0; i < sizeof small_city / sizeof *small_city; i++)
        folder_text(f, small_city[i].rel, small_city[i].text);
}

#endif
