"""A small made-up city in the form of etc/FORMAT.md, and what the tests expect of it."""
import datetime

WIB = datetime.timezone(datetime.timedelta(hours=7))
NORMAL = "{late_after: 60m, per_minute: 1000000, waiting: 16384, reserve_percent: 5}"
HASTY = "{late_after: 60m, per_minute: 1000000, messages: 1000000, waiting: 16384, reserve_percent: 5}"
FEW_A_MINUTE = "{late_after: 60m, per_minute: 10, waiting: 16384, reserve_percent: 5}"
FEW_WAITING = "{late_after: 60m, per_minute: 100000, waiting: 8, reserve_percent: 5}"

SIAGAD = """\
listen: [{listen}]
store: {store}
node: uji-1
journal_size: {journal_size}
views_size: 64MiB
persons_size: 16MiB
ipc: claimed
open_role: {open_role}
limits: {limits}
"""

CITY = """\
name: {id: Kota Uji, en: Test City}
poc: poc-112
timezone: {name: WIB, offset: "+07:00"}
bounds: {south: -6.40, west: 106.87, north: -6.15, east: 107.09}
kecamatan:
  - {id: utara, name: Uji Utara, code: "99.01.01"}
  - {id: selatan, name: Uji Selatan, code: "99.01.02"}
  - {id: jatiasih, name: Uji Jatiasih, code: "99.01.03"}
hours:
  monday: ["07:30-12:00", "13:00-16:00"]
  tuesday: ["07:30-12:00", "13:00-16:00"]
  wednesday: ["07:30-12:00", "13:00-16:00"]
  thursday: ["07:30-12:00", "13:00-16:00"]
  friday: ["07:30-11:30", "13:00-16:30"]
"""
RULES = "secretariat: setda\n"       # what city.yaml says of the life of a case, unless a test says something else
CALENDAR = """\
year: {year}
decree: made up
holidays: []
"""
HOURS = {0: ["07:30-12:00", "13:00-16:00"], 1: ["07:30-12:00", "13:00-16:00"], 2: ["07:30-12:00", "13:00-16:00"],
         3: ["07:30-12:00", "13:00-16:00"], 4: ["07:30-11:30", "13:00-16:30"]}

# role -> one source that has it; desk-* are handlers of the SKPD they name
WHO = {"operator": "poc-1", "field": "field-1", "handler": "desk-damkar", "leader": "walikota", "humas": "humas-1",
       "media": "media-1", "admin": "it-1", "auditor": "auditor-1", "importer": "import-1"}
PEOPLE = """\
people:
  - {id: poc-1, role: operator, skpd: poc-112, note: "meja 1"}
  - {id: poc-2, role: operator, skpd: poc-112}
  - {id: drill-1, role: operator, skpd: poc-112, drill: true}
  - {id: field-1, role: field, skpd: dbmsda}
  - {id: field-2, role: field, skpd: dbmsda}
  - {id: field-damkar, role: field, skpd: disdamkarmat}
  - {id: import-1, role: importer}
  - {id: desk-damkar, role: handler, skpd: disdamkarmat}
  - {id: desk-dlh, role: handler, skpd: dlh}
  - {id: desk-dlh-2, role: handler, skpd: dlh}
  - {id: desk-dinkes, role: handler, skpd: dinkes}
  - {id: desk-setda, role: handler, skpd: setda}
  - {id: desk-poc, role: handler, skpd: poc-112}
  - {id: walikota, role: leader}
  - {id: humas-1, role: humas, skpd: humas}
  - {id: media-1, role: media}
  - {id: it-1, role: admin}
  - {id: auditor-1, role: auditor}
"""

_HEAD = """\
id: {id}
name: {{id: {name_id}, en: {name_en}}}
short: {short}
duty: {duty}
outside: {outside}
tupoksi: {{id: "tugas {id}", en: "duty of {id}"}}
source: "made up"
"""

