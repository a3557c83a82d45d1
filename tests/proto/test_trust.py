"""Who sees what, who may do what, and what is destroyed: the table of rights against a real siagad, cell by cell."""
import re
import shutil
import subprocess

import pytest

import city
from attacks import roles_believed
from keyring import KeyedDaemon, knock
from siaga import PERSON, Refused, new_key
from support import (BUILD, COUNTED, PATIENCE, PROTO, complaint, counters, emergency, eventually, refusing, report, stored, submit)

SITI = {"name": "Siti Aminah", "phone": "0812-3456-7890", "mail": "Siti@contoh.id", "address": "Jl. Rahasia 7", "note": "tetangga korban"}
SECRETS = ("Siti", "81234567890", "contoh.id", "Jl. Rahasia 7", "tetangga korban")
MEDIA = "media: {delay: 2s}\nretention:\n  - {match: \"*\", persons: 1d, texts: 2d}\n"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    daemon = KeyedDaemon(tmp_path_factory.mktemp("trust"), rules=city.RULES + MEDIA)
    try:
        yield daemon
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def who(keyed):
    """One client of each role, with its own key."""
    return {role: keyed.keyed(name) for role, name in city.WHO.items()}


def asked(told, ask):
    """The rows of an answer, or the refusal in their place."""
    try:
        told += ask()
    except Refused as no:
        told.append(no.body)


def drained(watch, snapshot):
    """The rows of a feed until it has caught up; of a snapshot those behind it, too."""
    rows = []
    while True:
        kind, body = watch.take(PATIENCE)
        rows += body.get("rows", [])
        snapshot = snapshot and body.get("left") != 0
        if kind == "beat" and not snapshot and body["next"] > body["head"]:
            watch.close()
            return rows


def rows_of(who, receipt):
    """Everything each role is told of one case, by every way there is: LIST, GET, DUE, WATCH from the first entry and from a snapshot."""
    told, watches = {role: [] for role in who}, []
    for role, client in who.items():
        asked(told[role], lambda: client.list(limit=500)["rows"])
        asked(told[role], lambda: (lambda one: [one["case"], *one["history"]])(client.get(receipt["ticket"])))
        asked(told[role], lambda: client.due(within="10d")["rows"])
        for how in ({"start": 1}, {"snapshot": True}):
            asked(told[role], lambda: watches.append((role, client.watch(**how), "snapshot" in how)) or [])
    for role, watch, snapshot in watches:
        told[role] += drained(watch, snapshot)
    return {role: [row for row in rows if "code" in row or row.get("ticket") == receipt["ticket"]] for role, rows in told.items()}


# the table of fields ---------------------------------------------------------------------------------------------------

ROLE_SETS = re.compile(r"R\((\w+)\)|(DUTY|STAFF|PRESS)")


def rights():
    """rights.def, read apart from the program: field -> (roles when open, roles when secret)."""
    text = (PROTO / "rights.def").read_text()
    sets = {}

    def roles(expression):
        found = set()
        for one, named in ROLE_SETS.findall(expression):
            found |= {one.lower()} if one else sets[named]
        return found
    for name in ("DUTY", "STAFF", "PRESS"):
        sets[name] = roles(re.search(rf"#define {name} \((.*)\)", text)[1])
    return {m[1]: (roles(m[2]), roles(m[3])) for m in re.finditer(r'^SEES\(\w+, "(\w+)", ([^,]*), ([^,]*),', text, re.M)}


TEXTS = {"title": "Judul khas", "body": "Uraian khas", "address": "Alamat khas", "landmark": "Patokan khas", "lat": -6.24, "lon": 106.99,
         "accuracy_m": 9, "kelurahan": "satu", "tags": ["khas"], "extra": {"catatan": "khas"},
         "attach": [{"sha256": 64 * "c", "type": "image/jpeg", "size": 9}], "refs": [{"type": "lapor", "id": "99887766"}]}


