"""What was measured, what was wanted, and the page that tells both: a table in Markdown and a drawing."""
import os
import platform
import statistics
import sys
import time
from html import escape
from math import log2
from pathlib import Path

# cell, rival, bound of the ratio siaga : rival ("at least" for more is better, else "at most")
WANTED = {
    "intake 64 x 64": {"redis": 1.2, "postgresql x64": 5, "rabbitmq": 5, "nats": 1.5},
    "intake 8 x 64": {"redis": 1.0},
    "intake 64 x 1": {"redis": 0.7},
    "intake 8 x 1": {"redis": 0.6},
    "intake 1 x 64": {"redis": 0.8},
    "intake 1 x 1": {"redis": 0.5},
    "feed to 1,000": {"redis": 1.0},
    "feed to 100": {"redis": 0.5},
    "feed to 10": {"redis": 0.4},
    "feed to 1 at 1,000/s: p99": {"redis": 2},
    "range of 10,000, 1 asking": {"redis": 4},
    "one by its ticket, 8 asking": {"redis": 0.5, "nats": 1.1},
    "latest 100 of one SKPD, 1 asking": {"postgresql": 3},
    "disk an event": {"postgresql": 0.5},
    "ready after kill -9": {"redis": 0.2},
}
# what siagad is held to alone
ALONE = {"emergency p99, flood : idle": 2, "idle connection with CURVE": 40, "64 x 64: with keys : without": 0.45, "1 x 1: with keys : without": 0.9}


class Figure:
    def __init__(self, unit, better):
        self.unit, self.better, self.values = unit, better, {}

    def median(self, label):
        return statistics.median(self.values[label])

    def ratios(self, label):
        """siaga : label, round by round."""
        return [a / b for a, b in zip(self.values.get("siaga", []), self.values[label]) if b]

    def meets(self, value, bound):
        return value >= bound if self.better == "more" else value <= bound


class Book:
    def __init__(self):
        self.figures = {}

    def add(self, cell, unit, better, label, value):
        self.figures.setdefault(cell, Figure(unit, better)).values.setdefault(label, []).append(value)

    def labels(self):
        """siaga first, the others as they came."""
        seen = dict.fromkeys(label for f in self.figures.values() for label in f.values)
        return sorted(seen, key=lambda label: label != "siaga")


def short(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(book):
    """Every cell; behind a rival's figure, in brackets, siaga : rival."""
    labels = book.labels()
    yield "| work | unit | " + " | ".join(labels) + " |"
    yield "|---|---|" + "---:|" * len(labels)
    for cell, f in book.figures.items():
        columns = []
        for label in labels:
            if label not in f.values:
                columns.append("")
            elif label == "siaga" or not f.better or not f.ratios(label):
                columns.append(short(f.median(label)))
            else:
                columns.append(f"{short(f.median(label))} ({statistics.median(f.ratios(label)):.2f})")
        yield f"| {cell} | {f.unit} | " + " | ".join(columns) + " |"


def judged(book):
    """(cell, rival, bound, ratios, whether it is met, the figure) for all that is wanted and was measured."""
    for cell, bounds in WANTED.items():
        f = book.figures.get(cell)
        for label, bound in bounds.items():
            if f and label in f.values and "siaga" in f.values:
                ratios = f.ratios(label)
                yield cell, label, bound, ratios, f.meets(statistics.median(ratios), bound), f
    for cell, bound in ALONE.items():
        if f := book.figures.get(cell):
            yield cell, "", bound, f.values["siaga"], f.meets(f.median("siaga"), bound), f


def wanted_table(book):
    yield "| work | against | wanted | median | each round | |"
    yield "|---|---|---:|---:|---|---|"
    for cell, label, bound, ratios, met, f in judged(book):
        sign = ">=" if f.better == "more" else "<="
        each = " ".join(f"{r:.2f}" for r in ratios)
        yield f"| {cell} | {label or 'itself'} | {sign} {bound:g} | {statistics.median(ratios):.2f} | {each} | {'met' if met else '**missed**'} |"


NAME_W, BAR_W, ROW_H, TOP = 330, 480, 22, 46
LEAST, MOST = 0.125, 32     # the scale: doublings either way


def drawing(book):
    """A bar for each ratio that is wanted, on a scale of doublings; the mark is what is wanted. To the right is better."""
    rows = [(f"{cell} : {label}", statistics.median(r) if f.better == "more" else 1 / statistics.median(r),
             bound if f.better == "more" else 1 / bound, met) for cell, label, bound, r, met, f in judged(book) if label]
    height = TOP + len(rows) * ROW_H + 10
    doublings = [LEAST * 2 ** n for n in range(9)]
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {NAME_W + BAR_W + 70} {height}" width="100%" role="img" '
           'font-family="sans-serif" font-size="12">')
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    yield f'<text x="{NAME_W}" y="16">siaga : rival, to the right is better; the mark is what is wanted</text>'
    for value in doublings:
        yield f'<line x1="{x_of(value)}" y1="{TOP - 8}" x2="{x_of(value)}" y2="{height - 10}" stroke="{"#888" if value == 1 else "#ddd"}"/>'
        yield f'<text x="{x_of(value)}" y="{TOP - 12}" text-anchor="middle" font-size="10">{value:g}</text>'
    for i, (name, value, bound, met) in enumerate(rows):
        y, at, one = TOP + i * ROW_H, x_of(value), x_of(1)
        yield f'<text x="{NAME_W - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
        yield f'<rect x="{min(at, one)}" y="{y + 3}" width="{max(1, abs(at - one))}" height="14" fill="{"#0b6b3a" if met else "#e0a030"}"/>'
        yield f'<line x1="{x_of(bound)}" y1="{y}" x2="{x_of(bound)}" y2="{y + 20}" stroke="#000" stroke-width="2"/>'
        yield f'<text x="{NAME_W + BAR_W + 8}" y="{y + 14}" font-size="10">{value:.2f}</text>'
    yield "</svg>"


