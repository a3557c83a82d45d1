"""The Python side of the demo: three programs of a city that talk to siagad without the tool `siaga`.

    kota.py panggilan|warga|banjir ENDPOINT

panggilan: the telephone exchange of 112 (pranks, silence, questions). warga: the city's complaint application.
banjir: one hour of flood calls, one after the other, over any restart of siagad; then all of it once more.
Every receipt is a line on stdout, KIND TICKET KEY new|again, and the line is written after the receipt came: what
stands there, siagad has on its disk. All texts are invented.
"""
import datetime
import sys
import time

from siaga import Refused, Siaga

WIB = datetime.timezone(datetime.timedelta(hours=7))
NOW = datetime.datetime.now(WIB).replace(second=0, microsecond=0)

PRANKS = [
    ("prank", "Anak-anak tertawa lalu ditutup"), ("prank", "Memesan nasi goreng ke 112"),
    ("prank", "Menyanyi lalu ditutup"), ("ghost", "Senyap, terdengar televisi"),
    ("prank", "Bertaruh 112 tidak menjawab"), ("ghost", "Senyap, ditutup"),
    ("information", "Bertanya jadwal SIM keliling"), ("prank", "Mengaku terjebak di planet lain"),
    ("prank", "Asap di dapur, katanya, sambil tertawa"), ("ghost", "Tombol darurat tertekan di saku"),
    ("prank", "Meminta nomor operator"), ("information", "Bertanya loket pajak terdekat"),
    ("prank", "Suara ayam berkokok"), ("ghost", "Senyap, ditutup"),
    ("prank", "Menanyakan skor bola"), ("test", "Uji saluran dari sentral"),
    ("prank", "Mengaku harimau di lapangan"), ("information", "Bertanya posko pengungsian"),
    ("prank", "Menirukan sirene"), ("ghost", "Senyap, suara kendaraan"),
    ("prank", "Bertanya siapa penemu telepon"), ("prank", "Tertawa, tiga kali berturut"),
    ("information", "Bertanya nomor PLN"), ("ghost", "Senyap, ditutup"),
]
DISTRICTS = ["bekasi-timur", "bekasi-barat", "bekasi-utara", "bekasi-selatan", "rawalumbu", "medan-satria", "bantargebang",
             "pondok-gede", "jatiasih", "jatisampurna", "mustikajaya", "pondok-melati"]
COMPLAINTS = [
    ("road.pothole", "Jalan berlubang di tikungan"), ("waste.uncollected", "Sampah tiga hari belum diangkut"),
    ("street_light.contested", "Lampu jalan mati dua minggu"), ("water.outage", "Air tidak mengalir sejak subuh"),
    ("drainage.blocked", "Saluran mampat, bau"), ("parking.illegal", "Parkir liar menutup trotoar"),
    ("water.dirty", "Air keruh kekuningan"), ("waste.burning", "Bakar sampah tiap sore"),
    ("road.sign", "Rambu tertutup dahan"), ("id_card", "KTP belum jadi, sudah sebulan"),
    ("puskesmas.queue", "Antre puskesmas sejak pukul lima"), ("noise", "Bengkel bising sampai malam"),
]
FLOOD = [
    ("emergency", "flood", "severe", "Air masuk rumah, 60 cm"), ("emergency", "evacuation", "severe", "Lansia minta jemput"),
    ("report", "inundation", "moderate", "Genangan 40 cm"), ("emergency", "flood", "severe", "Air naik cepat, 90 cm"),
    ("emergency", "rescue.water", "extreme", "Dua orang di atap"), ("report", "shelter", "moderate", "Posko balai warga dibuka"),
    ("emergency", "power.outage", "moderate", "Gardu padam, air naik"), ("report", "flood.pump", "severe", "Pompa 3 terendam"),
    ("emergency", "fallen_tree", "moderate", "Pohon menutup jalan"), ("emergency", "medical.emergency", "severe", "Sesak napas, banjir"),
    ("report", "traffic.jam", "minor", "Arus dialihkan"), ("report", "evacuation", "severe", "Perahu 2 membawa delapan"),
]


def clock(hour, minute):
    """The last time the clock showed this: today, or yesterday. Nothing of the demo lies in the future."""
    at = NOW.replace(hour=hour, minute=minute)
    return (at if at <= NOW else at - datetime.timedelta(days=1)).isoformat()


def calls():
    for n, (kind, title) in enumerate(PRANKS, 1):
        place = {"category": "fire.building", "kecamatan": "rawalumbu"} if "Asap" in title else {"category": f"call.{kind}"}
        if kind == "test":
            place["category"] = "intake.112"
        yield {"key": f"112-{n:04}", "kind": "emergency", "subkind": "call", "channel": "112", "call_class": kind,
               "title": title, "occurred_at": clock(n % 24, 5 * n % 60), **place}


def complaints():
    for n in range(48):
        category, title = COMPLAINTS[n % len(COMPLAINTS)]
        yield {"key": f"warga-{n + 1:04}", "kind": "complaint", "channel": ("web", "whatsapp", "lapor")[n % 3], "title": title,
               "category": category, "kecamatan": DISTRICTS[(n + n // 12) % 12], "occurred_at": clock(6 + n // 4, 13 * n % 60)}


def flood():
    for n in range(36):
        kind, category, severity, title = FLOOD[n % len(FLOOD)]
        yield {"key": f"banjir-{n + 1:04}", "kind": kind, "category": category, "severity": severity, "title": title,
               "kecamatan": ("jatiasih", "bekasi-timur", "rawalumbu")[n % 3], "channel": "112" if kind == "emergency" else "field",
               "occurred_at": (NOW - datetime.timedelta(minutes=54 - n * 3 // 2)).isoformat()}


def tell(events, results):
    for event, result in zip(events, results):
        if isinstance(result, Refused):
            sys.exit(f"kota.py: {event['key']}: {result}")
        print(event["kind"], result["ticket"], event["key"], "again" if result["duplicate"] else "new", flush=True)


def main(what, endpoint):
    source = {"panggilan": "poc-2", "warga": "app-warga", "banjir": "poc-3"}[what]
    with Siaga(endpoint, source=source, deadline=20.0, answer=1.0) as city:
        if what == "banjir":
            events = list(flood())
            for event in events:
                tell([event], city.submit_all([event]))
                time.sleep(0.05)        # callers do not call in one instant
            tell(events, city.submit_all(events))
        else:
            events = list(calls() if what == "panggilan" else complaints())
            tell(events, city.submit_all(events))


if __name__ == "__main__":
    main(*sys.argv[1:])
