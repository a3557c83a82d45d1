"""Who may do what (D30): the rulings of the city written down apart from the program, act x role, and each cell tried over tcp with the role's own key.
What is allowed succeeds 20 times of 20; what is not is attacked, and nothing is got: plainly (a1), at doors of others (a2, a4), with a role, SKPD or
name forged in the body (a3), on cases of others by number and by page (a5, a12), with somebody else's recorded request (a7), after the right was
lost while connected (a8), by names that look alike (a10), by who would raise himself (a11), and by who is not enrolled (a13). a6 stands in
test_identity, a9 is about sockets siaga has none of."""
import collections
import contextlib

import pytest
import zmq

import city
import siaga
from attacks import strangers
from keyring import KeyedDaemon, knock
from siaga import DONE, KINDS, REFUSED, frame, new_key
from support import COUNTED, PATIENCE, complaint, counters, emergency, eventually, report, stored, submit, verbs

ALLOWED, TRIES, AT_ONCE = 20, 50, 50
ROLES = ("operator", "field", "handler", "leader", "humas", "media", "admin", "auditor", "importer")
WHO = {**city.WHO, "handler": "desk-dlh"}       # of an SKPD that has no part in the case of the tests
DENIALS = {"E_ROLE", "E_NOT_FOUND", "E_REF", "E_SOURCE", "E_VERB", "E_FIELD"}     # E_FIELD: the forged name itself is refused
# Y any case, o one's own, p what is public, - none
MATRIX = """
emergency         Y Y - - - - - - Y
complaint         Y Y - - - - - - Y
instruction       Y - - Y - - - - -
note              Y o o - - - - - -
reclass           Y - - - - - - - -
read              Y o o Y p p - Y Y
list              Y o o Y p p - Y Y
count             Y o o Y p p - Y Y
due               Y o o Y - - - Y Y
feed              Y o o Y p p - Y Y
feed of an SKPD   Y o o Y p p - Y Y
snapshot          Y o o Y p p - Y Y
desk              Y - - - - - - - -
requeue           Y - o - - - - - -
dead items        Y - Y - - - - Y -
route             Y Y Y Y Y - Y Y Y
status            Y Y Y Y Y - Y Y Y
figures           - - - Y - - Y Y -
refusals          - - - - - - Y Y -
release           - - - - Y - - - -
reporter          Y - o - - - - Y -
reporters         Y - - - - - Y Y -
destroy           - - - - - - Y - -
hold              Y - - - - - Y - -
schedule          - - - - - - Y Y -
chain             - - - - - - Y Y -
head              Y - - Y - - Y Y -
backup            - - - - - - - - -
export            - - - - - - - Y -
reports           Y - Y Y Y - Y Y -
"""
ACTS = [line[:18].strip() for line in MATRIX.strip().splitlines()]
CELLS = {(line[:18].strip(), role): right for line in MATRIX.strip().splitlines() for role, right in zip(ROLES, line[18:].split())}
BEYOND = range(max(number for number, _ in verbs().values()) + 1, 256)     # certificates, keys, backup, stop: no verb does any of it


def tells(seq):
    """An answer holds this case."""
    return lambda body: any(seq in (row.get("case"), row.get("seq")) for row in [body.get("case") or {}, *body.get("rows", [])] if isinstance(row, dict))


def did(body):
    return True