@pytest.mark.parametrize("visibility", ["open", "anonymous", "secret"])
def test_every_field_of_every_role(keyed, who, visibility):
    """What a role is told of a case is what the table says, in every read path, and nothing else."""
    table, cells = rights(), 0
    receipt = stored(submit(who["operator"], complaint(category="drainage.blocked", visibility=visibility, person=SITI, **{
        k: v for k, v in TEXTS.items()})))
    who["operator"].act(receipt["ticket"], "verify", note="Catatan khas")
    who["operator"].act(receipt["ticket"], "assign")
    who["operator"].act(receipt["ticket"], "note", reason="Alasan khas")
    columns = 1 if visibility == "secret" else 0
    for role, told in rows_of(who, receipt).items():
        sees_it = role in ("operator", "field", "leader", "auditor", "importer")      # it is of the field staff's SKPD
        told = [row for row in told if "code" not in row]
        if role in ("humas", "media") and visibility != "secret":       # nothing yet, or what is public
            assert not [row for row in told if set(row) - PUBLIC], role
            continue
        assert bool(told) == sees_it, (role, told)
        names = set().union(*(row.keys() for row in told)) if told else set()
        for field in TEXTS | {"note": 0, "reason": 0, "source": 0, "key": 0, "person": 0, "category": 0, "owner": 0, "visibility": 0}:
            expected = sees_it and role in table[field][columns]
            if visibility == "anonymous" and field in ("source", "key"):
                expected = expected if role in ("operator", "auditor") else names & {field} != set()
            assert (field in names) == expected, (role, field, visibility)
            cells += 1
        assert not [s for s in SECRETS if s in repr(told)], role
        unknown = {n for n in names if n not in table} - LIFE
        assert not unknown, (role, unknown)
    COUNTED[f"cells of role x field, {visibility} cases"] += cells


LIFE = {"helpers", "ack_due", "resolve_due", "clock", "ack_target", "resolve_target", "target_date", "forwards", "acknowledged_at", "do", "from", "to",
        "role", "due", "due_at", "task", "tasks", "judged_by", "owner_before", "receipt_at"}


def test_an_anonymous_reporter_is_unnamed(keyed, who):
    """Field staff that reports anonymously is not named to those who work on it, nor to leadership."""
    receipt = stored(submit(keyed.keyed("field-2"), report(visibility="anonymous", category="drainage.blocked")))
    told = rows_of({role: who[role] for role in ("leader", "importer", "operator")}, receipt)
    for role in ("leader", "importer"):
        assert "field-2" not in repr(told[role])
    assert "field-2" in repr(told["operator"])


@pytest.mark.parametrize("visibility", ["open", "anonymous", "secret"])
def test_what_a_refusal_tells(keyed, who, visibility):
    """Who changed a case last is told with E_STATE and E_STALE; not where that is the reporter nobody is to know, and not to who is told of no senders."""
    receipt = stored(submit(keyed.keyed("field-damkar"), emergency(visibility=visibility)))
    told = {name: [refusal(lambda: client.act(receipt["ticket"], "resume")), refusal(lambda: client.act(receipt["ticket"], "note", version=9))]
            for name, client in (("operator", who["operator"]), ("handler", who["handler"]))}
    for name, bodies in told.items():
        assert [b["code"] for b in bodies] == ["E_STATE", "E_STALE"], bodies
        hears = name == "operator" or visibility != "anonymous"
        assert [b.get("changed_by") for b in bodies] == 2 * ["field-damkar" if hears else None], (name, bodies)
        assert all(b["state"] == "assigned" and b["changed_at"] for b in bodies)
    of_the_skpd = refusal(lambda: keyed.keyed("field-damkar").act(receipt["ticket"], "note", version=9))
    assert (of_the_skpd.get("changed_by") is None) == (visibility != "open"), of_the_skpd


def test_what_a_desk_is_given(keyed, who):
    """A handler's input: the fields its role is told of, of an open, an anonymous and a secret case."""
    table, sent = rights(), {}
    for visibility in ("open", "anonymous", "secret"):
        sent[stored(submit(who["operator"], emergency(visibility=visibility, person=SITI, **TEXTS)))["seq"]] = visibility
    desk, given = keyed.keyed("desk-damkar").attach(credit=64), {}
    while set(sent) - set(given):
        item = desk.item(PATIENCE)
        given[item["case"]] = item["event"]
    desk.close()
    for seq, visibility in sent.items():
        names = set(given[seq])
        for field in {**TEXTS, "source": 0, "key": 0, "person": 0, "category": 0, "owner": 0}:
            expected = "handler" in table[field][visibility == "secret"] and (visibility != "anonymous" or field not in ("source", "key"))
            assert (field in names) == expected, (field, visibility)
        assert not [s for s in SECRETS if s in repr(given[seq])]
        assert not {n for n in names if n not in table} - LIFE