# id: (name id, name en, short, duty, outside, categories, routes, targets). No time to acknowledge passes while the tests run.
SKPD = {
    "poc-112": ("Pusat Operasi Uji", "Test Operation Center", "POC", "24x7", "false", """\
  - {id: intake.112, title: {id: Panggilan, en: Call}, cap: Other, kinds: [emergency], severity: unknown, secret: false}
""", """\
  - {kind: emergency, category: intake.112, kecamatan: any, primary: poc-112, supporting: [], from: 2025-01-01}
""", """\
  - {kind: emergency, category: "*", ack: 10m, resolve: "20m dispatched", source: "made up"}
  - {kind: complaint, category: "*", ack: 450wm, resolve: "3wd forwarded", source: "made up"}
"""),
    "disdamkarmat": ("Dinas Pemadam Uji", "Test Fire Service", "Damkar", "24x7", "false", """\
  - {id: fire.building, title: {id: Kebakaran bangunan, en: Building fire}, cap: Fire, kinds: [emergency, complaint, report], severity: severe, secret: false}
  - {id: fire.land, title: {id: Kebakaran lahan, en: Land fire}, cap: Fire, kinds: [emergency, complaint, report], severity: severe, secret: false}
""", """\
  - {kind: emergency, category: "fire.*", kecamatan: any, primary: disdamkarmat, supporting: [dinkes, ext-polres], from: 2025-01-01}
  - {kind: emergency, category: fire.land, kecamatan: any, primary: disdamkarmat, supporting: [dinkes], from: 2025-01-01}
  - {kind: complaint, category: "fire.*", kecamatan: any, primary: disdamkarmat, supporting: [], from: 2025-01-01}
  - {kind: report, category: "fire.*", kecamatan: any, primary: disdamkarmat, supporting: [], from: 2025-01-01}
""", """\
  - {kind: emergency, category: "*", ack: 10m, resolve: "15m on_scene", source: "made up"}
  - {kind: emergency, category: fire.land, ack: 5m, resolve: "2h on_scene", source: "made up"}
  - {kind: complaint, category: "*", ack: 450wm, resolve: "14wd resolved", source: "made up"}
  - {kind: report, category: "*", ack: 30m, source: "made up"}
"""),
    "dinkes": ("Dinas Kesehatan Uji", "Test Health", "Dinkes", "24x7", "false", """\
  - {id: medical.accident, title: {id: Kecelakaan, en: Accident}, cap: Health, kinds: [emergency, report], severity: severe, secret: false}
  - {id: medical.birth, title: {id: Persalinan, en: Birth}, cap: Health, kinds: [emergency], severity: severe, secret: false}
""", """\
  - {kind: emergency, category: "medical.*", kecamatan: any, primary: dinkes, supporting: [], from: 2025-01-01}
  - {kind: report, category: "medical.*", kecamatan: any, primary: dinkes, supporting: [], from: 2025-01-01}
""", """\
  - {kind: emergency, category: "*", ack: 10m, resolve: "10m on_scene", source: "made up"}
  - {kind: emergency, category: medical.birth, ack: 10m, resolve: "1m on_scene", source: "made up"}
  - {kind: report, category: "*", ack: 30m, source: "made up"}
"""),
    "dbmsda": ("Dinas Bina Marga Uji", "Test Roads and Water", "DBMSDA", "office", "false", """\
  - {id: road.pothole, title: {id: Jalan berlubang, en: Pothole}, cap: Infra, kinds: [complaint, report], severity: minor, secret: false}
  - {id: jalan.rusak, title: {id: Jalan rusak, en: Broken road}, cap: Infra, kinds: [complaint], severity: minor, secret: false}
  - {id: banjir, title: {id: Banjir, en: Flood}, cap: Infra, kinds: [emergency, report], severity: minor, secret: false}
  - {id: drainage.blocked, title: {id: Drainase tersumbat, en: Blocked drain}, cap: Infra, kinds: [complaint, report], severity: minor, secret: false}
""", """\
  - {kind: complaint, category: "road.*", kecamatan: any, primary: dbmsda, supporting: [], from: 2025-01-01}
  - {kind: complaint, category: "road.*", kecamatan: jatiasih, primary: kec-jatiasih, supporting: [dbmsda], from: 2025-01-01}
  - {kind: complaint, category: drainage.blocked, kecamatan: any, primary: dlh, supporting: [], from: 2020-01-01, until: 2024-01-01}
  - {kind: complaint, category: drainage.blocked, kecamatan: any, primary: dbmsda, supporting: [], from: 2024-01-01}
  - {kind: report, category: "*", kecamatan: any, primary: dbmsda, supporting: [], from: 2025-01-01}
""", """\
  - {kind: complaint, category: "*", ack: 450wm, resolve: "5wd answer, 14wd resolved", source: "made up"}
  - {kind: complaint, category: road.pothole, severity: severe, ack: 2h, resolve: "1d fixed", source: "made up"}
  - {kind: report, category: "*", ack: 90wm, source: "made up"}
"""),
    "dlh": ("Dinas Lingkungan Uji", "Test Environment", "DLH", "office", "false", """\
  - {id: garbage.uncollected, title: {id: Sampah, en: Garbage}, cap: Env, kinds: [complaint, report], severity: minor, secret: false}
  - {id: tree.fallen, title: {id: Pohon tumbang, en: Fallen tree}, cap: Geo, kinds: [complaint], severity: minor, secret: false, proof: true}
""", """\
  - {kind: complaint, category: garbage.uncollected, kecamatan: any, primary: dlh, supporting: [], from: 2025-01-01}
  - {kind: complaint, category: tree.fallen, kecamatan: any, primary: dlh, supporting: [dinkes], from: 2025-01-01}
  - {kind: report, category: garbage.uncollected, kecamatan: any, primary: dlh, supporting: [], from: 2025-01-01}
""", """\
  - {kind: complaint, category: "*", ack: 60wm, resolve: "3d resolved", source: "made up"}
  - {kind: report, category: "*", ack: 30m, source: "made up"}
"""),
    "dp3a": ("Dinas Perlindungan Uji", "Test Protection", "DP3A", "24x7", "false", """\
  - {id: violence.child, title: {id: Kekerasan anak, en: Violence against a child}, cap: Safety, kinds: [emergency, complaint, report], severity: severe, secret: true}
""", """\
  - {kind: any, category: violence.child, kecamatan: any, primary: dp3a, supporting: [], from: 2025-01-01}
""", """\
  - {kind: any, category: "*", ack: 10m, resolve: "1d resolved", source: "made up"}
"""),
    "kec-jatiasih": ("Kecamatan Uji Jatiasih", "Test Jatiasih", "Jatiasih", "office", "false", "", "", """\
  - {kind: complaint, category: "*", ack: 450wm, resolve: "14wd resolved", source: "made up"}
"""),
    "humas": ("Humas Uji", "Test Public Relations", "Humas", "office", "false", "", "", ""),
    "setda": ("Sekretariat Uji", "Test Secretariat", "Setda", "office", "false", "", "", ""),
    "ext-polres": ("Polres Uji", "Test Police", "Polres", "24x7", "true", "", "", ""),
}

