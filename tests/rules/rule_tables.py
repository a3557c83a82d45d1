"""The .def tables: whole, without repeats, and told in the protocol's text."""
import re
import subprocess
import sys

from tree import ROOT, Tap, code, sources

ROW = re.compile(r"^(\w+)\((.*)\)\s*$")


def split(arguments):
    """The arguments of a row; texts keep their quotes."""
    return [a.strip() for a in re.findall(r'(?:"(?:\\.|[^"\\])*"|[^,"(]|\([^)]*\))+', arguments)]


def rows(root, path, macro):
    if not (root / path).exists():
        return []
    lines = (root / path).read_text(encoding="utf-8").split("\n")
    found = [ROW.match(line) for line in lines if line.startswith(macro + "(")]
    return [split(match.group(2)) for match in found if match]


def read(root, path):
    return (root / path).read_text(encoding="utf-8") if (root / path).exists() else ""


def texts_of(row, count):
    """The last `count` arguments, unquoted: the sentences."""
    return [text.strip('"').strip() for text in row[-count:]]


def sentences(root):
    """Every row that people read has its texts, in two languages where it has two."""
    tables = [("proto/verbs.def", "VERB", 2), ("proto/verdicts.def", "VERDICT", 2), ("proto/fields.def", "FIELD", 2),
              ("proto/feeds.def", "ANSWER", 1), ("daemon/base/counters.def", "COUNTER", 1),
              ("daemon/store/schema.def", "TABLE", 1)]
    found = []
    for path, macro, count in tables:
        table = rows(root, path, macro)
        if not table and (root / path).exists():
            found.append(f"{path}: no row of {macro} can be read")
        for row in table:
            texts = texts_of(row, count)
            if not all(texts) or len(texts) != count or (macro == "VERDICT" and texts[0] == texts[1]):
                found.append(f"{path}: {row[:2]}: a sentence is missing")
    return found


def numbers(root):
    """Numbers and names stand once."""
    found = []
    for path, macro in (("proto/verbs.def", "VERB"), ("proto/verdicts.def", "VERDICT"), ("proto/feeds.def", "ANSWER")):
        for column, what in ((0, "number"), (1, "name")):
            seen = [row[column] for row in rows(root, path, macro)]
            found += [f"{path}: {what} {s} stands twice" for s in sorted(set(seen)) if seen.count(s) > 1]
    return found


def verbs(root):
    """A verb is open to some role, and the text has a section for it."""
    roles = {row[1]: 1 << int(row[0]) for row in rows(root, "proto/kinds.def", "ROLE")}
    headings = " ".join(re.findall(r"^### 5\.\d+ (.*)$", read(root, "proto/SPEC.md"), re.M))
    found = []
    for _, name, wire, mask, *_ in rows(root, "proto/verbs.def", "VERB"):
        unknown = set(re.findall(r"R\((\w+)\)", mask)) - set(roles)
        if unknown:
            found.append(f"{name}: no such role: {unknown}")
            continue
        mask = re.sub(r"R\((\w+)\)", lambda m: str(roles[m.group(1)]), mask).replace("ANY", str(sum(roles.values())))
        if not re.fullmatch(r"[\d\s|&~()]+", mask) or not eval(mask) & sum(roles.values()):
            found.append(f"{name}: no role may use it")
        if not re.search(rf"\b{name}\b", headings):
            found.append(f"{name}: SPEC.md has no section 5.n for it")
        if wire != f'"{name.lower()}"':
            found.append(f"{name}: is {wire} on the wire")
    return found


def verdicts(root):
    """A verdict is told in SPEC.md or given somewhere; SPEC.md names none that is not there."""
    spec = read(root, "proto/SPEC.md")
    names = {row[1] for row in rows(root, "proto/verdicts.def", "VERDICT")}
    used = " ".join("\n".join(code(root, path)) for path in sources(root, kinds=(".c",)))
    found = [f"{n}: neither in SPEC.md nor in code" for n in sorted(names) if not re.search(rf"\b{n}\b", spec + used)]
    return found + [f"{n}: in SPEC.md, not in verdicts.def" for n in sorted(set(re.findall(r"\bE_[A-Z_]+\b", spec)) - names)]


