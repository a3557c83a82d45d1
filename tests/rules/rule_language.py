"""Two languages: what the tools say stands in the sources in English and in po/id.po in Indonesian; what siagad and libsiaga say
in both at once stands in pairs. Nothing is missing, nothing is a guess, and a pair has the same places to fill."""
import re
import subprocess
from collections import Counter

from tree import ROOT, Tap, sources

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
KEYWORDS = re.search(r"^KEYWORDS = (.*)$", MAKEFILE, re.M)[1].split()
LITERAL = r'"(?:\\.|[^"\\\n])*"'
LITERALS = rf"{LITERAL}(?:\s*(?:{LITERAL}))*"
SEVERITIES = {"minor": "Rendah", "moderate": "Sedang", "severe": "Tinggi", "extreme": "Kritis"}

# ---- texts


def unquote(literals):
    """The text of C literals, or of the lines of a .po file, one behind the other."""
    plain = {"n": "\n", "t": "\t"}
    text = "".join(literal[1:-1] for literal in re.findall(LITERAL, literals))
    return re.sub(r"\\([0-7]{1,3}|.)", lambda m: chr(int(m[1], 8)) if m[1][0].isdigit() else plain.get(m[1], m[1]), text)


def places(text):
    """What printf fills in, as a bag: `%1$s` counts as `%s`, a width as nothing."""
    found = re.findall(r"%(?:\d+\$)?[-+#0]*(?:\*|\d+)?(\.(?:\*|\d+))?((?:hh?|ll?|z|j|t)?[diouxXeEfgGcsp%])", text)
    return Counter(precision + kind for precision, kind in found)


def unequal(where, one, other):
    if not one.strip() or not other.strip():
        return [f"{where}: a text is missing: {one!r} {other!r}"]
    return [f"{where}: not the same places: {one!r} {other!r}"] if places(one) != places(other) else []


# ---- the catalogue


class Entry:
    def __init__(self, block):
        lines = [line for line in block.split("\n") if line]
        self.obsolete = any(line.startswith("#~") for line in lines)
        self.fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        body = "\n".join(line for line in lines if not line.startswith("#"))
        part = {name: unquote(text) for name, text in re.findall(rf"^(msgctxt|msgid|msgstr) ({LITERALS})", body, re.M)}
        self.key = (part.get("msgctxt"), part.get("msgid"))
        self.id, self.text = part.get("msgid"), part.get("msgstr", "")


def entries(text):
    """Those of a .po file, without its head."""
    found = [Entry(block) for block in re.split(r"\n\n+", text)]
    return [e for e in found if e.obsolete or e.id]


def catalogue(root):
    """po/id.po is whole: msgfmt takes it, each text has its translation, none is a guess or left over."""
    path = root / "po/id.po"
    if not path.exists():
        return ["po/id.po is not there"]
    ran = subprocess.run(["msgfmt", "--check", "-o", "/dev/null", path], capture_output=True, text=True)
    found = [line for line in ran.stderr.split("\n") if line]
    found += [f"msgfmt ends with {ran.returncode}"] if ran.returncode and not found else []
    for e in entries(path.read_text(encoding="utf-8")):
        if e.obsolete or e.fuzzy:
            found.append(f"po/id.po: {'left over' if e.obsolete else 'a guess (fuzzy)'}: {e.id!r}")
        elif not e.text:
            found.append(f"po/id.po: no translation of {e.id!r}")
        else:
            found += unequal("po/id.po", e.id, e.text)
    return found


def tools(root):
    return [path for path in sources(root, "clients", kinds=(".c", ".h")) if len(path.parts) == 2]


def extracted(root):
    """What xgettext finds in the tools: {(context, text)}."""
    ran = subprocess.run(["xgettext", "--language=C", "--from-code=UTF-8", "--omit-header", "-o", "-",
                          *(f"--keyword={word}" for word in KEYWORDS), *map(str, tools(root))],
                         cwd=root, capture_output=True, text=True, check=True)
    return {e.key for e in entries(ran.stdout)}


def same(root):
    """The sources and po/id.po have the same texts."""
    path = root / "po/id.po"
    have = {e.key for e in entries(path.read_text(encoding="utf-8")) if not e.obsolete} if path.exists() else set()
    want = extracted(root)
    return [f"not in po/id.po, run make po: {text!r}" for _, text in sorted(want - have, key=str)] + \
        [f"in no source, run make po: {text!r}" for _, text in sorted(have - want, key=str)]


# ---- the sources of the tools