CATEGORIES = ["intake.112", "fire.building", "fire.land", "medical.accident", "medical.birth", "road.pothole", "drainage.blocked",
              "garbage.uncollected", "tree.fallen", "violence.child", "jalan.rusak", "banjir"]
# (kind, category, kecamatan or None) -> owner, for what the generators of the tests use
OWNERS = {
    ("emergency", "fire.building", None): "disdamkarmat", ("emergency", "fire.land", None): "disdamkarmat",
    ("emergency", "medical.accident", None): "dinkes", ("emergency", "intake.112", None): "poc-112",
    ("complaint", "road.pothole", None): "dbmsda", ("complaint", "road.pothole", "jatiasih"): "kec-jatiasih",
    ("complaint", "drainage.blocked", None): "dbmsda", ("complaint", "garbage.uncollected", None): "dlh",
    ("complaint", "fire.land", None): "disdamkarmat", ("report", "garbage.uncollected", None): "dlh",
    ("report", "drainage.blocked", None): "dbmsda", ("report", "fire.building", None): "disdamkarmat",
}


def owner(kind, category, kecamatan=None):
    """Who owns such an event by the tables above."""
    return OWNERS.get((kind, category, kecamatan)) or OWNERS[kind, category, None]


def skpd_text(name):
    """The text of skpd.d/NAME.yaml."""
    name_id, name_en, short, duty, outside, categories, routes, targets = SKPD[name]
    text = _HEAD.format(id=name, name_id=name_id, name_en=name_en, short=short, duty=duty, outside=outside)
    for head, rows in (("categories", categories), ("routes", routes), ("targets", targets)):
        text += f"{head}:\n{rows}" if rows else ""
    return text


def write(folder, listen, limits=NORMAL, journal_size="64MiB", rules=RULES, open_role="field"):
    """Writes the city to a folder and returns the path of its siagad.yaml."""
    for sub in ("skpd.d", "people.d", "calendar.d", "store"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    (folder / "city.yaml").write_text(CITY + rules)
    this_year = datetime.datetime.now(WIB).year
    for year in (this_year, this_year + 1):     # the second, because it may begin while the tests run
        (folder / "calendar.d" / f"{year}.yaml").write_text(CALENDAR.format(year=year))
    (folder / "people.d" / "people.yaml").write_text(PEOPLE)
    for name in SKPD:
        (folder / "skpd.d" / f"{name}.yaml").write_text(skpd_text(name))
    conf = folder / "siagad.yaml"
    conf.write_text(SIAGAD.format(listen=", ".join(listen), store=folder / "store", limits=limits,
                                  open_role=open_role, journal_size=journal_size))
    return conf


def after_working_minutes(start, minutes):
    """The moment when so many working minutes have passed since `start`, by the hours of the city."""
    now, left = start.astimezone(WIB), datetime.timedelta(minutes=minutes)
    while True:
        for span in HOURS.get(now.weekday(), []):
            begin, end = (now.replace(hour=int(t[:2]), minute=int(t[3:]), second=0, microsecond=0) for t in span.split("-"))
            begin = max(begin, now)
            if begin >= end:
                continue
            if begin + left <= end:
                return begin + left
            left -= end - begin
        now = (now + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def after_working_days(start, days):
    """Closing time of the N-th working day after the day `start` lies in."""
    day, left = start.astimezone(WIB), days
    while left > 0:
        day += datetime.timedelta(days=1)
        left -= day.weekday() in HOURS
    closing = HOURS[day.weekday()][-1].split("-")[1]
    return day.replace(hour=int(closing[:2]), minute=int(closing[3:]), second=0, microsecond=0)