def who(mask):
    """The roles of a mask in words: "all", "all but media, admin", "operator, field"."""
    named = ", ".join(name.lower() for name in re.findall(r"R\((\w+)\)", mask))
    return ("all but " if named else "all") + named if mask.startswith("ANY") else named


def tables(root):
    """The lists of verbs and of verdicts in SPEC.md are those of the .def files, row by row."""
    spec, found = read(root, "proto/SPEC.md"), []
    wanted = {
        "## 5. Requests": [f"| {r[0]} | {r[1]} | {who(r[3])} | {r[4]} | {texts_of(r, 1)[0]} |" for r in rows(root, "proto/verbs.def", "VERB")],
        "## 8. Verdicts": [f"| {r[0]} | `{r[1]}` | {r[2]} | {texts_of(r, 1)[0]} |" for r in rows(root, "proto/verdicts.def", "VERDICT")]}
    for section, lines in wanted.items():
        told = re.findall(r"^\| \d+ \|.*\|$", spec.partition(section)[2].partition("\n##")[0], re.M)
        found += [f"{section}: not in SPEC.md: {line}" for line in lines if line not in told]
        found += [f"{section}: only in SPEC.md: {line}" for line in told if line not in lines]
    return found


def answers(root):
    """Each answer code is in the table of SPEC.md with its name."""
    spec = read(root, "proto/SPEC.md")
    return [f"{row[1]}: not in section 2.2 of SPEC.md" for row in rows(root, "proto/feeds.def", "ANSWER")
            if not re.search(rf"^\| {row[0]} \| {row[1].lower()} \|", spec, re.M)]


def counted(root):
    """A counter that nothing counts tells a lie."""
    used = " ".join("\n".join(code(root, path)) for path in sources(root, "daemon", kinds=(".c",)))
    return [f"{row[0]}: nothing counts it" for row in rows(root, "daemon/base/counters.def", "COUNTER")
            if not re.search(rf"\bCOUNT_{row[0]}\b", used)]


def shedding(root):
    """The order in which load is shed is told in SECURITY.md, sentence by sentence, and each step has a figure of its own."""
    table = rows(root, "daemon/ingress/shed.def", "SHED")
    told = re.findall(r"^\d+\. (.*)$", read(root, "docs/SECURITY.md").partition("## What one identity may cost")[2].partition("\n## ")[0], re.M)
    wanted, figures = [texts_of(row, 1)[0] for row in table], [row[2] for row in table]
    found = [f"{figure}: counts two steps" for figure in sorted(set(figures)) if figures.count(figure) > 1]
    differ = [f"shed.def says {w!r}, SECURITY.md {t!r}" for w, t in zip(wanted + ["nothing"], told + ["nothing"]) if w != t]
    return found + differ


WHO = {"DESK": "operator", "HANDS": "operator, handler", "CREW": "operator, handler, field", "SENDER": "operator, field",
       "PUBLIC": "operator, field, humas", "R(HANDLER)": "handler", "HANDS | R(SYSTEM)": "operator, handler, siagad",
       "DESK | R(SYSTEM)": "operator, siagad"}


def states(root):
    """Section 7 of SPEC.md is the table of moves.def, row by row."""
    moves = re.findall(r"^MOVE\((\w+), (\w+), (.+?), ([A-Z_| ]+), (\w+)\)$", read(root, "proto/moves.def"), re.M)
    wanted = [f"| {a.lower()} | {do.lower()} | {WHO.get(who, who)} | {needs.lower().replace(' | ', ', ')} | {b.lower()} |"
              for a, do, who, needs, b in moves]
    section = read(root, "proto/SPEC.md").partition("## 7. States")[2].partition("## 8.")[0]
    told = [line for line in re.findall(r"^\| .* \|$", section, re.M) if not line.startswith("| from |")]
    lost = [f"not in SPEC.md: {row}" for row in wanted if row not in told]
    return lost + [f"only in SPEC.md: {row}" for row in told if row not in wanted] + ([] if moves else ["moves.def cannot be read"])