def asks(case):
    """act -> (verb, body, whether an answer means it was done). `case` is one that came in with a reporter, at disdamkarmat."""
    seq, ticket = case["seq"], case["ticket"]
    instruction = {"subkind": "instruction", "for": "dlh", "due_by": "2031-01-01T00:00:00Z"}
    sent = lambda body: all("seq" in result for result in body["results"])
    total = case.get("total")       # how many there are for who sees all but this one
    return {
        "emergency": (siaga.SUBMIT, lambda: {"events": [emergency()]}, sent), "complaint": (siaga.SUBMIT, lambda: {"events": [complaint()]}, sent),
        "instruction": (siaga.SUBMIT, lambda: {"events": [report(**instruction)]}, sent),
        "note": (siaga.MOVE, lambda: {"case": seq, "do": "note", "note": "x", "key": new_key()}, did),
        "reclass": (siaga.RECLASS, lambda: {"case": seq, "class": "real", "key": new_key()}, did),
        "read": (siaga.GET, lambda: {"ticket": ticket}, tells(seq)), "list": (siaga.LIST, lambda: {"limit": 500}, tells(seq)),
        "count": (siaga.LIST, lambda: {"limit": 1, "count": True, "kind": ["emergency"], "kecamatan": ["selatan"]}, lambda body: body["total"] == total),
        "due": (siaga.DUE, lambda: {"within": "30d", "limit": 500}, tells(seq)), "feed": (siaga.WATCH, lambda: {"from": seq}, tells(seq)),
        "feed of an SKPD": (siaga.WATCH, lambda: {"from": seq, "skpd": [case["owner"]]}, tells(seq)),
        "snapshot": (siaga.WATCH, lambda: {"snapshot": True}, tells(seq)), "desk": (siaga.ATTACH, lambda: {"skpd": case["owner"]}, did),
        "requeue": (siaga.WORK, lambda: {"case": seq, "skpd": case["owner"], "act": "requeue", "reason": "x", "key": new_key()}, did),
        "dead items": (siaga.DEAD, dict, did), "route": (siaga.ROUTE, lambda: {"kind": "emergency"}, did), "status": (siaga.STATUS, dict, did),
        "figures": (siaga.STATUS, dict, lambda body: "counters" in body), "refusals": (siaga.STATUS, dict, lambda body: "refused" in body),
        "release": (siaga.RELEASE, lambda: {"case": seq, "do": "release", "text": "Kabar", "key": new_key()}, did),
        "reporter": (siaga.PERSON, lambda: {"case": seq, "why": "uji"}, did), "reporters": (siaga.PERSON, lambda: {"list": True, "why": "uji"}, did),
        "destroy": (siaga.ERASE, lambda: {"case": seq, "what": "texts", "reason": "uji", "key": new_key()}, did),
        "hold": (siaga.HOLD, lambda: {"case": seq, "do": "set", "reason": "uji", "key": new_key()}, did),
        "schedule": (siaga.RETENTION, dict, did), "chain": (siaga.VERIFY, dict, did), "head": (siaga.HEAD, dict, did),
        "backup": (siaga.BACKUP, dict, did),       # over tcp nobody: it leaves only by a socket of the machine
        "export": (siaga.EXPORT, lambda: {"from": 1}, did),
        "reports": (siaga.DIGEST, lambda: {"from": "2026-11-24", "until": "2026-11-24"}, did)}


def volley(client, requests):
    """Sends (verb, body) or whole messages, some at a time, and reads: for each its code or "done", and the bodies of all that came for it. A feed has
    come when it has caught up; it is closed again."""
    said, bodies, feeds, snapshots = {}, collections.defaultdict(list), set(), set()
    messages = [request if isinstance(request, bytes) else frame(*request, n) for n, request in enumerate(requests)]

    def take():
        code, n, body = client.receive(PATIENCE)
        bodies[n].append(body)
        if code in KINDS:
            if body.get("rows"):
                client.socket.send(frame(siaga.CREDIT, {"watch": n, "add": len(body["rows"])}))
            if body.get("left") == 0:
                snapshots.discard(n)
            if KINDS[code] == "beat" and n in feeds - snapshots and body["next"] > body["head"]:
                feeds.discard(n)
                client.socket.send(frame(siaga.UNWATCH, {"watch": n}))
            return
        assert code in (DONE, REFUSED) and n not in said, (code, n, body)
        said[n] = body["code"] if code == REFUSED else "done"
        if code == DONE and messages[n][3] == siaga.WATCH:
            feeds.add(n)
            snapshots.update({n} if b"snapshot" in messages[n] else ())
        if code == DONE and messages[n][3] == siaga.ATTACH:
            client.socket.send(frame(siaga.UNWATCH, {"watch": n}))
    for at in range(0, len(messages), AT_ONCE):
        for message in messages[at:at + AT_ONCE]:
            client.socket.send(message)
        while len(said) < min(at + AT_ONCE, len(messages)):
            take()
    while feeds:
        take()
    return [(said[n], bodies[n]) for n in range(len(messages))]


def got(answers, means):
    """Those that were done, or that went further than a denial."""
    return [(code, bodies[-1]) for code, bodies in answers if (code == "done" and any(means(body) for body in bodies)) or code not in DENIALS | {"done"}]


