"""Some events whose texts can be found again in the files of the store."""


def title(n):
    return f"Jalan rusak nomor {n:05d}"


def event(n, **fields):
    return {"key": f"k{n}", "kind": "complaint", "category": "road.pothole", "title": title(n), "kecamatan": "utara",
            "body": "Lubang di tengah jalan. " * (4 if n % 3 else 100), **fields}


def fill(client, count=300, start=0):
    """Stores so many, fifty at once, and a few moves. Returns the receipts of the events."""
    receipts = []
    for n in range(start, start + count, 50):
        receipts += client.submit(*(event(i) for i in range(n, min(n + 50, start + count))))
    assert not any("code" in receipt for receipt in receipts), receipts[:3]
    for receipt in receipts[:20]:
        client.move(receipt["seq"], "verified", note="dilihat")
    return receipts


def everything(client):
    """What LIST says, and GET of each case, without the seconds that go on while it is held."""
    rows = list(client.cases(limit=500))
    told = [client.get(row["case"]) for row in rows]
    for got in told:
        for held in got["held"]:
            assert held.pop("held_s") >= 0 and held.pop("waited_s") >= 0
    return rows, told