def calls(text, names):
    """The arguments of each call, as one text with the literals in it, and where the call begins."""
    inside = re.compile(rf"{LITERAL}|'(?:\\.|[^'\\])'|.", re.S)
    for match in re.finditer(rf"\b({'|'.join(names)})\(", text):
        depth, at = 1, match.end()
        while depth and at < len(text):
            token = inside.match(text, at)
            depth += {"(": 1, ")": -1}.get(token[0], 0)
            at = token.end()
        yield text[match.end():at - 1], match.start()


def read(root, path):
    """The text of a file without its comments."""
    text = (root / path).read_text(encoding="utf-8")
    return re.sub(rf"{LITERAL}|/\*.*?\*/", lambda m: m[0] if m[0][0] == '"' else " ", text, flags=re.S)


TRANSLATED = ["lang_text", *(word.split(":")[0] for word in KEYWORDS)]
SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,}")
COMMAND = re.compile(r'" *(siagad? |--?[a-z]|#|<)')  # examples, comments of files, markup
FIELDS = re.compile(rf"\.known\s*=\s*(?:{LITERAL}|\w+|\s)+")  # names of what an answer has
# What is no text for people, or stands there in both languages already.
NO_TEXT = {
    "tool_sample.c": r".*",  # made-up events of the city
    "completion.c": r".*(\\n|says what |2> )",  # scripts for shells
    "check_prometheus.c": r".*",  # for machines
    "digest_html.c": r".*", "digest_svg.c": r".*",
    "route.c": r"any kind |.*in (any )?kecamatan.*|no route matched",  # what siagad says, taken apart
    "handle.c": r"meja berhenti", "tool_time.c": r"hari ini",  # to the journal; typed
    "instruct.c": r"yang jalan'", "digest_words.c": r"a span fits",
    "tool.h": r"[a-z_ ]+", "tool_fields.c": r"[a-z_ ]+",  # names of fields
    "init.c": r"listen: .*|  %s emergency .*",  # a file, a command
    "siaga.c": r"siaga: .*", "spool.c": r"masih ada .*|others wait .*",  # in both, one behind the other
}
# An Indonesian text beside an English one: as parameters or fields, in a choice, in a call.
PAIRS = re.compile(r"\*\s*(?:\w+_)?id, (?:const char )?\*\s*(?:\w+_)?en\b" + rf"|\benglish\s*\?\s*{LITERALS}\s*:"
                   rf"|\btool_text\([^\"()]*, {LITERALS}, {LITERAL}")
# Who has both: words that are typed in either language; what is shown in both at once; the names of the languages.
BOTH = ("clients/digest.c", "clients/errors.c", "clients/lang.c")


def marked(root):
    """Each text is marked or translated where it stands; none is chosen by hand, none stands there in two languages."""
    found = []
    for path in tools(root):
        text = read(root, path)
        own, bare = NO_TEXT.get(path.name, r"(?!)"), FIELDS.sub(" ", text)
        text = bare
        for arguments, at in calls(text, TRANSLATED):
            bare = bare[:at] + bare[at:].replace(arguments, " " * len(arguments), 1)
        found += [f"{path}: N_() or tool_text() belongs around {literal}" for literal in re.findall(LITERAL, bare)
                  if SENTENCE.search(literal) and not COMMAND.match(literal) and not re.fullmatch(own, literal[1:-1])]
        if str(path) not in BOTH:
            found += [f"{path}: two languages in place: {match[0]}" for match in PAIRS.finditer(text)]
    return found


# ---- pairs that stay: the tables of the protocol, and libsiaga, which gives both languages with every error

TABLES = ["kinds", "verdicts", "fields", "verbs", "rights", "where"]


def tables(root):
    found = []
    for name in TABLES:
        path = root / f"proto/{name}.def"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for row in re.findall(r"^[A-Z_]+\(\d*\w*, .*\)$", text, re.M):
            texts = re.findall(LITERAL, row)
            if len(texts) > 1:
                found += unequal(f"proto/{name}.def", unquote(texts[-2]), unquote(texts[-1]))
            elif texts:
                found.append(f"proto/{name}.def: one language alone: {row[:80]}")
    return found


def severities(root):
    """The words people see; Siaga is what the centre is called, and in an alarm no level."""
    path = root / "proto/kinds.def"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    labels = dict(re.findall(r'^SEVERITY\(\d+, \w+, "(\w+)", "([^"]*)"', text, re.M))
    found = [f"{word} is {labels.get(word)!r}, not {label!r}" for word, label in SEVERITIES.items() if labels.get(word) != label]
    if "unknown" not in labels or len(labels) != 5:
        found.append(f"levels: {labels}")
    po = root / "po/id.po"
    texts = [e.text for e in entries(po.read_text(encoding="utf-8"))] if po.exists() else []
    labels = re.findall(r'^(?:SEVERITY|LEVEL)\(.*"([^"]*)", "[^"]*"', text, re.M)
    return found + [f"Siaga as a level: {t!r}" for t in texts + labels if re.fullmatch(r"(?:Siaga|SIAGA)(?: \d)?", t)]


