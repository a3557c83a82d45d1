/* goldens_city: more of goldens.h, about what city.yaml and calendar.d/ say, and what came with
 * them. Read by test_conf.c. */
static const struct golden city_goldens[] = {
    {"wide_and_cut", "city.yaml", "name: {id: Kota Contoh, en: Sample City}\n",
     "name: {id: \"Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota "
     "\303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 "
     "Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota "
     "\303\251 \", en: Sample City, su: Contoh, xx: "
     "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
     "yyyyyyyyyyyyyyyyyyyyy}\n",
     "city.yaml:1:145: error: unknown key 'su'; known here: id, en\n"
     "...ta \303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 Kota "
     "\303\251 \", en: Sample City, su: Contoh, xx: "
     "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...\n"
     "                                                               ^\n"
     "city.yaml:1:157: error: unknown key 'xx'; known here: id, en\n"
     "...Kota \303\251 Kota \303\251 Kota \303\251 Kota \303\251 \", en: Sample "
     "City, su: Contoh, xx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
     "..\n"
     "                                                               ^\n"},
    {"city_values", "city.yaml",
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
     "  friday: [\"07:30-11:30\", \"13:00-16:30\"]\n",
     "poc: pcc\n"
     "timezone: {name: WIB, offset: WIB}\n"
     "bounds: {south: -5.40, west: 106,88, north: -6.15, east: 107.05}\n"
     "kecamatan:\n"
     "  - {id: utara, name: Utara, code: \"32.01.01\"}\n"
     "  - {id: utara, name: Selatan, code: \"32.01.02\"}\n"
     "hours:\n"
     "  monday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  tuesday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  wednesday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  thursday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  friday: [\"07:30-11:30\", \"11:00-16:30\"]\n",
     "city.yaml:3:31: error: 'WIB' is not an offset; write \"+07:00\"\n"
     "timezone: {name: WIB, offset: WIB}\n"
     "                              ^\n"
     "city.yaml:4:34: error: unknown key '88'; known here: south, west, north, east\n"
     "bounds: {south: -5.40, west: 106,88, north: -6.15, east: 107.05}\n"
     "                                 ^\n"
     "city.yaml:7:10: error: kecamatan 'utara' or its code stands here twice; keep "
     "one\n"
     "  - {id: utara, name: Selatan, code: \"32.01.02\"}\n"
     "         ^\n"
     "city.yaml:13:27: error: '11:00-16:30' begins before the span in front of it "
     "has ended; order and join them\n"
     "  friday: [\"07:30-11:30\", \"11:00-16:30\"]\n"
     "                          ^\n"
     "city.yaml:2:6: error: unknown SKPD 'pcc'; did you mean 'poc'?\n"
     "poc: pcc\n"
     "     ^\n"},
    {"turned_bounds", "city.yaml",
     "bounds: {south: -6.40, west: 106.88, north: -6.15, east: 107.05}\n",
     "bounds: {south: -5.40, west: 106.88, north: -6.15, east: 107.05}\n",
     "city.yaml:4:9: error: the box has no inside; south must be below north and "
     "west left of east\n"
     "bounds: {south: -5.40, west: 106.88, north: -6.15, east: 107.05}\n"
     "        ^\n"},
    {"no_hours", "city.yaml",
     "hours:\n"
     "  monday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  tuesday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  wednesday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  thursday: [\"07:30-12:00\", \"13:00-16:00\"]\n"
     "  friday: [\"07:30-11:30\", \"13:00-16:30\"]\n",
     "",
     "city.yaml:1:1: error: 'hours' is missing here; add 'hours: ...'\n"
     "name: {id: Kota Contoh, en: Sample City}\n"
     "^\n"},
    {"year_and_file", "calendar.d/2026.yaml", "year: 2026\n", "year: 2025\n",
     "calendar.d/2026.yaml:1:7: error: the year is 2025 but the file is "
     "calendar.d/2026.yaml; name the file 2025.yaml\n"
     "year: 2025\n"
     "      ^\n"},
    {"calendar_days", "calendar.d/2026.yaml",
     "  - {date: 2026-03-21, name: Idul Fitri}\n"
     "  - {date: 2026-12-25, name: Natal}\n",
     "  - {date: 2026-01-01, name: Tahun Baru}\n"
     "  - {date: 2027-01-01, name: Tahun Baru}\n"
     "  - {date: 2026-02-29, name: Natal}\n"
     "  - {date: 2026-12-24}\n",
     "calendar.d/2026.yaml:5:12: error: this day is off already by line 4; keep "
     "one\n"
     "  - {date: 2026-01-01, name: Tahun Baru}\n"
     "           ^\n"
     "calendar.d/2026.yaml:6:12: error: 2027-01-01 is not in 2026; it belongs "
     "into calendar.d/2027.yaml\n"
     "  - {date: 2027-01-01, name: Tahun Baru}\n"
     "           ^\n"
     "calendar.d/2026.yaml:7:12: error: '2026-02-29' is not a date; write "
     "year-month-day, as in 2026-11-24\n"
     "  - {date: 2026-02-29, name: Natal}\n"
     "           ^\n"
     "calendar.d/2026.yaml:8:5: error: 'name' is missing here; add 'name: ...'\n"
     "  - {date: 2026-12-24}\n"
     "    ^\n"
     "calendar.d/2026.yaml:10:12: error: this day is off already by line 8; keep "
     "one\n"
     "  - {date: 2026-12-24, name: Cuti bersama Natal, decree: \"SKB "
     "perubahan\"}\n"
     "           ^\n"},
    {"no_decree", "calendar.d/2026.yaml", "decree: \"SKB 1497, 2, 5 Tahun 2025\"\n", "",
     "calendar.d/2026.yaml:1:1: error: 'decree' is missing here; add 'decree: "
     "...'\n"
     "year: 2026\n"
     "^\n"},
    {"no_year", "calendar.d/2026.yaml", "year: 2026\n", "",
     "calendar.d/2026.yaml:1:1: error: 'year' is missing here; add 'year: ...'\n"
     "decree: \"SKB 1497, 2, 5 Tahun 2025\"\n"
     "^\n"},
    {"ramadan_without_inside", "calendar.d/2026.yaml", "  until: 2026-03-21\n",
     "  until: 2026-02-19\n",
     "calendar.d/2026.yaml:11:10: error: 'until' is not after 'from'; it is the "
     "first day after Ramadan\n"
     "  until: 2026-02-19\n"
     "         ^\n"},
    {"ramadan_too_long", "calendar.d/2026.yaml", "  from: 2026-02-19\n", "  from: 2026-01-19\n",
     "calendar.d/2026.yaml:11:10: error: Ramadan has 61 days here; at most 31\n"
     "  until: 2026-03-21\n"
     "         ^\n"},
    {"ramadan_elsewhere", "calendar.d/2026.yaml",
     "  from: 2026-02-19\n"
     "  until: 2026-03-21\n",
     "  from: 2026-12-19\n"
     "  until: 2027-01-10\n",
     "calendar.d/2026.yaml:11:10: error: 2027-01-09 is not in 2026; it belongs "
     "into calendar.d/2027.yaml\n"
     "  until: 2027-01-10\n"
     "         ^\n"},
    {"ramadan_hours", "calendar.d/2026.yaml",
     "    monday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    tuesday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    wednesday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    thursday: [\"08:00-12:00\", \"12:30-15:00\"]\n"
     "    friday: [\"08:00-11:30\", \"12:30-15:30\"]\n",
     "    monday: [\"08:00-12:00\", \"11:30-15:00\"]\n",
     "calendar.d/2026.yaml:13:29: error: '11:30-15:00' begins before the span in "
     "front of it has ended; order and join them\n"
     "    monday: [\"08:00-12:00\", \"11:30-15:00\"]\n"
     "                            ^\n"},
    {"life_of_a_case", "city.yaml", "hours:\n",
     "secretariat: sekda\n"
     "waiting: {reporter: 10x, budget: 0m, police: 3d}\n"
     "after: {close: 10wd, reopen: never}\n"
     "work: {lease: 2h, attempts: 0, backoff: 10ms}\n"
     "silence: 30\n"
     "drill_levels: [operator, mayer]\n"
     "hours:\n",
     "city.yaml:9:21: error: '10x' is no limit; write a number with m, h, d, mo, "
     "wm, wh or wd, as in 10wd\n"
     "waiting: {reporter: 10x, budget: 0m, police: 3d}\n"
     "                    ^\n"
     "city.yaml:9:34: error: '0m' is no limit; write a number with m, h, d, mo, "
     "wm, wh or wd, as in 10wd\n"
     "waiting: {reporter: 10x, budget: 0m, police: 3d}\n"
     "                                 ^\n"
     "city.yaml:9:38: error: unknown key 'police'; known here: reporter, "
     "third_party, budget\n"
     "waiting: {reporter: 10x, budget: 0m, police: 3d}\n"
     "                                     ^\n"
     "city.yaml:10:30: error: 'never' is no limit; write a number with m, h, d, "
     "mo, wm, wh or wd, as in 10wd\n"
     "after: {close: 10wd, reopen: never}\n"
     "                             ^\n"
     "city.yaml:11:15: error: 2h is out of range; from 1s to 1h\n"
     "work: {lease: 2h, attempts: 0, backoff: 10ms}\n"
     "              ^\n"
     "city.yaml:11:29: error: 0 is out of range; from 1 to 16\n"
     "work: {lease: 2h, attempts: 0, backoff: 10ms}\n"
     "                            ^\n"
     "city.yaml:11:41: error: 10ms is out of range; from 100ms to 1h\n"
     "work: {lease: 2h, attempts: 0, backoff: 10ms}\n"
     "                                        ^\n"
     "city.yaml:12:10: error: '30' is not a duration; write a number with ms, s, "
     "m, h or d, as in 15m\n"
     "silence: 30\n"
     "         ^\n"
     "city.yaml:13:26: error: unknown word 'mayer'; did you mean 'mayor'?\n"
     "drill_levels: [operator, mayer]\n"
     "                         ^\n"
     "city.yaml:8:14: error: unknown SKPD 'sekda'; each one has a file in "
     "skpd.d/\n"
     "secretariat: sekda\n"
     "             ^\n"},
    {"ladder_steps", "city.yaml", "hours:\n",
     "escalation:\n"
     "  - {kind: any, category: \"*\", steps: [operator 0m, section_head, boss "
     "5m, mayor 0wd]}\n"
     "  - {kind: emergency, category: \"*\", steps: [section_head 2m, operator "
     "5m]}\n"
     "  - {kind: complaint, category: \"*\", steps: [operator 30h, section_head "
     "1wd]}\n"
     "  - {kind: report, category: fire.bulding, steps: []}\n"
     "hours:\n",
     "city.yaml:9:53: error: 'section_head' is no step; write LEVEL LIMIT, as in "
     "section_head 2m (operator, section_head, skpd_head, secretary, mayor)\n"
     "  - {kind: any, category: \"*\", steps: [operator 0m, section_head, boss "
     "5m, mayor 0wd]}\n"
     "                                                    ^\n"
     "city.yaml:9:67: error: 'boss 5m' is no step; write LEVEL LIMIT, as in "
     "section_head 2m (operator, section_head, skpd_head, secretary, mayor)\n"
     "  - {kind: any, category: \"*\", steps: [operator 0m, section_head, boss "
     "5m, mayor 0wd]}\n"
     "                                                                  ^\n"
     "city.yaml:9:76: error: 'mayor 0wd' is no step; write LEVEL LIMIT, as in "
     "section_head 2m (operator, section_head, skpd_head, secretary, mayor)\n"
     "  - {kind: any, category: \"*\", steps: [operator 0m, section_head, boss "
     "5m, mayor 0wd]}\n"
     "                                                                           ^"
     "\n"
     "city.yaml:10:63: error: 'operator' is not above 'section_head' in front of "
     "it; order the steps from below\n"
     "  - {kind: emergency, category: \"*\", steps: [section_head 2m, operator "
     "5m]}\n"
     "                                                              ^\n"
     "city.yaml:11:60: error: 1wd is not later than 30h in front of it; each step "
     "waits longer\n"
     "  - {kind: complaint, category: \"*\", steps: [operator 30h, section_head "
     "1wd]}\n"
     "                                                           ^\n"
     "city.yaml:12:30: error: unknown category 'fire.bulding'; did you mean "
     "'fire.building'?\n"
     "  - {kind: report, category: fire.bulding, steps: []}\n"
     "                             ^\n"
     "city.yaml:12:51: error: 'steps' is empty; name one level at least\n"
     "  - {kind: report, category: fire.bulding, steps: []}\n"
     "                                                  ^\n"},
    {"same_ladder", "city.yaml", "hours:\n",
     "escalation:\n"
     "  - {kind: emergency, category: \"*\", severity: extreme, steps: [operator "
     "0m]}\n"
     "  - {kind: emergency, category: \"*\", severity: severe, steps: [operator "
     "0m]}\n"
     "  - {kind: emergency, category: \"*\", severity: extreme, steps: [mayor "
     "0m]}\n"
     "hours:\n",
     "city.yaml:11:5: error: the same ladder stands in line 9; keep one\n"
     "  - {kind: emergency, category: \"*\", severity: extreme, steps: [mayor "
     "0m]}\n"
     "    ^\n"},
    {"target_never_valid", "skpd.d/pupr.yaml",
     "  - {kind: complaint, category: road.pothole, resolve: \"1mo fixed\"}\n",
     "  - {kind: complaint, category: road.pothole, until: 2026-01-01, from: "
     "2026-07-01, resolve: \"1mo fixed\"}\n",
     "skpd.d/pupr.yaml:11:54: error: 'until' is not after 'from'; this line would "
     "never be valid\n"
     "  - {kind: complaint, category: road.pothole, until: 2026-01-01, from: "
     "2026-07-01, resolve: \"1mo fixed\"}\n"
     "                                                     ^\n"},
    {"proof", "skpd.d/pupr.yaml", "severity: minor}\n", "severity: minor, proof: photo}\n",
     "skpd.d/pupr.yaml:5:131: error: 'photo' is neither true nor false; write one "
     "of the two\n"
     "... Infra, kinds: [complaint, report], severity: minor, proof: photo}\n"
     "                                                               ^\n"},
    {"siagad_itself", "people.d/skpd.yaml", "  - {id: petugas-7, role: field}\n",
     "  - {id: siagad, role: field}\n"
     "  - {id: petugas-7, role: system}\n"
     "  - {id: petugas-8, role: qqqq}\n",
     "people.d/skpd.yaml:3:10: error: 'siagad' is the daemon itself; choose "
     "another name\n"
     "  - {id: siagad, role: field}\n"
     "         ^\n"
     "people.d/skpd.yaml:4:27: error: the role system is siagad's own; no source "
     "has it\n"
     "  - {id: petugas-7, role: system}\n"
     "                          ^\n"
     "people.d/skpd.yaml:5:27: error: unknown word 'qqqq'; use one of operator, "
     "field, handler, leader, humas, media, admin, auditor, importer\n"
     "  - {id: petugas-8, role: qqqq}\n"
     "                          ^\n"},
    {"open_role_system", "siagad.yaml", "open_role: operator\n", "open_role: system\n",
     "siagad.yaml:6:12: error: the role system is siagad's own; no source has it\n"
     "open_role: system\n"
     "           ^\n"},
};