def denials(answers):
    """How many of them were denied; of a SUBMIT event by event."""
    codes = [code for code, _ in answers] + [result.get("code") for code, bodies in answers if code == "done" for result in bodies[0].get("results", [])]
    return sum(code in ("E_ROLE", "E_NOT_FOUND", "E_SOURCE") for code in codes)


class Ground:
    """A siagad with one client of each role, a case of others, and what each role has of its own."""

    def __init__(self, folder):
        self.daemon = KeyedDaemon(folder, limits=city.HASTY.replace("}", ", watches: 1000}"), rules=city.RULES)
        self.clients = {role: self.daemon.keyed(WHO[role]) for role in ROLES}
        poc = self.clients["operator"]
        person = {"name": "Siti Aminah"}
        self.others = [r["seq"] for r in poc.submit(*(emergency(person=person) for _ in range(TRIES - 10)))]
        self.foreign = stored(submit(poc, emergency(person=person, kecamatan="selatan")))
        self.foreign["total"] = 1           # the one emergency in selatan
        garbage = stored(submit(poc, complaint(category="garbage.uncollected", person=person)))
        poc.act(garbage["ticket"], "assign")
        self.own = {"handler": garbage, "field": stored(submit(self.clients["field"], report(person=person)))}
        self.public = stored(submit(poc, complaint(category="garbage.uncollected")))
        self.spare = stored(submit(poc, complaint(category="garbage.uncollected")))
        self.clients["humas"].request(siaga.RELEASE, {"ticket": self.public["ticket"], "do": "release", "text": "Kabar", "key": new_key()})

    def case_for(self, role, act):
        """What a role tries itself on with success."""
        return self.spare if act == "release" else {"o": self.own.get(role), "p": self.public}.get(CELLS[act, role], self.foreign)


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    ground = Ground(tmp_path_factory.mktemp("matrix"))
    try:
        yield ground
    finally:
        ground.daemon.close()


def may_be_tried(act, right):
    """What may be done once only, or needs a case in another state, has its own tests; that the role passes is seen here all the same."""
    return right != "-" and not (act == "count" and right != "Y")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_allowed_is_done(ground, role):
    """Twenty of twenty. An act whose case is not in the state for it (requeue, reclass again, a hold that is set) must get as far as the case."""
    acts = [act for act in ACTS if may_be_tried(act, CELLS[act, role]) for _ in range(ALLOWED)]
    asked = [asks(ground.case_for(role, act))[act] for act in acts]
    for act, (_, _, means), (code, bodies) in zip(acts, asked, volley(ground.clients[role], [(verb, body()) for verb, body, _ in asked])):
        far_enough = code in ("E_STATE", "E_LEASE", "E_HELD", "E_REF") and act in ("requeue", "reclass", "hold", "destroy")
        assert far_enough or code == "done" and any(means(b) for b in bodies), (act, code, bodies)
    COUNTED["matrix: cells that allow"] += len(set(acts))
    COUNTED["matrix: tries that had to succeed"] += len(acts)


def attacks(ground, role, act, verb, body):
    """The attacks on one cell: name -> requests."""
    plain = [(verb, body()) for _ in range(TRIES)]
    claims = [{"role": r} for r in ROLES] + [{"skpd": "disdamkarmat"}, {"identity": "poc-1"}, {"User-Id": "it-1"}, {"source": "poc-1"}, {"source": "auditor-1"}]
    forged = [(verb, {**claims[n % len(claims)], **body()} if n % 2 else {**body(), **claims[n % len(claims)]}) for n in range(TRIES)]
    found = {"a1": plain, "a3": [(v, b) for v, b in forged if not (act == "feed of an SKPD" and b.get("skpd") == "disdamkarmat")]}
    if verb in (siaga.GET, siaga.MOVE, siaga.RECLASS, siaga.PERSON, siaga.RELEASE, siaga.ERASE, siaga.HOLD, siaga.WORK):
        near = ground.others + [2**63 + n for n in range(TRIES - len(ground.others))]
        found["a5"] = [(verb, {k: v for k, v in body().items() if k != "ticket"} | {"case": n}) for n in near]
    if verb in (siaga.LIST, siaga.DUE):
        found["a5"] = [(verb, {**body(), **extra}) for extra in FILTERS[:TRIES]]
    if verb == siaga.WATCH:
        found["a2 a4"] = [(verb, {"from": 1, **extra}) for extra in FILTERS[:TRIES]]
    return found