def test_a_secret_case_is_not_told_of_beside_another(keyed, who):
    """What was merged into a case, and what a case was merged into: tickets of secret cases are for who may see them."""
    poc = who["operator"]
    incident, other = stored(submit(poc, emergency())), stored(submit(poc, emergency(category="medical.accident", visibility="secret")))
    poc.act(other["ticket"], "merge", into=incident["ticket"])
    told = {name: keyed.keyed(name).get(incident["ticket"]) for name in ("poc-1", "walikota", "desk-damkar", "desk-dinkes")}
    assert {name for name, case in told.items() if other["ticket"] in case.get("reports", [])} == {"poc-1", "walikota", "desk-dinkes"}


# the table of verbs, and its attacks ---------------------------------------------------------------------------------

FOREIGN_TRIES = 20


@pytest.fixture(scope="module")
def foreign(keyed, who):
    """A case that is neither field-1's nor its SKPD's, nor the handler's of dlh; one that is not there."""
    receipt = stored(submit(who["operator"], emergency(visibility="secret", person=SITI)))
    return receipt["seq"], receipt["ticket"]


def refusal(call):
    try:
        call()
    except Refused as no:
        return {k: v for k, v in no.body.items() if k not in ("now",)}
    return None


@pytest.mark.parametrize("name", ["field-1", "desk-dlh", "humas-1", "media-1"])
def test_there_and_not_there_sound_alike(keyed, who, foreign, name):
    """a5, a7, a12: for who may not see a case it is as if it were not there, in every answer; each denial leaves a line."""
    client, before = keyed.keyed(name), counters(who["operator"].__class__(keyed.ipc, "it-1", PATIENCE))["denied"]
    denied = 0
    asks = {"get": lambda n: client.get(n), "move": lambda n: client.act(n, "note"), "person": lambda n: client.request(PERSON, {"case": n, "why": "x"}),
            "work": lambda n: client.work(n, "disdamkarmat", "done", attempt=1), "erase": lambda n: client.request(20, {"case": n, "what": "texts", "reason": "x", "key": new_key()}),
            "hold": lambda n: client.request(21, {"case": n, "do": "set", "reason": "x", "key": new_key()})}
    for verb, ask in asks.items():
        if verb == "move" and name in ("humas-1",):
            continue                                    # Humas writes down how the public rates any case
        for _ in range(FOREIGN_TRIES):
            there, nowhere = refusal(lambda: ask(foreign[0])), refusal(lambda: ask(10**9))
            assert there is not None and there == nowhere, (verb, there, nowhere)
            denied += 2
    COUNTED["denied tries on cases that are there and that are not"] += denied
    assert foreign[1] not in repr(client.list(limit=500)) and foreign[1] not in repr(client.list(kind=["emergency"], count=True))
    after = counters(who["operator"].__class__(keyed.ipc, "it-1", PATIENCE))["denied"]
    assert after - before >= denied
    eventually(lambda: sum(f'"source":"{name}"' in line for f in (keyed.folder / "store/refused").iterdir() for line in f.read_text().splitlines()) >= denied,
               "each denial to leave its line")


@pytest.mark.parametrize("role", city.WHO)
def test_what_is_said_in_a_payload_is_not_believed(keyed, who, role):
    """a3: role, SKPD and identity in a body or an event change nothing."""
    client, was = who[role], who[role].hello()
    for extra in ({"role": "admin"}, {"User-Id": "it-1"}, {"user_id": "it-1"}, {"skpd": "poc-112"}, {"identity": "auditor-1"}):
        for _ in range(2):
            refusal(lambda: client.request(6, {"limit": 1, **extra}))
            refusal(lambda: client.request(2, {"events": [complaint(**{k: str(v) for k, v in extra.items()})]}))
    assert client.hello()["role"] == was["role"] == role


def test_a_role_in_a_body_opens_no_verb(keyed):
    """a1, a3: every cell of verbs.def that is denied stays so, whatever role the message names."""
    assert roles_believed(keyed) == []


@pytest.mark.parametrize("role", [r for r in city.WHO if r != "admin"])
def test_only_the_administrator_destroys(who, foreign, role):
    """a1, a11: nor does the administrator read, or make himself another."""
    assert refusal(lambda: who[role].request(20, {"case": foreign[0], "what": "person", "reason": "x", "key": new_key()}))["code"] == "E_ROLE"