def library(root):
    """The last two of literals beside each other, the two of a choice, those of two SAY that follow each other."""
    found = []
    for path in sources(root, "clients", kinds=(".c",)):
        if len(path.parts) != 3:
            continue
        text = read(root, path)
        lists = [re.findall(LITERALS, match) for match in re.findall(rf"{LITERALS}(?:,\s*{LITERALS})+", text)]
        both = [(texts[-2], texts[-1]) for texts in lists]
        both += re.findall(rf"({LITERALS})\s*:\s*({LITERALS})", text)
        both += re.findall(rf"SAY\((?:err->text_)?id,\s*({LITERALS})[^;]*;\s*SAY\((?:err->text_)?en,\s*({LITERALS})", text)
        for one, other in both:
            one, other = unquote(one), unquote(other)
            if places(one) != places(other):
                found.append(f"{path}: not the same places: {one!r} {other!r}")
    return found


# ---- TAP

HEAD = ('msgid ""\nmsgstr ""\n"Project-Id-Version: x\\n"\n"PO-Revision-Date: 2026-11-28 00:00+0000\\n"\n"Last-Translator: x\\n"\n'
        '"Language-Team: x\\n"\n"Language: id\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n')
OPEN = '#, c-format\nmsgid "%s is open"\nmsgstr "%s terbuka"\n\n'


def po(text, **more):
    return {"po/id.po": HEAD + text, **more}


def without_one():
    """This tree, but for one entry of its catalogue."""
    whole = (ROOT / "po/id.po").read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    files = {str(path): (ROOT / path).read_text(encoding="utf-8") for path in tools(ROOT)}
    return {**files, "po/id.po": "\n\n".join(whole[:-1]) + "\n"}


tap = Tap()
tap.rule("every text has its translation, none is a guess, none is left over", catalogue,
         po(OPEN + 'msgid "open"\nmsgstr ""\n'), po(OPEN + '#, fuzzy\nmsgid "open"\nmsgstr "buka"\n'),
         po(OPEN + '#~ msgid "open"\n#~ msgstr "buka"\n'), po(OPEN.replace("%s terbuka", "%d terbuka")),
         po('msgid "%s of %s"\nmsgstr "%s"\n'), {"po/id.po": OPEN})
tap.rule("the sources and po/id.po have the same texts", same, without_one(),
         po(OPEN, **{"clients/x.c": "int x;\n"}),
         po(OPEN, **{"clients/x.c": 'void f(void)\n{\n    tool_note(t, "%s is open", NC_("case", "open"));\n}\n'}))
tap.rule("every text of the tools is marked, none is chosen by hand", marked,
         {"clients/x.c": 'void f(void)\n{\n    printf("nothing is open\\n");\n}\n'},
         {"clients/x.c": 'void f(void)\n{\n    say("nothing is open");\n    tool_note(t, "all is open");\n}\n'},
         {"clients/x.c": 'const char *f(bool english)\n{\n    return english ? "open" : "buka";\n}\n'},
         {"clients/x.c": 'static void f(const char *id, const char *en)\n{\n}\n'},
         {"clients/x.c": 'static struct {\n    const char *name, *id, *en;\n} x;\n'},
         {"clients/x.c": 'void f(void)\n{\n    puts(tool_text(t, "buka", "open"));\n}\n'})
tap.rule("the tables of the protocol have both languages, with the same places", tables,
         {"proto/kinds.def": 'KIND(1, X, "x", "", "x")\n'}, {"proto/verdicts.def": 'VERDICT(1, E_X, 65, "%s salah", "wrong")\n'},
         {"proto/where.def": 'WHERE(KIND, "kind", KIND, WORD, KIND, STAYS)\n'})
tap.rule("severity is Kritis, Tinggi, Sedang, Rendah; no level is called Siaga", severities,
         {"proto/kinds.def": (ROOT / "proto/kinds.def").read_text(encoding="utf-8").replace('"Kritis"', '"Siaga"')},
         {"proto/kinds.def": (ROOT / "proto/kinds.def").read_text(encoding="utf-8"),
          **po('msgid "Critical"\nmsgstr "Siaga"\n')})
tap.rule("what libsiaga says in both languages has the same places", library,
         {"clients/lib/x.c": 'void f(void)\n{\n    error_at(e, 1, "", "%s salah", "wrong");\n}\n'},
         {"clients/lib/x.c": 'void f(void)\n{\n    SAY(id, "%s salah", x);\n    SAY(en, "wrong");\n}\n'})
tap.end()