FILTERS = [{}, *({"skpd": [name]} for name in city.SKPD), *({"kind": [k]} for k in ("emergency", "complaint", "report")), {"kecamatan": ["selatan"]},
           *({"severity": [s]} for s in ("extreme", "severe", "moderate", "minor", "unknown")), *({"state": [s]} for s in ("received", "assigned", "closed")),
           {"skpd": list(city.SKPD)}, {"skpd": ["disdamkarmat", "dlh"], "kind": ["emergency"], "kecamatan": ["selatan"], "state": ["assigned"]}]


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_allowed_is_not_got(ground, role):
    """Each cell that denies, and what is not one's own in each that is bounded: no attack gets anything, and each denial is counted and stands on the list."""
    tries, before = [], counters(ground.daemon.client("it-1"))["denied"]
    for act in ACTS:
        if CELLS[act, role] != "Y":
            verb, body, means = asks(ground.foreign)[act]
            tries += [(act, name, means, request) for name, requests in attacks(ground, role, act, verb, body).items() for request in requests]
            COUNTED["matrix: cells that deny" if CELLS[act, role] == "-" else "matrix: cells that are bounded"] += 1
    answers = volley(ground.clients[role], [request for *_, request in tries])
    for (act, name, means, request), answer in zip(tries, answers):
        assert not got([answer], means), (act, name, request, answer)
        COUNTED[f"matrix: tries of {name} that got nothing"] += 1
    denied = denials(answers)
    assert counters(ground.daemon.client("it-1"))["denied"] - before == denied
    eventually(lambda: sum(f'"source":"{WHO[role]}"' in line for f in (ground.daemon.folder / "store/refused").iterdir()
                           for line in f.read_text().splitlines()) >= denied, "each denial to leave its line")
    COUNTED["matrix: denials counted, each with its line"] += denied


@pytest.mark.parametrize("role", ROLES)
def test_nobody_raises_himself(ground, role):
    """a11: certificates, roles, keys, backup and the end of siagad are nobody's to ask for; there is no such verb."""
    answers = volley(ground.clients[role], [(verb, {"name": WHO[role], "role": "admin"}) for verb in BEYOND])
    assert {code for code, _ in answers} == {"E_VERB"}
    assert ground.clients[role].hello()["role"] == role
    COUNTED["matrix: tries of a11 that got nothing"] += len(answers)


ALIKE = ["DLH", "dlh ", " dlh", "dlh\0", "dlhh", "dl", "", "dIh", "\u0501lh", "dlh\u200b", "disdamkarmat", "poc-112", "*", "any"]


def test_no_name_but_ones_own(ground):
    """a10: a handler by another name than its SKPD's gets no desk, no part, no row and no feed of it."""
    own, other = ground.own["handler"]["seq"], ground.foreign["seq"]
    tries = [(verb, {name: alike, **more}) for alike in ALIKE for verb, name, more in (
        (siaga.ATTACH, "skpd", {}), (siaga.MOVE, "task", {"case": other, "do": "note", "note": "x", "key": new_key()}), (siaga.LIST, "skpd", {}),
        (siaga.WORK, "skpd", {"case": own, "act": "requeue", "reason": "x", "key": new_key()}), (siaga.WATCH, "skpd", {"from": 1})) if alike or verb != siaga.ATTACH]
    tries = [(verb, {k: [v] if k == "skpd" and verb in (siaga.LIST, siaga.WATCH) else v for k, v in body.items()}) for verb, body in tries]
    for request, (code, bodies) in zip(tries, volley(ground.clients["handler"], tries)):
        assert code != "done" or not any(tells(other)(b) or b.get("rows") or "lease_s" in b or "seq" in b for b in bodies), (request, code, bodies)
        COUNTED["matrix: tries of a10 that got nothing"] += 1


@pytest.mark.parametrize("role", [r for r in ROLES if CELLS["list", r] in "op"])
def test_what_others_have_cannot_be_told_from_nothing(ground, role):
    """a12: answers, counts and pages of who sees only some cases are the same before and after another one comes in; numbers of the journal aside."""
    def seen():
        answers = volley(ground.clients[role], [(siaga.LIST, {**f, "count": True, "limit": 2}) for f in FILTERS] + [(siaga.DEAD, {}), (siaga.DUE, {"within": "9d"})])
        return [(code, {k: v for k, v in bodies[-1].items() if k not in ("head", "as_of", "until")}) for code, bodies in answers]
    before = seen()
    other = stored(submit(ground.clients["operator"], emergency(visibility="secret", kecamatan="selatan")))
    ground.clients["operator"].get(other["seq"])                # the views have it
    assert seen() == before
    COUNTED["matrix: tries of a12 that got nothing"] += len(before)


