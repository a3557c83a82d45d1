"""What siaga says of itself: every verb and option stands in the manual, in each language it has, and the shells offer it."""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tree import BUILD, ROOT, Tap, declared

MAN = ROOT / "docs/man"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}


def says(program, *arguments):
    return subprocess.run([str(BUILD / program), *arguments], capture_output=True, text=True, env=ENVIRONMENT).stdout


# ---- what the programs take: {option: whether it has an argument}

def options_of(text):
    found = {}
    for short, long, argument in re.findall(r"^  (?:-(\S), |    )--([\w-]+)(=\S+)?", text, re.M):
        found[f"--{long}"] = bool(argument)
        if short:
            found[f"-{short}"] = bool(argument)
    return found


def verbs():
    """{verb: its options}. With a ticket behind it a verb may be another one, so both are asked."""
    names = re.findall(r"^  (\w+) ", says("siaga", "help"), re.M)
    return {name: options_of(says("siaga", name, "--help") + says("siaga", name, "X", "--help")) for name in names}


# ---- what the pages tell

def page(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def told(text):
    """For each heading: the options below it."""
    found, heading = [], ""
    for line in text.split("\n"):
        if re.match(r"\.S[sh] ", line):
            heading = line[4:]
            found.append((heading, {}))
        elif line.startswith(".It ") and found:
            for name, argument in re.findall(r"\bFl (\\?&?[\w?-]+)( Ar)?", line):
                found[-1][1]["-" + name.replace("\\&", "")] = bool(argument)
    return found


def compare(pages, takes, verbs_wanted):
    """pages: {name: text}. What of the verbs' options is told wrongly or not at all."""
    found, have, common = [], {verb: {} for verb in takes}, {}
    seen = set()
    for name, text in pages.items():
        for heading, options in told(text):
            named = [word for word in re.findall(r"[a-z]+", heading) if word in takes] if not heading.isupper() else []
            seen.update(named)
            if not named and name == "siaga.1":
                common.update(options)
            for verb in named:
                have[verb].update(options)
                found += [f"{name}: '{heading}': {verb} has no {option}" for option in options if option not in takes[verb]]
    for verb in verbs_wanted:
        if verb not in seen:
            found.append(f"{verb}: no page has a heading '.Ss {verb}'")
        for option, argument in takes[verb].items():
            where = have[verb].get(option, common.get(option))
            if where is None:
                found.append(f"{verb}: {option} stands nowhere; below a heading that names it: .It Fl {option[1:]}{' Ar x' if argument else ''}")
            elif where != argument and option.startswith("--"):
                found.append(f"{verb}: {option} {'takes' if argument else 'does not take'} an argument; the page says otherwise")
    return found


def english():
    return {path.name: page(path) for path in sorted(MAN.glob("*.1"))}


def indonesian():
    return {path.name: page(path) for path in sorted((MAN / "id/man1").glob("*.1"))}


def named_in(pages, takes):
    return [verb for verb in takes
            if any(verb in re.findall(r"[a-z]+", heading) and not heading.isupper() for text in pages.values() for heading, _ in told(text))]


def translated(takes, originals, translations):
    """A page that is there in Indonesian has the verbs and options of the English one."""
    found = [f"no page of this name in English: {name}" for name in translations if name not in originals]
    wanted = named_in({name: originals[name] for name in translations if name in originals}, takes)
    return found + compare(translations, takes, wanted)


def daemon(text, takes):
    have = dict(pair for _, options in told(text) for pair in options.items())
    return [f"siagad.8: {option} is missing" for option in takes if option not in have] + \
        [f"siagad.8: siagad has no {option}" for option in have if option not in takes and option != "-h"]


def city_keys():
    """The keys that the readers of daemon/city take, from their tables."""
    found = set()
    for source in sorted((ROOT / "daemon/city").glob("*.c")):
        found |= set(re.findall(r'\{"(\w+)", (?:true|false),', source.read_text(encoding="utf-8")))
    return found


def keys(text, wanted):
    have = set(re.findall(r"^\.It Ic (\w+)", text, re.M))
    return [f"siagad.yaml.5: the key {key} is missing" for key in sorted(wanted - have)] + \
        [f"siagad.yaml.5: no file has a key {key}" for key in sorted(have - wanted)]


def functions(text):
    have = set(re.findall(r"\bF[no] (siaga_\w+)", text))
    want = declared(page(ROOT / "include/siaga.h")) | declared(page(ROOT / "include/siaga_outbox.h"))
    return [f"siaga.3: {name} is missing" for name in sorted(want - have)] + [f"siaga.3: no header has {name}" for name in sorted(have - want)]


def leaves(text, name):
    """What a list can be asked for."""
    have = {word for line in re.findall(r"^\.It Cm (.*)$", text, re.M) for word in re.findall(r"[a-z]+", line)}
    want = re.findall(r'^WHERE\(\w+, "(\w+)"', page(ROOT / "proto/where.def"), re.M)
    return [f"{name}: a list can be asked for {leaf}; the page does not say so" for leaf in want if leaf not in have] or ([] if want else ["no leaf was read"])


def environment(text, folder, name):
    want = set()
    for source in sorted((ROOT / folder).rglob("*.c")):
        want |= set(re.findall(r'getenv\("(\w+)"\)', source.read_text(encoding="utf-8")))
    have = set(re.findall(r"^\.It Ev (\w+)", text, re.M))
    return [f"{name}: {what} is missing" for what in sorted(want - have - {"SIAGA_BREAK"})]


def lint(*paths):
    """mandoc finds nothing; it looks for pages that are referred to among those installed, so those we ask about ourselves."""
    if not shutil.which("mandoc"):
        return ["mandoc is missing; make deps"]
    done = subprocess.run(["mandoc", "-Tlint", "-Wstyle", *map(str, paths)], capture_output=True, text=True)
    found = []
    for line in (done.stdout + done.stderr).splitlines():
        other = re.search(r"referenced manual not found: Xr (\S+) (\d)", line)
        if not other or not (MAN / f"{other[1]}.{other[2]}").exists() and other[1] != "sysexits":
            found.append(line)
    return found


# ---- what the shells offer

def offered(takes):
    found = []
    for verb, options in takes.items():
        lines = says("siaga", "completion", "at", "--", verb, "--") + says("siaga", "completion", "at", "--", verb, "X", "--")
        have = {line.split("\t")[0] for line in lines.splitlines()}
        found += [f"{verb}: the shell does not offer {option}" for option in options if option.startswith("--") and option not in have]
    have = {line.split("\t")[0] for line in says("siaga", "completion", "at", "--", "").splitlines()}
    return found + [f"the shell does not offer {verb}" for verb in takes if verb not in have]


tap, takes, pages = Tap(), verbs(), english()
without = {**pages, "siaga-list.1": pages.get("siaga-list.1", "").replace(".It Fl -explain\n", "")}
beyond = {**pages, "siaga-list.1": pages.get("siaga-list.1", "").replace(".It Fl -explain\n", ".It Fl -explain\n.It Fl -nosuch\n")}
other = {**pages, "siaga-list.1": pages.get("siaga-list.1", "").replace(".It Fl -explain\n", ".It Fl -explain Ar n\n")}
unheard = {name: text.replace(".Ss handle\n", ".Ss desks\n") for name, text in pages.items()}
tap.result("siaga can be asked what it takes", [] if len(takes) > 40 and all(takes.values()) else [str(takes)])
tap.result("every verb and option stands in the manual, and no other", compare(pages, takes, takes))
tap.result("control: what is missing, too much or otherwise there is seen",
           [name for name, wrong in (("missing", without), ("too much", beyond), ("otherwise", other), ("a verb", unheard)) if not compare(wrong, takes, takes)])
tap.result("the Indonesian pages have what the English have", translated(takes, pages, indonesian()))
less = {name: text.replace(".It Fl -cursor-file Ar berkas\n", "") for name, text in indonesian().items()}
tap.result("control: an option that was not translated is seen", [] if translated(takes, pages, less) else ["it is not"])
options, text = options_of(says("siagad", "--help")), page(MAN / "siagad.8")
tap.result("siagad.8 has the options of siagad", daemon(text, options) if options else ["siagad names none"])
tap.result("control: one that is missing is seen", [] if daemon(text.replace("Fl -practice", ""), options) else ["it is not"])
known, text = city_keys(), page(MAN / "siagad.yaml.5")
tap.result("siagad.yaml.5 has every key of the city's files", keys(text, known) if len(known) > 60 else [f"only {known} were found"])
tap.result("control: one that is missing is seen", [] if keys(text.replace(".It Ic silence", ""), known) else ["it is not"])
text = page(MAN / "siaga.3")
tap.result("siaga.3 has every function of siaga.h and siaga_outbox.h", functions(text))
tap.result("control: one that is missing is seen", [] if functions(text.replace("Fn siaga_now", "")) else ["it is not"])
tap.result("what a list can be asked for is told", leaves(page(MAN / "siaga-list.1"), "siaga-list.1") +
           leaves(page(MAN / "id/man1/siaga-list.1"), "id/siaga-list.1"))
tap.result("control: a leaf that is missing is seen", [] if leaves(page(MAN / "siaga-list.1").replace(".It Cm near", ""), "x") else ["it is not"])
tap.result("the environment is told", environment(page(MAN / "siaga.1"), "clients", "siaga.1") +
           environment(page(MAN / "id/man1/siaga.1"), "clients", "id/siaga.1") + environment(page(MAN / "siagad.8"), "daemon", "siagad.8"))
tap.result("mandoc finds nothing in the pages", lint(*sorted(MAN.glob("*.[1-8]")), *sorted((MAN / "id/man1").glob("*.1"))))
with tempfile.TemporaryDirectory() as folder:
    wrong = Path(folder) / "x.1"
    wrong.write_text(".Dd November 28, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Sh SEE ALSO\n.Xr siaga-nosuch 1\n", encoding="utf-8")
    tap.result("control: a reference to nothing is seen", [] if lint(wrong) else ["it is not"])
tap.result("the shells offer every verb and option", offered(takes))
tap.result("control: one that is not offered is seen", [] if offered({"list": {"--nosuch": False}}) else ["it is not"])
tap.end()
