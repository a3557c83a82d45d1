"""LIST by an expression: words, places, and, or, not, as of an older number; who may ask what, and what is hidden stays hidden."""
import pytest

from support import complaint, emergency, refusing, report, stored, submit

HERE, NEAR, FAR = (-6.3000, 106.9700), (-6.3010, 106.9710), (-6.2600, 106.9900)


@pytest.fixture(scope="module")
def told(poc):
    """Five cases with names."""
    def send(make, at=None, **fields):
        if at:
            fields.update(lat=at[0], lon=at[1])
        return stored(submit(poc, make(**fields)))["seq"]
    return {
        "street": send(complaint, HERE, title="Lampu JALAN padam", body="Gelap gulita sejak kemarin", key="k-street"),
        "cafe": send(complaint, NEAR, title="Café bising", body="Suara musik; jalan macet"),
        "pump": send(report, FAR, title="Pompa terendam"),
        "secret": send(emergency, HERE, title="Kekerasan jalanan", visibility="secret"),
        "anonymous": send(complaint, title="Pungli di loket", visibility="anonymous"),
    }


def names(client, told, *where, **fields):
    """The named cases that are found, in order."""
    by = {seq: name for name, seq in told.items()}
    return [by[row["seq"]] for row in client.cases(where=list(where), **fields) if row["seq"] in by]


def test_words_are_found_whatever_their_case_and_accents(poc, told):
    assert names(poc, told, "words", "jalan") == ["cafe", "street"]
    assert names(poc, told, "words", "cafe JALAN") == names(poc, told, "words", "CAFÉ") == ["cafe"]
    assert names(poc, told, "words", "jalan gulita", "pompa") == ["pump", "street"]     # texts are joined by or
    assert names(poc, told, "words", "jalan*") == ["secret", "cafe", "street"]
    assert names(poc, told, "words", "jal") == []


def test_places_and_keys(poc, told):
    assert names(poc, told, "near", *HERE, 50) == ["secret", "street"]
    assert names(poc, told, "near", *HERE, 500) == ["secret", "cafe", "street"]
    assert names(poc, told, "box", -6.31, 106.96, -6.25, 107.0) == ["secret", "pump", "cafe", "street"]
    assert names(poc, told, "key", "poc-1/k-street") == ["street"]
    assert names(poc, told, "key", "field-1/k-street") == []


def test_and_or_not(poc, told):
    either = ["or", ["words", "pompa"], ["words", "loket"]]
    assert names(poc, told, *either) == ["anonymous", "pump"]
    assert names(poc, told, "and", either, ["not", ["kind", "report"]]) == ["anonymous"]
    assert names(poc, told, "not", ["or", either, ["near", *HERE, 500]]) == []
    assert names(poc, told, "words", "jalan", reverse=True) == ["street", "cafe"]
    assert poc.list(where=["words", "jalan"], count=True, limit=1)["total"] == 2


def test_what_a_role_is_not_told_it_does_not_find(leader, told):
    """A leader sees that there is a secret case, but neither its texts nor its place nor who sent it; nor the sender of an anonymous one."""
    assert "secret" in names(leader, told, "severity", "severe", "unknown")
    assert names(leader, told, "words", "kekerasan") == names(leader, told, "words", "jalanan") == []
    assert names(leader, told, "near", *HERE, 50) == ["street"]
    assert "secret" in names(leader, told, "not", ["words", "kekerasan"])       # as every other secret case: it tells nothing
    assert names(leader, told, "reporter", "poc-1") == ["pump", "cafe", "street"]


def test_whose_rights_end_before_the_field_may_not_ask(daemon, told):
    media = daemon.client("media-1")
    for where in (["words", "jalan"], ["skpd", "dbmsda"], ["near", *HERE, 50], ["not", ["or", ["kind", "report"], ["reporter", "poc-1"]]]):
        with refusing("E_ROLE"):
            media.list(where=where)
    assert media.list(where=["kind", "report"])["rows"] == []


def test_as_of(fresh):
    poc = fresh.client("poc-1")
    receipt = stored(submit(poc, complaint()))
    then = receipt["seq"]
    poc.move(receipt["ticket"], "verified")
    stored(submit(poc, complaint()))

    def states(**fields):
        return [row["state"] for row in poc.list(**fields)["rows"]]
    assert states() == ["received", "verified"]
    assert states(as_of=then) == states(as_of_time=receipt["received_at"]) == ["received"]
    assert states(as_of=then, where=["state", "verified"]) == []
    assert states(as_of=then + 1, where=["state", "verified"]) == ["verified"]
    assert states(as_of=99999) == states()
    assert states(as_of_time="2020-01-01T00:00:00Z") == []
    fresh.kill9()
    fresh.start()
    poc = fresh.client("poc-1")
    assert states(as_of=then) == ["received"]


@pytest.mark.parametrize("where", [
    "words", 7, [], ["wrods", "x"], ["words"], ["words", ""], ["words", "!?"], ["words", 5], ["kind", "emergenzy"], ["open", 1], ["not"],
    ["not", ["open"], ["open"]], ["and"], ["near", -6.2, 106.9], ["near", -6.2, 106.9, 0], ["near", 91, 0, 10], ["near", "x", 0, 10],
    ["near", 0, 0, 100001], ["box", -6, 106, -7, 107], ["box", 1, 2, 3], ["ticket", "E-000000-0000-X"], ["key", "poc-1"], ["key", "/x"],
    ["or", ["open"], "open"], ["and", *[["open"]] * 33], ["words", *["x"] * 65], ["words", " ".join(f"w{n}" for n in range(40))], ["skpd", "nobody"],
    ["kecamatan", "nowhere"]], ids=str)
def test_what_cannot_be_read_is_named(poc, where):
    with refusing(["E_FIELD", "E_LIMIT", "E_RANGE", "E_CATEGORY"]):
        poc.list(where=where)


def test_too_deep_is_too_deep(poc):
    deep = ["open"]
    for _ in range(5):
        deep = ["not", deep]
    assert poc.list(where=deep)["rows"] is not None
    for _ in range(3):
        deep = ["not", deep]
    with refusing("E_PARSE"):
        poc.list(where=deep)


def test_the_plan_begins_with_what_is_narrow(poc, told):
    plan = poc.list(where=["and", ["mode", "actual"], ["words", "loket"]], explain=True)["plan"]
    assert [leaf["index"] for leaf in plan["order"]] == ["words", "mode"]
    assert [leaf["in_newest"] for leaf in plan["order"]][0] == 1 and plan["chunks"] == 1 and plan["looked_up"] < 20


def test_destroyed_texts_are_not_found_and_not_left(fresh):
    poc, admin = fresh.client("poc-1"), fresh.client("it-1")
    word = "zebracrossingxyz"
    receipt = stored(submit(poc, complaint(title=f"Cat {word} pudar")))
    other = stored(submit(poc, complaint(title=f"Lagi {word}")))

    def found():
        return [row["seq"] for row in poc.list(where=["words", word])["rows"]]
    assert found() == [other["seq"], receipt["seq"]]
    admin.request(20, {"ticket": receipt["ticket"], "what": "texts", "reason": "permintaan", "key": "e1"})
    assert found() == [other["seq"]]
    admin.request(20, {"ticket": other["ticket"], "what": "texts", "reason": "permintaan", "key": "e2"})
    assert found() == []
    fresh.kill9()
    fresh.start()
    assert fresh.client("poc-1").list(where=["words", word])["rows"] == []
    fresh.stop()
    views = b"".join(path.read_bytes() for path in (fresh.folder / "store" / "views").iterdir())
    assert word[:24].encode() not in views