def test_who_is_not_enrolled_gets_no_answer(ground):
    """a13: every verb, from a stranger's key, from no key, PLAIN, half a key and another server's: not one word comes back."""
    context, ours = zmq.Context.instance(), []
    for keys, mechanism in strangers(ground.daemon.ring).values():
        sock = context.socket(zmq.DEALER)
        sock.setsockopt(zmq.LINGER, 0)
        if keys:
            sock.curve_serverkey, sock.curve_publickey, sock.curve_secretkey = keys
        if mechanism == "PLAIN":
            sock.plain_username = sock.plain_password = b"poc-1"
        sock.connect(ground.daemon.tcp)
        for act, (verb, body, _) in asks(ground.foreign).items():
            sock.send(frame(verb, {**body(), "source": "poc-1"}))
            COUNTED["matrix: tries of a13 that got nothing"] += 1
        ours.append(sock)
    head = ground.clients["operator"].hello()["head"]
    assert not any(knock(ground.daemon.tcp, *how) for how in strangers(ground.daemon.ring).values())   # so long they had
    assert not any(sock.poll(100) for sock in ours)
    rows = ground.clients["auditor"].watch(start=head + 1)
    kind, body = rows.take(PATIENCE)
    while kind != "beat" or body["next"] <= body["head"]:
        assert {row["entry"] for row in body.get("rows", [])} <= {"access", "head", "work", "alarm"}, body
        kind, body = rows.take(PATIENCE)
    for sock in ours:
        sock.close()


def test_a_right_that_is_lost_is_lost_at_once(ground):
    """a7, a8, every cell that allows: the role becomes another while connected, then the key is taken back. What was recorded before is sent again."""
    def record(role, act):
        verb, body, _ = asks(ground.case_for(role, act))[act]
        return frame(verb, body())
    recorded = {role: [record(role, act) for act in ACTS if may_be_tried(act, CELLS[act, role]) and CELLS[act, "media"] == "-"] for role in ROLES}
    for role in ROLES:
        volley(ground.clients[role], [message[:4] + n.to_bytes(8, "big") + message[12:] for n, message in enumerate(recorded[role])])
    people = ground.daemon.ring.people()
    for role in ROLES:
        people = people.replace(f"{{id: {WHO[role]}, role: {role}", f"{{id: {WHO[role]}, role: media")
    ground.daemon.ring.write(people)
    for role in ROLES:
        if role != "media":
            eventually(lambda: ground.daemon.keyed(WHO[role]).hello()["role"] == "media", f"{role} to be media")
        for message in recorded[role]:
            [(code, _)] = volley(ground.clients[role], [message[:4] + bytes(8) + message[12:]])
            assert code == "E_ROLE", (role, message, code)
            COUNTED["matrix: tries of a7 and a8 that got nothing"] += 1
    gone = [ground.daemon.ring.pair(WHO[role])[0].decode() for role in ROLES]
    ground.daemon.ring.write(people + "\nrevoked: [" + ", ".join(f'"{key}"' for key in gone) + "]\n")
    for role in ROLES:
        eventually(lambda: not knock(ground.daemon.tcp, ground.daemon.ring.of(WHO[role])), f"the key of {role} to be taken back")
        for message in recorded[role]:
            with contextlib.suppress(zmq.Again):        # there is no connection any more
                ground.clients[role].socket.send(message, zmq.DONTWAIT)
            COUNTED["matrix: tries of a8 without an answer"] += 1
    assert not any(ground.clients[role].socket.poll(100) for role in ROLES)


def test_the_matrix_is_whole():
    """Every verb that is open to some and not to all stands in a row, and each role in a column."""
    stand = {verb for verb, _, _ in asks({"seq": 1, "ticket": "", "owner": ""}).values()}
    assert {name for name, (number, roles) in verbs().items() if number not in stand} <= {"hello", "credit", "unwatch"}
    assert len(CELLS) == len(ROLES) * len(MATRIX.strip().splitlines()) and set(CELLS.values()) == set("Yop-")
