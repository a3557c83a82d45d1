/* goldens: the small city with lines of one file replaced, and everything that is said about it.
 * Read by test_conf.c. */
struct golden {
    const char *name, *rel;
    const char *find, *put; /* in the file: the lines that stood there, the lines instead */
    const char *said;
};

static const struct golden goldens[] = {
    {"unknown_key", "siagad.yaml",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "limits: {late_after: 45m, per_minut: 100, waiting: 256, reserve_percent: 10}\n",
     "siagad.yaml:7:27: error: unknown key 'per_minut'; did you mean 'per_minute'?\n"
     "limits: {late_after: 45m, per_minut: 100, waiting: 256, reserve_percent: 10}\n"
     "                          ^\n"},
    {"unknown_key_far_off", "siagad.yaml", "node: kota-1\n", "zzz: kota-1\n",
     "siagad.yaml:3:1: error: unknown key 'zzz'; known here: listen, store, node, "
     "journal_size, views_size, persons_size, server_key, ipc, erasures, open_role, scrub_every, "
     "limits\n"
     "zzz: kota-1\n"
     "^\n"},
    {"missing_key", "siagad.yaml", "store: /tmp/store\n", "",
     "siagad.yaml:1:1: error: 'store' is missing here; add 'store: ...'\n"
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n"
     "^\n"},
    {"duplicate_key", "siagad.yaml", "node: kota-1\n",
     "node: kota-1\n"
     "store: /tmp/other\n",
     "siagad.yaml:4:1: error: 'store' stands here twice, first in line 2; keep one\n"
     "store: /tmp/other\n"
     "^\n"},
    {"wrong_form", "siagad.yaml", "store: /tmp/store\n", "store: [a, b]\n",
     "siagad.yaml:2:8: error: 'store' wants a single value, found a list; write one "
     "value\n"
     "store: [a, b]\n"
     "       ^\n"},
    {"no_value", "siagad.yaml", "node: kota-1\n", "node:\n",
     "siagad.yaml:3:1: error: 'node' has no value; write one or remove the key\n"
     "node:\n"
     "^\n"},
    {"bad_values", "siagad.yaml",
     "journal_size: 64MiB\n"
     "views_size: 32MiB\n"
     "open_role: operator\n"
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "journal_size: 4GB\n"
     "views_size: 1KiB\n"
     "open_role: oprator\n"
     "limits: {late_after: 15, per_minute: 15m, waiting: 007, reserve_percent: 60}\n",
     "siagad.yaml:4:15: error: '4GB' is not a size; write a number with KiB, MiB, "
     "GiB or TiB, as in 4GiB\n"
     "journal_size: 4GB\n"
     "              ^\n"
     "siagad.yaml:5:13: error: 1KiB is out of range; from 1MiB to 1TiB\n"
     "views_size: 1KiB\n"
     "            ^\n"
     "siagad.yaml:6:12: error: unknown word 'oprator'; did you mean 'operator'?\n"
     "open_role: oprator\n"
     "           ^\n"
     "siagad.yaml:7:22: error: '15' is not a duration; write a number with ms, s, m, "
     "h or d, as in 15m\n"
     "limits: {late_after: 15, per_minute: 15m, waiting: 007, reserve_percent: 60}\n"
     "                     ^\n"
     "siagad.yaml:7:38: error: '15m' is not a whole number; write digits only\n"
     "limits: {late_after: 15, per_minute: 15m, waiting: 007, reserve_percent: 60}\n"
     "                                     ^\n"
     "siagad.yaml:7:52: error: '007' is not a whole number; write digits only\n"
     "limits: {late_after: 15, per_minute: 15m, waiting: 007, reserve_percent: 60}\n"
     "                                                   ^\n"
     "siagad.yaml:7:74: error: 60 is out of range; from 0 to 50\n"
     "limits: {late_after: 15, per_minute: 15m, waiting: 007, reserve_percent: 60}\n"
     "                                                                         ^\n"},
    {"bad_endpoint", "siagad.yaml", "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n",
     "listen: [ipc:///tmp/siagad.sock, 127.0.0.1:5570]\n",
     "siagad.yaml:1:34: error: '127.0.0.1:5570' is no endpoint; write ipc:///PATH or "
     "tcp://ADDRESS:PORT\n"
     "listen: [ipc:///tmp/siagad.sock, 127.0.0.1:5570]\n"
     "                                 ^\n"},
    {"open_quote", "siagad.yaml", "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n",
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570]\n",
     "siagad.yaml:1:34: error: wrongly indented double-quoted scalar; look for a "
     "missing quote, bracket, comma or space here and in the line before\n"
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570]\n"
     "                                 ^\n"},
    {"open_bracket", "siagad.yaml",
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n"
     "store: /tmp/store\n"
     "node: kota-1\n"
     "journal_size: 64MiB\n"
     "views_size: 32MiB\n"
     "open_role: operator\n"
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "listen: [ipc:///tmp/siagad.sock\n"
     "store: /tmp/store\n",
     "siagad.yaml:2:18: error: flow sequence without a closing bracket; look for a "
     "missing quote, bracket, comma or space here and in the line before\n"
     "store: /tmp/store\n"
     "                 ^\n"},
    {"bracket_to_the_end", "siagad.yaml",
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n"
     "store: /tmp/store\n"
     "node: kota-1\n"
     "journal_size: 64MiB\n"
     "views_size: 32MiB\n"
     "open_role: operator\n"
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "store: /tmp/store\n"
     "listen: [ipc:///tmp/siagad.sock\n"
     "\n",
     "siagad.yaml:2:32: error: flow sequence without a closing bracket; look for a "
     "missing quote, bracket, comma or space here and in the line before\n"
     "listen: [ipc:///tmp/siagad.sock\n"
     "                               ^\n"},
    {"tab", "siagad.yaml",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "limits:\n"
     "\t{late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "siagad.yaml:8:1: error: tab character may not be used as indentation; look for "
     "a missing quote, bracket, comma or space here and in the line before\n"
     " {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n"
     "^\n"},
    {"at_sign", "siagad.yaml", "store: /tmp/store\n", "store: @tmp\n",
     "siagad.yaml:2:8: error: plain scalar cannot start with '@'; look for a missing "
     "quote, bracket, comma or space here and in the line before\n"
     "store: @tmp\n"
     "       ^\n"},
    {"anchor_alias_tag", "siagad.yaml",
     "store: /tmp/store\n"
     "node: kota-1\n"
     "journal_size: 64MiB\n",
     "store: &s /tmp/store\n"
     "node: *s\n"
     "journal_size: !!str 64MiB\n",
     "siagad.yaml:2:8: error: anchors are not used here; write the value out at "
     "every place\n"
     "store: &s /tmp/store\n"
     "       ^\n"
     "siagad.yaml:3:7: error: aliases are not used here; write the value out, or "
     "quote it if it is text\n"
     "node: *s\n"
     "      ^\n"
     "siagad.yaml:4:15: error: tags are not used here; write the value alone\n"
     "journal_size: !!str 64MiB\n"
     "              ^\n"},
    {"two_documents", "siagad.yaml",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n"
     "---\n"
     "store: /tmp/other\n",
     "siagad.yaml:8:1: error: a second document begins here; put it in a file of its "
     "own\n"
     "---\n"
     "^\n"},
    {"not_utf8", "siagad.yaml", "node: kota-1\n", "node: kot\341-1\n",
     "siagad.yaml:3:10: error: not UTF-8 text; save the file as UTF-8\n"
     "node: kot?-1\n"
     "         ^\n"},
    {"control_character", "siagad.yaml", "node: kota-1\n", "node: kota\033[31m\n",
     "siagad.yaml:3:11: error: a hidden or control character; delete it and type the "
     "text again\n"
     "node: kota?[31m\n"
     "          ^\n"},
    {"turned_text", "siagad.yaml", "node: kota-1\n", "node: kota\342\200\2561\n",
     "siagad.yaml:3:11: error: a hidden or control character; delete it and type the "
     "text again\n"
     "node: kota?1\n"
     "          ^\n"},
    {"escaped_control", "siagad.yaml", "node: kota-1\n", "node: \"kota\\u0000\"\n",
     "siagad.yaml:3:7: error: holds a control character; remove it\n"
     "node: \"kota\\u0000\"\n"
     "      ^\n"},
    {"empty", "siagad.yaml",
     "listen: [ipc:///tmp/siagad.sock, \"tcp://127.0.0.1:5570\"]\n"
     "store: /tmp/store\n"
     "node: kota-1\n"
     "journal_size: 64MiB\n"
     "views_size: 32MiB\n"
     "open_role: operator\n"
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "# nothing yet\n", "siagad.yaml:1:1: error: is empty; write its keys or remove the file\n"},
    {"list_as_key", "siagad.yaml",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n"
     "? [a, b]\n"
     ": c\n",
     "siagad.yaml:8:3: error: a key must be a plain word; write 'key: value'\n"
     "? [a, b]\n"
     "  ^\n"},
    {"deep", "siagad.yaml",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n",
     "limits: {late_after: 45m, per_minute: 100, waiting: 256, reserve_percent: 10}\n"
     "x: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n",
     "siagad.yaml:8:19: error: nested too deep; at most 16 levels\n"
     "x: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n"
     "                  ^\n"},
    {"id_and_file", "skpd.d/damkar.yaml", "id: damkar\n", "id: damkr\n",
     "skpd.d/damkar.yaml:1:5: error: the id is 'damkr' but the file is "
     "skpd.d/damkar.yaml; name the file damkr.yaml\n"
     "id: damkr\n"
     "    ^\n"},
    {"same_id", "skpd.d/dinkes.yaml", "id: dinkes\n", "id: damkar\n",
     "skpd.d/dinkes.yaml:1:5: error: the id is 'damkar' but the file is "
     "skpd.d/dinkes.yaml; name the file damkar.yaml\n"
     "id: damkar\n"
     "    ^\n"
     "skpd.d/dinkes.yaml:1:5: error: SKPD 'damkar' stands already in "
     "skpd.d/damkar.yaml:1; give each its own id\n"
     "id: damkar\n"
     "    ^\n"},
    {"same_category", "skpd.d/pupr.yaml",
     "  - {id: road.blocked, title: {id: Jalan tertutup, en: Blocked road}, cap: "
     "Transport, kinds: [emergency, report]}\n",
     "  - {id: fire.land, title: {id: Jalan tertutup, en: Blocked road}, cap: "
     "Transport, kinds: [emergency, report]}\n",
     "skpd.d/pupr.yaml:6:10: error: category 'fire.land' stands already in "
     "skpd.d/damkar.yaml:8; a category has one home\n"
     "  - {id: fire.land, title: {id: Jalan tertutup, en: Blocked road}, cap: "
     "Transport, kinds: [emergency, report]}\n"
     "         ^\n"},
    {"category_values", "skpd.d/pupr.yaml",
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Infra, "
     "kinds: [complaint, report], severity: minor}\n",
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Road, "
     "kinds: [complain], severity: bad, secret: no}\n",
     "skpd.d/pupr.yaml:5:72: error: unknown CAP category 'Road'; use one of Geo, "
     "Met, Safety, Security, Rescue, Fire, Health, Env, Transport, Infra, CBRNE, "
     "Other\n"
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Road, "
     "kinds: [complain], severity: bad, secret: n...\n"
     "                                                                       ^\n"
     "skpd.d/pupr.yaml:5:86: error: unknown word 'complain'; did you mean "
     "'complaint'?\n"
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Road, "
     "kinds: [complain], severity: bad, secret: n...\n"
     "                                                                               "
     "      ^\n"
     "skpd.d/pupr.yaml:5:107: error: unknown word 'bad'; use one of unknown, minor, "
     "moderate, severe, extreme\n"
     "...bang, en: Pothole}, cap: Road, kinds: [complain], severity: bad, secret: "
     "no}\n"
     "                                                               ^\n"
     "skpd.d/pupr.yaml:5:120: error: 'no' is neither true nor false; write one of "
     "the two\n"
     "...hole}, cap: Road, kinds: [complain], severity: bad, secret: no}\n"
     "                                                               ^\n"},
    {"unknown_names", "skpd.d/pupr.yaml",
     "  - {kind: any, category: \"road.*\", kecamatan: any, primary: pupr}\n"
     "targets:\n"
     "  - {kind: any, category: \"*\", ack: 2wh, resolve: referred}\n"
     "  - {kind: complaint, category: road.pothole, resolve: \"1mo fixed\"}\n",
     "  - {kind: any, category: \"roads.*\", kecamatan: utarra, primary: pupu, "
     "supporting: [polress]}\n"
     "targets:\n"
     "  - {kind: any, category: \"*\", ack: 2wh, resolve: referred}\n"
     "  - {kind: complain, category: road.pothle, resolve: \"1mo fixed\"}\n",
     "skpd.d/pupr.yaml:8:27: error: no category is of the family 'roads.*'; they "
     "stand under 'categories' in skpd.d/\n"
     "  - {kind: any, category: \"roads.*\", kecamatan: utarra, primary: pupu, "
     "supporting: [polress]}\n"
     "                          ^\n"
     "skpd.d/pupr.yaml:8:49: error: unknown kecamatan 'utarra'; did you mean "
     "'utara'?\n"
     "  - {kind: any, category: \"roads.*\", kecamatan: utarra, primary: pupu, "
     "supporting: [polress]}\n"
     "                                                ^\n"
     "skpd.d/pupr.yaml:8:66: error: unknown SKPD 'pupu'; did you mean 'pupr'?\n"
     "  - {kind: any, category: \"roads.*\", kecamatan: utarra, primary: pupu, "
     "supporting: [polress]}\n"
     "                                                                 ^\n"
     "skpd.d/pupr.yaml:8:85: error: unknown SKPD 'polress'; did you mean 'polres'?\n"
     "  - {kind: any, category: \"roads.*\", kecamatan: utarra, primary: pupu, "
     "supporting: [polress]}\n"
     "                                                                               "
     "     ^\n"
     "skpd.d/pupr.yaml:11:12: error: unknown word 'complain'; did you mean "
     "'complaint'?\n"
     "  - {kind: complain, category: road.pothle, resolve: \"1mo fixed\"}\n"
     "           ^\n"
     "skpd.d/pupr.yaml:11:32: error: unknown category 'road.pothle'; did you mean "
     "'road.pothole'?\n"
     "  - {kind: complain, category: road.pothle, resolve: \"1mo fixed\"}\n"
     "                               ^\n"},
    {"pattern_form", "skpd.d/pupr.yaml",
     "  - {kind: any, category: \"road.*\", kecamatan: any, primary: pupr}\n",
     "  - {kind: any, category: \"ro*\", kecamatan: any, primary: pupr}\n",
     "skpd.d/pupr.yaml:8:27: error: 'ro*' names no categories; write one id, a "
     "family such as fire.*, or *\n"
     "  - {kind: any, category: \"ro*\", kecamatan: any, primary: pupr}\n"
     "                          ^\n"},
    {"same_route", "skpd.d/dinkes.yaml",
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: dinkes, "
     "until: 2026-07-01}\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr, "
     "from: 2026-01-01}\n",
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: "
     "dinkes}\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr}\n",
     "skpd.d/dinkes.yaml:8:5: error: the same route stands at skpd.d/dinkes.yaml:7 "
     "(complaint health.* in any kecamatan); remove one, or give the newer a later "
     "'from'\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr}\n"
     "    ^\n"},
    {"never_valid", "skpd.d/dinkes.yaml",
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: dinkes, "
     "until: 2026-07-01}\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr, "
     "from: 2026-01-01}\n",
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: dinkes, "
     "from: 2026-07-01, until: 2026-07-01}\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr, "
     "from: 2026-02-30}\n",
     "skpd.d/dinkes.yaml:7:103: error: 'until' is not after 'from'; this line would "
     "never be valid\n"
     "..., kecamatan: any, primary: dinkes, from: 2026-07-01, until: 2026-07-01}\n"
     "                                                               ^\n"
     "skpd.d/dinkes.yaml:8:82: error: '2026-02-30' is not a date; write "
     "year-month-day, as in 2026-11-24\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr, "
     "from: 2026-02-30}\n"
     "                                                                               "
     "  ^\n"},
    {"helpers", "skpd.d/damkar.yaml",
     "  - {kind: emergency, category: fire.building, kecamatan: any, primary: "
     "damkar, supporting: [dinkes, polres], from: 2025-01-01}\n",
     "  - {kind: emergency, category: fire.building, kecamatan: any, primary: "
     "damkar, supporting: [dinkes, dinkes, damkar], from: 2025-01-01}\n",
     "skpd.d/damkar.yaml:11:102: error: 'dinkes' supports twice; name it once\n"
     "...ding, kecamatan: any, primary: damkar, supporting: [dinkes, dinkes, "
     "damkar], from: 2025-01-01}\n"
     "                                                               ^\n"
     "skpd.d/damkar.yaml:11:5: error: 'damkar' is primary and supporting; take it "
     "out of supporting\n"
     "  - {kind: emergency, category: fire.building, kecamatan: any, primary: "
     "damkar, supporting: [dinkes, dinkes, damkar], fr...\n"
     "    ^\n"},
    {"unreached", "skpd.d/pupr.yaml",
     "  - {kind: any, category: \"road.*\", kecamatan: any, primary: pupr}\n",
     "  - {kind: complaint, category: \"road.*\", kecamatan: any, primary: pupr}\n",
     "skpd.d/pupr.yaml:6:10: warning: no route takes 'road.blocked' (emergency, "
     "report); the POC will hold it\n"
     "  - {id: road.blocked, title: {id: Jalan tertutup, en: Blocked road}, cap: "
     "Transport, kinds: [emergency, report]}\n"
     "         ^\n"
     "skpd.d/pupr.yaml:5:10: warning: no route takes 'road.pothole' (report); the "
     "POC will hold it\n"
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Infra, "
     "kinds: [complaint, report], severity: mino...\n"
     "         ^\n"},
    {"idle_line", "skpd.d/pupr.yaml",
     "  - {kind: any, category: \"road.*\", kecamatan: any, primary: pupr}\n",
     "  - {kind: emergency, category: road.pothole, kecamatan: any, primary: pupr}\n",
     "skpd.d/pupr.yaml:6:10: warning: no route takes 'road.blocked' (emergency, "
     "report); the POC will hold it\n"
     "  - {id: road.blocked, title: {id: Jalan tertutup, en: Blocked road}, cap: "
     "Transport, kinds: [emergency, report]}\n"
     "         ^\n"
     "skpd.d/pupr.yaml:5:10: warning: no route takes 'road.pothole' (complaint, "
     "report); the POC will hold it\n"
     "  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Infra, "
     "kinds: [complaint, report], severity: mino...\n"
     "         ^\n"
     "skpd.d/pupr.yaml:8:5: warning: 'road.pothole' has no emergency among its "
     "kinds; this line never decides\n"
     "  - {kind: emergency, category: road.pothole, kecamatan: any, primary: pupr}\n"
     "    ^\n"},
    {"targets", "skpd.d/pupr.yaml",
     "  - {kind: any, category: \"*\", ack: 2wh, resolve: referred}\n"
     "  - {kind: complaint, category: road.pothole, resolve: \"1mo fixed\"}\n",
     "  - {kind: any, category: \"*\", ack: 2x}\n"
     "  - {kind: complaint, category: road.pothole, resolve: \"5wd answer, 14wd\"}\n",
     "skpd.d/pupr.yaml:10:37: error: '2x' is no limit; write a number with m, h, d, "
     "mo, wm, wh or wd, as in 450wm\n"
     "  - {kind: any, category: \"*\", ack: 2x}\n"
     "                                    ^\n"
     "skpd.d/pupr.yaml:11:56: error: '14wd' is no step; write LIMIT MILESTONE, as in "
     "\"5wd answer, 14wd resolved\" (m, h, d, mo, wm, wh, wd), or referred\n"
     "  - {kind: complaint, category: road.pothole, resolve: \"5wd answer, 14wd\"}\n"
     "                                                       ^\n"},
    {"same_target", "skpd.d/pupr.yaml",
     "  - {kind: complaint, category: road.pothole, resolve: \"1mo fixed\"}\n",
     "  - {kind: any, category: \"*\", ack: 1h}\n",
     "skpd.d/pupr.yaml:11:5: error: the same target stands in line 10; keep one, or give "
     "the newer a later 'from'\n"
     "  - {kind: any, category: \"*\", ack: 1h}\n"
     "    ^\n"},
    {"empty_target", "skpd.d/pupr.yaml",
     "  - {kind: any, category: \"*\", ack: 2wh, resolve: referred}\n",
     "  - {kind: any, category: \"*\"}\n",
     "skpd.d/pupr.yaml:10:5: error: this target promises nothing; add 'ack: ...', "
     "'resolve: ...' or both\n"
     "  - {kind: any, category: \"*\"}\n"
     "    ^\n"},
    {"people", "people.d/skpd.yaml", "  - {id: petugas-7, role: field}\n",
     "  - {id: meja-1, role: field}\n"
     "  - {id: Petugas 8, role: filed}\n"
     "  - {id: damkar-2, role: handler}\n",
     "people.d/skpd.yaml:4:10: error: 'Petugas 8' is no name of a source; use a-z, "
     "0-9 and dash\n"
     "  - {id: Petugas 8, role: filed}\n"
     "         ^\n"
     "people.d/skpd.yaml:4:27: error: unknown word 'filed'; did you mean 'field'?\n"
     "  - {id: Petugas 8, role: filed}\n"
     "                          ^\n"
     "people.d/skpd.yaml:5:5: error: a handler belongs to an SKPD; add 'skpd: ...'\n"
     "  - {id: damkar-2, role: handler}\n"
     "    ^\n"
     "people.d/skpd.yaml:3:10: error: 'meja-1' stands already in "
     "people.d/poc.yaml:2; keep one\n"
     "  - {id: meja-1, role: field}\n"
     "         ^\n"},
    {"broken_file_alone", "skpd.d/dinkes.yaml",
     "name: {id: Dinas Kesehatan, en: Health}\n"
     "short: Dinkes\n"
     "categories:\n"
     "  - {id: health.violence, title: {id: Kekerasan}, cap: Health, kinds: "
     "[complaint], secret: true}\n"
     "routes:\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: dinkes, "
     "until: 2026-07-01}\n"
     "  - {kind: complaint, category: \"health.*\", kecamatan: any, primary: pupr, "
     "from: 2026-01-01}\n",
     "name: {id: Dinas\n",
     "skpd.d/dinkes.yaml:2:17: error: missing comma in flow mapping; look for a "
     "missing quote, bracket, comma or space here and in the line before\n"
     "name: {id: Dinas\n"
     "                ^\n"},
};