def goldens(root):
    """The golden times are what the independent program makes of the city's files."""
    program = root / "tests/unit/calendar_golden.py"
    if not program.exists():
        return ["tests/unit/calendar_golden.py is not there"]
    done = subprocess.run([sys.executable, str(program), "--check"], capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[:10] or ["it failed"] if done.returncode else []


ROLE = {"proto/kinds.def": 'ROLE(1, OPERATOR, "operator", "a", "b")\n'}
SPEC = {"proto/SPEC.md": "### 5.1 HELLO\nE_PARSE\n"}

tap = Tap()
tap.rule("every row has its sentences", sentences,
         {"proto/verdicts.def": 'VERDICT(1, E_PARSE, 65, "", "unreadable")\n'},
         {"daemon/base/counters.def": 'COUNTER(STORED, "stored", "")\n'},
         {"proto/verbs.def": "VERB of another form\n"})
tap.rule("numbers and names stand once", numbers,
         {"proto/verdicts.def": 'VERDICT(1, E_A, 65, "a", "b")\nVERDICT(1, E_B, 65, "a", "b")\n'})
tap.rule("every verb has a role and a section", verbs,
         {**ROLE, **SPEC, "proto/verbs.def": 'VERB(1, HELLO, "hello", 0, 64, "a", "b")\n'},
         {**ROLE, **SPEC, "proto/verbs.def": 'VERB(1, HELLO, "hello", ANY & ~R(OPERATOR), 64, "a", "b")\n'},
         {**ROLE, **SPEC, "proto/verbs.def": 'VERB(1, HELLO, "hello", R(NOBODY), 64, "a", "b")\n'},
         {**ROLE, **SPEC, "proto/verbs.def": 'VERB(2, GET, "get", ANY, 64, "a", "b")\n'})
tap.rule("every verdict is known on both sides", verdicts,
         {**SPEC, "proto/verdicts.def": 'VERDICT(1, E_PARSE, 65, "a", "b")\nVERDICT(2, E_LOST, 65, "a", "b")\n'},
         {**SPEC, "proto/verdicts.def": ""})
tap.rule("verbs and verdicts are listed in SPEC.md as they are", tables,
         {"proto/verbs.def": 'VERB(1, GET, "get", ANY & ~(R(MEDIA) | R(ADMIN)), 64, "a", "b")\n', "proto/SPEC.md": "## 5. Requests\n| 1 | GET | all but media | 64 | b |\n"},
         {"proto/verdicts.def": 'VERDICT(1, E_A, 65, "a", "b")\n', "proto/SPEC.md": "## 8. Verdicts\n| 1 | `E_A` | 77 | b |\n"},
         {"proto/verbs.def": "", "proto/SPEC.md": "## 5. Requests\n| 1 | GET | all | 64 | b |\n"})
tap.rule("every answer code is in the text", answers, {**SPEC, "proto/feeds.def": 'ANSWER(0x80, DONE, "done", "x")\n'})
tap.rule("the states of SPEC.md are those of moves.def", states,
         {"proto/moves.def": "MOVE(RECEIVED, VERIFY, DESK, NOTHING, VERIFIED)\n", "proto/SPEC.md": "## 7. States\n## 8.\n"},
         {"proto/moves.def": "MOVE(RECEIVED, VERIFY, DESK, NOTHING, VERIFIED)\n",
          "proto/SPEC.md": "## 7. States\n| received | verify | operator, handler | nothing | verified |\n## 8.\n"})
SHED = 'SHED(A, "a", CUT, "satu", "one")\nSHED(B, "b", %s, "dua", "two")\n'
COST = "## What one identity may cost\n1. %s\n2. %s\n## More\n"
tap.rule("load is shed in the order that is told", shedding,
         {"daemon/ingress/shed.def": SHED % "SHED", "docs/SECURITY.md": COST % ("two", "one")},
         {"daemon/ingress/shed.def": SHED % "SHED", "docs/SECURITY.md": "## What one identity may cost\n1. one\n"},
         {"daemon/ingress/shed.def": SHED % "CUT", "docs/SECURITY.md": COST % ("one", "two")})
tap.rule("golden times agree with their program", goldens, {"tests/unit/calendar_golden.py": "raise SystemExit('not so')\n"})
tap.rule("every counter counts", counted, {"daemon/base/counters.def": 'COUNTER(LOST, "lost", "x")\n'})

# The reader itself: as many rows as there are lines that begin like one.
begun = len(re.findall(r"^VERB\(", read(ROOT, "proto/verbs.def"), re.M))
tap.result("the reader sees every verb, with seven parts",
           [] if [len(r) for r in rows(ROOT, "proto/verbs.def", "VERB")] == [7] * begun and begun else ["it does not"])
tap.end()
