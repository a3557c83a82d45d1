"""The units of systemd/: systemd takes them, the score of their cage stays where it is, and every line has its reason beside it. And what they are for:
every message of the log, every figure of siagad, every check and unit is told in docs/OPERATE.md."""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tree import ROOT, Tap, code, install, sources

EXPOSURE_MOST = 0.3
PLAIN = {"Description", "Documentation"}        # these are their own reason


def units(root):
    return sorted(p for p in (root / "systemd").glob("*") if p.suffix in (".service", ".socket", ".target", ".timer"))


def analyze(*arguments, root):
    """systemd-analyze over the units, with the programs where they lie now. Returns (exit code, what it said)."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("siagad", "siaga-alarm", "siaga-backup", "siaga"):
            shutil.copy("/bin/true", f"{folder}/{name}")
        for unit in units(root):
            text = unit.read_text(encoding="utf-8")
            for path, name in (("/usr/sbin/siagad", "siagad"), ("/usr/libexec/siaga/siaga-alarm", "siaga-alarm"), ("/usr/libexec/siaga/siaga-backup", "siaga-backup"), ("/usr/bin/siaga", "siaga")):
                text = text.replace(path, f"{folder}/{name}")
            # (an instance of a template, as it is used)
            Path(folder, unit.name.replace("@.", "@siagad.service.")).write_text(text, encoding="utf-8")
        paths = [str(p) for p in Path(folder).iterdir() if p.suffix in (".service", ".socket", ".target", ".timer")]
        done = subprocess.run(["systemd-analyze", *arguments, *paths], capture_output=True, text=True, cwd=folder,
                              env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"})
        return done.returncode, (done.stdout + done.stderr).replace(folder, "")


def verified(root):
    code, said = analyze("verify", "--man=no", root=root)
    ours = [line for line in said.splitlines() if "siaga" in line and "file:" not in line]
    return ours or ([said.strip() or f"ended with {code}"] if code else [])


def exposed(root):
    """What of the cage of siagad.service is open, if it is more than agreed."""
    _, said = analyze("security", "--offline=true", "--no-pager", root=root)
    scores = dict(re.findall(r"exposure level for (\S+): ([\d.]+)", said))
    if "siagad.service" not in scores:
        return [f"systemd-analyze gives no score: {said[-500:]}"]
    if float(scores["siagad.service"]) <= EXPOSURE_MOST:
        return []
    return [f"siagad.service: {scores['siagad.service']}, at most {EXPOSURE_MOST}"]


def reasons(root):
    """A directive stands right below a comment."""
    found = []
    for unit in units(root):
        above = section = ""
        for n, line in enumerate(unit.read_text(encoding="utf-8").splitlines(), 1):
            name = re.match(r"([A-Z]\w+)=", line)
            section = line if line.startswith("[") else section
            if name and name[1] not in PLAIN and section != "[Install]" and not above.startswith("# "):
                found.append(f"systemd/{unit.name}:{n}: no reason above {name[1]}=")
            above = line
    return found


def read(root, path):
    return (root / path).read_text(encoding="utf-8") if (root / path).exists() else ""


def messages(root):
    """A message is told somewhere, its number is 32 digits and nobody else's, and OPERATE.md says what to do."""
    rows = re.findall(r'^MESSAGE\((\w+), (\w+), "([^"]*)", "([^"]*)", "([^"]+)"\)$', read(root, "daemon/base/messages.def"), re.M)
    used = " ".join("\n".join(code(root, path)) for path in sources(root, "daemon", kinds=(".c",)))
    told, seen, found = read(root, "docs/OPERATE.md"), set(), []
    for name, _, number, word, _ in rows:
        if not re.fullmatch(r"[0-9a-f]{32}", number) or number in seen:
            found.append(f"{name}: {number} is no number of its own")
        if not re.search(rf"\bMESSAGE_{name}\b", used):
            found.append(f"{name}: nothing tells it")
        if not re.search(rf"^\| {word} \| `{number}` \|", told, re.M):
            found.append(f"{name}: not in docs/OPERATE.md with its number")
        seen.add(number)
    return found + ([] if rows else ["messages.def cannot be read"])


def figures(root):
    """Each figure is filled in; each check of `siaga check` judges one that exists, and is explained."""
    names = dict(re.findall(r'^GAUGE\((\w+), "(\w+)", "[^"]+"\)$', read(root, "daemon/base/gauges.def"), re.M))
    used = "\n".join(code(root, "daemon/ingress/measures.c")) if (root / "daemon/ingress/measures.c").exists() else ""
    found = [f"{name}: nobody measures it" for name in names if not re.search(rf"\bGAUGE_{name}\b", used)]
    told = read(root, "docs/OPERATE.md")
    for check, figure, whole in re.findall(r'^    \{"([a-z0-9-]+)", "(\w+)", (NULL|"\w+")', read(root, "clients/check.c"), re.M):
        found += [f"check {check}: no such figure: {f}" for f in (figure, whole.strip('"')) if f != "NULL" and f not in names.values()]
        if not re.search(rf"^\| `{check}` \|", told, re.M):
            found.append(f"check {check}: not in docs/OPERATE.md")
    return found + ([] if names else ["gauges.def cannot be read"])


def installed(root):
    """`make install` puts every unit and the alarm where they belong, with the paths of this installation."""
    with tempfile.TemporaryDirectory() as folder:
        failed = install(root, folder, "prefix=/p", "sysconfdir=/e")
        if failed:
            return failed
        there = Path(folder, "p/lib/systemd/system")
        found = [f"{unit.name} is not installed" for unit in units(root) if not (there / unit.name).exists()]
        for path in (*there.iterdir(), *Path(folder, "p/libexec/siaga").iterdir()):
            words = [w for w in ("/usr/sbin/", "/usr/bin/siaga ", "/usr/libexec/", "/etc/siaga") if w in path.read_text(encoding="utf-8")]
            found += [f"{path.name}: still has {word}" for word in words]
        return found


SERVICE = "[Unit]\nDescription=x\n[Service]\n# why\nExecStart=/usr/sbin/siagad\n"
tap = Tap()
tap.rule("systemd takes the units", verified, {"systemd/siagad.service": SERVICE + "Typo=yes\n"},
         {"systemd/siagad.service": SERVICE.replace("/usr/sbin/siagad", "siagad?")})
tap.rule("the cage is as tight as agreed", exposed, {"systemd/siagad.service": SERVICE})
tap.rule("every directive has its reason above it", reasons, {"systemd/siagad.service": "[Service]\nPrivateTmp=yes\n"})
tap.rule("every message has a number, is told and explained", messages,
         {"daemon/base/messages.def": 'MESSAGE(X, NOTE, "%s", "x", "y")\n' % ("0" * 32)},
         {"daemon/base/messages.def": 'MESSAGE(X, NOTE, "%s", "x", "y")\n' % ("0" * 32), "daemon/x.c": "MESSAGE_X\n"},
         {"daemon/base/messages.def": 'MESSAGE(X, NOTE, "12", "x", "y")\n', "daemon/x.c": "MESSAGE_X\n",
          "docs/OPERATE.md": "| x | `12` |\n"})
tap.rule("every figure is measured, every check explained", figures,
         {"daemon/base/gauges.def": 'GAUGE(X, "x", "y")\n'},
         {"daemon/base/gauges.def": 'GAUGE(X, "x", "y")\n', "daemon/ingress/measures.c": "GAUGE_X\n", "clients/check.c": '    {"a", "nosuch", NULL\n',
          "docs/OPERATE.md": "| `a` |\n"})
tap.result("make install puts them in place", installed(ROOT))
tap.end()
