#!/usr/bin/python3
"""How soon a paper is there: the daily report and the monthly briefing of a made-up month with many cases, from starting `siaga`
until it ends.

    make bench-programs tests && bench/papers.py [--times 30]

--times: so many times the cases of demo/month.sh (30: some 500 a day, 70,000 in the store). One line a figure: the median of
twenty in milliseconds, the fastest and the slowest; on a machine that others use the fastest is what siaga needs. SIAGA_BUILD names another built tree.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("SIAGA_BUILD", TREE / "build"))
PAPERS = {"daily, html": ["daily", "2026-10-31", "-o", "html"], "daily, one SKPD": ["daily", "2026-10-31", "--skpd", "dbmsda"],
          "monthly, html": ["monthly", "2026-10", "-o", "html"], "monthly, csv": ["monthly", "2026-10", "-o", "csv"]}
WANTED_MS = 100


def took_ms(arguments):
    began = time.monotonic()
    subprocess.run([BUILD / "siaga", "digest", *arguments], stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - began) * 1000


def measure():
    for name, arguments in PAPERS.items():
        took = [took_ms(arguments) for _ in range(20)]
        print(f"digest {name:<20} ms {statistics.median(took):>8.1f}   < {WANTED_MS}   [{min(took):.1f} .. {max(took):.1f}]")


parser = argparse.ArgumentParser()
parser.add_argument("--times", type=int, default=30)
parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
asked = parser.parse_args()
if asked.inside:
    measure()
else:
    inside = [TREE / "demo/month.sh", ".", sys.executable, __file__, "--inside"]
    sys.exit(subprocess.run(inside, env={**os.environ, "SIAGA_BUILD": str(BUILD.resolve()), "MONTH_TIMES": str(asked.times)}).returncode)
