#!/usr/bin/python3
"""Sends an emergency, then follows all of them: follow.py PLACE-FILE, which keeps the place from one run to the next."""
import sys

import siaga

with siaga.Siaga() as city:
    try:
        receipt = city.emergency("Pohon tumbang", category="fallen_tree", kecamatan="jatiasih", key="pohon-1")
    except siaga.SiagaError as error:
        siaga.leave(error)      # says what to do; with exit code 69 or 75: run it again
    print(receipt["ticket"], "is with", receipt["owner"], flush=True)

    for told in city.watch(1, cursor=sys.argv[1], kind=["emergency"]):
        if told.row:
            print(told.row["seq"], told.row["ticket"], told.row["entry"], told.row["state"], flush=True)
        else:
            print(told.kind, flush=True)     # lost, back, gap, ...