def test_the_administrator_reads_nothing(who, foreign):
    admin = who["admin"]
    for ask in (lambda: admin.get(foreign[0]), lambda: admin.list(), lambda: admin.request(7, {}), lambda: admin.due(within="1d"),
                lambda: admin.request(PERSON, {"case": foreign[0], "why": "x"}), lambda: admin.request(2, {"events": [emergency()]})):
        assert refusal(ask)["code"] == "E_ROLE"


# persons ---------------------------------------------------------------------------------------------------------------

def test_every_reading_is_on_the_record(keyed, who):
    receipt = stored(submit(who["operator"], emergency(person=SITI)))
    told = who["auditor"].request(PERSON, {"ticket": receipt["ticket"], "why": "pemeriksaan 3/2026"})
    assert told["person"] == {**SITI, "phone": "+6281234567890"}
    found = who["auditor"].request(PERSON, {"phone": "62 812 3456 7890", "why": "pemeriksaan 3/2026"})["cases"]
    assert receipt["ticket"] in [c["ticket"] for c in found]
    read = [row for row in who["auditor"].get(receipt["ticket"])["history"] if row["entry"] == "read"]
    assert [(r["source"], r["role"], r["reason"]) for r in read] == [("auditor-1", "auditor", "pemeriksaan 3/2026")]
    assert "name" in read[0]["fields"] and not [s for s in SECRETS if s in repr(read)]
    assert not [row for row in who["operator"].get(receipt["ticket"])["history"] if row["entry"] == "read"]
    with refusing("E_FIELD", "why"):
        who["operator"].request(PERSON, {"ticket": receipt["ticket"]})


def test_who_works_on_it_reads_what_is_open(keyed, who):
    damkar = keyed.keyed("desk-damkar")
    for visibility, may in (("open", True), ("anonymous", False), ("secret", True)):
        receipt = stored(submit(who["operator"], emergency(person=SITI, visibility=visibility)))
        said = refusal(lambda: damkar.request(PERSON, {"ticket": receipt["ticket"], "why": "menelepon pelapor"}))
        assert (said is None) == may, (visibility, said)
        helper = keyed.keyed("desk-dinkes")
        said = refusal(lambda: helper.request(PERSON, {"ticket": receipt["ticket"], "why": "menelepon pelapor"}))
        assert (said is None) == (visibility == "open"), (visibility, said)


def test_scene_8_a_secret_violence_report(keyed, who):
    """No read path, feed, refusal, log or file yields the person to a role without the right."""
    receipt = stored(submit(who["operator"], complaint(category="violence.child", title="Anak dipukul", body="Korban Budi, 9 tahun",
                                                       address="Jl. Mawar 3", person=SITI)))
    for role, told in rows_of(who, receipt).items():
        said = repr(told) + repr(refusal(lambda: who[role].request(PERSON, {"ticket": "C-200101-0001-A", "why": "x"})))
        assert not [s for s in SECRETS if s in said], role
        hears = role in ("operator", "auditor")
        assert ("Budi" in said) == ("Anak dipukul" in said) == ("Mawar" in said) == hears, role
    assert not [s for s in SECRETS if s.encode() in keyed.stderr.read_bytes()]
    for folder in ("store/journal", "store/views", "store/persons", "store/refused"):
        for path in (keyed.folder / folder).iterdir():
            raw = path.read_bytes()
            assert not [s for s in SECRETS if s.encode() in raw], path
    for case in ({"ticket": receipt["ticket"]}, {"case": 10**9}):       # nor does Humas learn that there is such a case
        with refusing("E_NOT_FOUND"):
            who["humas"].request(17, {**case, "do": "release", "text": "Kabar", "key": new_key()})
    rate = [refusal(lambda: who["humas"].act(case, "rate", done=True)) for case in (receipt["seq"], 10**9)]
    assert rate[0] == rate[1] and rate[0]["code"] == "E_REF", rate


# erasure ---------------------------------------------------------------------------------------------------------------