def x_of(value):
    share = (log2(min(max(value, LEAST), MOST)) - log2(LEAST)) / (log2(MOST) - log2(LEAST))
    return round(NAME_W + share * BAR_W)


def machine():
    cpu = next((line.split(": ")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return f"{os.cpu_count()} x {cpu}, {memory:.0f} GiB, Linux {platform.release()}, {Path('/etc/os-release').read_text().split(chr(34))[1]}"


def page(book, options, who, missing, took):
    yield "# The race\n"
    yield (f"Measured {time.strftime('%Y-%m-%d')} on {machine()}. {took / 60:.0f} minutes; waiting for a processor, on average: "
           f"{options.load_before:.1f} at the start, {os.getloadavg()[0]:.1f} at the end (this bench alone makes some 2 to 4). "
           f"{options.rounds} rounds of {options.seconds:g} s, {options.events:,} stored for the questions, by\n")
    yield f"    {' '.join(['bench/peers/race.py', *sys.argv[1:]])}          # make bench-peers\n"
    if options.load_before > os.cpu_count():
        yield ("**The machine was full of other work meanwhile.** All that ran here shared what was left of its processors, so that a ratio tells who needs less "
               "of a processor more than who is faster on a machine of its own, and rounds lie far apart. It is to be run again on a quiet one.\n")
    yield "Absolute figures are this machine's on that day; compare inside a row. How it is measured: [bench/README.md](../bench/README.md).\n"
    yield "## What was wanted\n"
    yield "Ratios siaga : rival, median of the rounds; all views, indexes and verdicts of siagad on.\n"
    yield "![ratios](speed.svg)\n"
    yield from wanted_table(book)
    yield "\n## All that was measured\n"
    yield "Medians; in brackets the median of the ratios siaga : rival. `a x b`: a clients with b events in flight each.\n"
    yield from table(book)
    yield "\n## What an acknowledgement means\n"
    for rival, version in who:
        yield f"- **{rival.wire}** ({version}): {rival.ack}."
    if missing:
        yield "\nNot in this run: " + ", ".join(f"{r.wire} (apt-get install {r.package})" for r in missing) + "."


def write(book, options, who, missing, took):
    options.out.mkdir(parents=True, exist_ok=True)
    notes = Path(__file__).with_name("notes.md")
    (options.out / "speed.svg").write_text("\n".join(drawing(book)) + "\n")
    (options.out / "SPEED.md").write_text("\n".join(page(book, options, who, missing, took)) + "\n" + "\n" + notes.read_text())
    print("\n" + "\n".join(wanted_table(book)) + f"\n\n{options.out}/SPEED.md, {options.out}/speed.svg")
