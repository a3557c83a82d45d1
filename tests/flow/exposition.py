"""Reads the text form of Prometheus (0.0.4) on stdin, as its scraper and `promtool check metrics` do; prints each fault, exit 1 when there is one.
Values wanted may be given: name=value, name{label="x"}=value, where a value may be `>N`."""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(\{{(?:{LABEL}(?:,{LABEL})*)?\}})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)")
faults, types, helps, samples, order = [], {}, {}, {}, []


def family(name):
    """The metric a sample belongs to: a histogram has three kinds of them."""
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and types.get(name.removesuffix(suffix)) == "histogram":
            return name.removesuffix(suffix)
    return name


text = sys.stdin.read()
if not text.endswith("\n") or "\r" in text:
    faults.append("the last line does not end, or lines end in CR")
for line in text.splitlines():
    head = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
    sample = SAMPLE.fullmatch(line)
    if head:
        kind, name, rest = head.groups()
        table = helps if kind == "HELP" else types
        if name in table or name in order:
            faults.append(f"{name}: {kind} twice, or behind its samples")
        table[name] = rest
    elif sample:
        name, labels, value = sample.groups()
        base = family(name)
        if base in order and order[-1] != base:
            faults.append(f"{base}: its samples do not stand together")
        if base not in order:
            order.append(base)
        if (name, labels or "") in samples:
            faults.append(f"{name}{labels}: twice")
        samples[name, labels or ""] = float(value)
    else:
        faults.append(f"not understood: {line!r}")

for name in order:
    kind = types.get(name)
    if kind not in ("counter", "gauge", "histogram") or not helps.get(name, "").strip():
        faults.append(f"{name}: without TYPE or HELP")
    if (kind == "counter") != name.endswith("_total"):
        faults.append(f"{name}: a {kind} with such a name")
    if re.search(r"_(us|ms|milliseconds|kib|mib|percent)$", name) or not name.startswith("siaga_"):
        faults.append(f"{name}: no base unit, or not ours")
    if kind == "histogram":
        steps = [(float(re.search('le="([^"]+)"', labels)[1].replace("+Inf", "inf")), value)
                 for (full, labels), value in samples.items() if full == name + "_bucket"]
        if steps != sorted(steps) or [v for _, v in steps] != sorted(v for _, v in steps) or steps[-1] != (float("inf"), samples[name + "_count", ""]):
            faults.append(f"{name}: its buckets do not add up: {steps}")
for name in set(types) | set(helps):
    if name not in order:
        faults.append(f"{name}: no sample")
for wanted in sys.argv[1:]:
    name, labels, value = re.fullmatch(rf"({NAME})(\{{.*\}})?=(>?[\d.]+)", wanted).groups()
    seen = samples.get((name, labels or ""))
    if seen is None or not (seen > float(value[1:]) if value[0] == ">" else seen == float(value)):
        faults.append(f"{wanted}: is {seen}")
print("\n".join(faults))
sys.exit(bool(faults) or not order)