def everywhere(folder, text):
    return [p for p in (folder / "store").rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


def siagad(*args):
    return subprocess.run([str(BUILD / "siagad"), *map(str, args)], capture_output=True, text=True, timeout=3 * PATIENCE)


def test_scene_9_erasure(tmp_path_factory):
    """The person goes and the texts go, from the disk too; the chain still checks, what else was told stays the same, and an older copy of the
    store brings nothing back."""
    daemon = KeyedDaemon(tmp_path_factory.mktemp("erase"))
    try:
        poc, admin, auditor = (daemon.keyed(n) for n in ("poc-1", "it-1", "auditor-1"))
        gone = stored(submit(poc, complaint(title="Judul yang dimusnahkan", body="Uraian yang dimusnahkan " + 5000 * "x", person=SITI)))
        kept = stored(submit(poc, complaint(title="Judul yang tinggal", person={"name": "Rudi"})))
        poc.act(gone["ticket"], "verify", note="Catatan yang dimusnahkan")
        poc.act(gone["ticket"], "reject", reason="Alasan yang dimusnahkan")
        before, sequence = poc.list(limit=500, count=True), poc.hello()["head"]
        daemon.stop()
        old = daemon.folder / "old"
        shutil.copytree(daemon.folder / "store", old)
        assert everywhere(daemon.folder, "yang dimusnahkan")
        daemon.start()
        poc, admin, auditor = (daemon.keyed(n) for n in ("poc-1", "it-1", "auditor-1"))
        admin.request(21, {"ticket": gone["ticket"], "do": "set", "reason": "perkara", "key": new_key()})
        with refusing("E_HELD"):
            admin.request(20, {"ticket": gone["ticket"], "what": "texts", "reason": "permohonan", "key": new_key()})
        admin.request(21, {"ticket": gone["ticket"], "do": "lift", "reason": "selesai", "key": new_key()})
        for what in ("person", "texts"):
            assert admin.request(20, {"ticket": gone["ticket"], "what": what, "reason": "permohonan", "key": new_key()})["ticket"] == gone["ticket"]
        with refusing("E_NOT_FOUND"):
            auditor.request(PERSON, {"ticket": gone["ticket"], "why": "x"})
        assert auditor.request(PERSON, {"phone": "081234567890", "why": "x"})["cases"] == []
        assert auditor.request(PERSON, {"ticket": kept["ticket"], "why": "x"})["person"] == {"name": "Rudi"}
        row = poc.get(gone["ticket"])
        assert "dimusnahkan" not in repr(row) and "erase" in [r["entry"] for r in row["history"]]
        now = poc.list(limit=500, count=True)
        strip = [{k: v for k, v in r.items() if k not in ("title", "body")} for r in before["rows"]]
        assert [{k: v for k, v in r.items() if k not in ("title", "body")} for r in now["rows"]] == strip and now["total"] == before["total"]
        eventually(lambda: not everywhere(daemon.folder, "yang dimusnahkan"), "the disk to be wiped")
        told = auditor.request(18, {})
        assert "found" not in told and told["next"] == told["head"] + 1 > sequence
        daemon.kill9()                                      # in the middle of whatever it did
        daemon.start()
        poc, admin, auditor = (daemon.keyed(n) for n in ("poc-1", "it-1", "auditor-1"))
        assert "dimusnahkan" not in repr(poc.get(gone["ticket"]))
        daemon.stop()
        done = siagad("--verify-chain", daemon.folder / "store")
        assert done.returncode == 0 and "all well" in done.stdout, done.stdout
        daemon.verify()
        shutil.rmtree(daemon.folder / "store")              # the disk failed; the backup is from before
        shutil.copytree(old, daemon.folder / "store")
        daemon.start()
        poc, auditor = daemon.keyed("poc-1"), daemon.keyed("auditor-1")
        assert "erased again" in daemon.said()
        with refusing("E_NOT_FOUND"):
            auditor.request(PERSON, {"ticket": gone["ticket"], "why": "x"})
        assert "dimusnahkan" not in repr(poc.get(gone["ticket"])) and "Judul yang tinggal" in repr(poc.get(kept["ticket"]))
        eventually(lambda: not everywhere(daemon.folder, "yang dimusnahkan"), "the older copy to be wiped, too")
    finally:
        daemon.close()


def test_retention_shows_and_destroys_nothing(keyed, who):
    receipt = stored(submit(who["operator"], complaint(title="Lama", person=SITI)))
    who["operator"].act(receipt["ticket"], "reject", reason="prank")
    rows = who["admin"].request(22, {})["rows"]
    assert receipt["ticket"] not in [r["ticket"] for r in rows]         # a day has not passed
    assert refusal(lambda: who["operator"].request(22, {}))["code"] == "E_ROLE"


# the public ------------------------------------------------------------------------------------------------------------

PUBLIC = {"seq", "entry", "at", "case", "ticket", "kind", "severity", "state", "category", "kecamatan", "kelurahan", "public", "text"}


def heard(watch, want):
    """Rows of a feed until one passes."""
    rows = []
    while not any(want(r) for r in rows):
        kind, body = watch.take(PATIENCE)
        rows += body["rows"] if kind == "feed" else []
    return rows


def test_the_media_s_feed(keyed, who):
    """After its delay, place and kind alone; a text when Humas gives one; corrections and withdrawals reach who saw it."""
    feed = keyed.keyed("media-1").watch()
    receipt = stored(submit(who["operator"], emergency(title="Jangan dibaca umum", address="Jl. Rahasia 7", kelurahan="satu", person=SITI)))
    ticket, own = receipt["ticket"], lambda r: r.get("ticket") == receipt["ticket"]
    assert refusal(lambda: who["media"].get(ticket))["code"] == "E_NOT_FOUND"
    rows = heard(feed, lambda r: own(r) and r.get("public") == "publish")
    seen = who["media"].get(ticket)
    rows += [seen["case"], *seen["history"]]
    humas = who["humas"]
    humas.request(17, {"ticket": ticket, "do": "release", "text": "Kebakaran kecil, sudah padam.", "key": new_key()})
    rows += heard(feed, lambda r: own(r) and r.get("text") == "Kebakaran kecil, sudah padam.")
    humas.request(17, {"ticket": ticket, "do": "correct", "text": "Ralat: belum padam.", "key": new_key()})
    rows += heard(feed, lambda r: own(r) and r.get("public") == "correct")
    assert ticket in [r["ticket"] for r in who["media"].list()["rows"]]
    humas.request(17, {"ticket": ticket, "do": "withdraw", "reason": "permintaan keluarga", "key": new_key()})
    rows += heard(feed, lambda r: own(r) and r.get("public") == "withdraw")
    for row in rows:
        assert set(row) <= PUBLIC, set(row) - PUBLIC
    assert not [s for s in (*SECRETS, "Jangan dibaca", "poc-1", "keluarga") if s in repr(rows)]
    assert refusal(lambda: who["media"].get(ticket))["code"] == "E_NOT_FOUND"
    assert ticket not in [r["ticket"] for r in who["media"].list()["rows"]]
    with refusing("E_STATE"):
        humas.request(17, {"ticket": ticket, "do": "correct", "text": "lagi", "key": new_key()})


@pytest.mark.parametrize("fields", [{"visibility": "secret"}, {"mode": "exercise"}, {"call_class": "prank"}, {"category": None}], ids=str)
def test_what_never_becomes_public(keyed, who, fields):
    receipt = stored(submit(who["operator"], emergency(**{k: v for k, v in fields.items() if v}) if fields.get("category", 1) else
                            {k: v for k, v in emergency().items() if k != "category"}))
    other = stored(submit(who["operator"], emergency()))                # its time is over later
    feed = keyed.keyed("media-1").watch(start=receipt["seq"])
    rows = heard(feed, lambda r: r.get("ticket") == other["ticket"])
    assert receipt["ticket"] not in [r["ticket"] for r in rows]


# the chain -------------------------------------------------------------------------------------------------------------

def test_scene_14_a_head_is_signed_and_the_chain_checks(keyed, who):
    head = eventually(lambda: (lambda h: h if "sign" in h else None)(who["auditor"].request(19, {})), "the first head of the day")
    assert head["node"] == "uji-1" and len(head["sign"]) == 128 and int(head["upto"]) < head["seq"] <= head["now"]
    at, before = 1, None
    while True:
        told = who["auditor"].request(18, {"from": at, **({"before": before} if before else {})})
        assert "found" not in told, told
        at, before = told["next"], told["before"]
        if not told["more"]:
            break
    assert at == told["head"] + 1
    wrong = who["auditor"].request(18, {"signer": 64 * "0"})
    assert (wrong["found"], wrong["number"]) == ("head", head["seq"])
    assert refusal(lambda: who["operator"].request(18, {}))["code"] == "E_ROLE"
    assert knock(keyed.tcp, keyed.ring.of("poc-1"))
