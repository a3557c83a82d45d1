"""debian/ and the rest of the tree tell the same: the version, what is built with, what is installed, the units, the functions of the library."""
import fnmatch
import re
import tempfile
from pathlib import Path

from tree import ROOT, Tap, declared, install

TOOLS = {"gcc", "libc6-dev"}            # what build-essential gives


def read(root, path):
    return (root / path).read_text(encoding="utf-8") if (root / path).exists() else ""


def version(root):
    """The newest entry of the changelog is about the version of siaga.h."""
    ours = re.search(r'^#define SIAGA_VERSION "([^"]+)"', read(root, "include/siaga.h"), re.M)
    packaged = re.match(r"siaga \(([^)]+)\)", read(root, "debian/changelog"))
    if ours and packaged and ours[1] == packaged[1]:
        return []
    return [f"siaga.h has {ours and ours[1]}, debian/changelog {packaged and packaged[1]}: dch -v VERSION"]


def built_with(root):
    """What the Makefile installs to build with, debian/control asks for."""
    lists = re.search(r"^BUILD_PKGS = ((?:.*\\\n)*.*)", read(root, "Makefile"), re.M)
    wanted = set(lists[1].replace("\\", " ").split()) - TOOLS if lists else set()
    field = re.search(r"^Build-Depends:((?:\n .*)*)", read(root, "debian/control"), re.M)
    asked = set(re.findall(r"^ ([a-z0-9.+-]+)", field[1], re.M)) if field else set()
    return [f"Build-Depends of debian/control has no {name}" for name in sorted(wanted - asked)] + ([] if wanted else ["no BUILD_PKGS"])


def symbols(root):
    """A line for each function, with the version that brought it; debhelper ends the build else."""
    have = re.findall(r"^ (siaga_\w+)@LIBSIAGA_0 (\S+)$", read(root, "debian/libsiaga0.symbols"), re.M)
    want = declared("".join(path.read_text(encoding="utf-8") for path in sorted((root / "include").glob("*.h"))))
    names = {name for name, _ in have}
    return [f"debian/libsiaga0.symbols needs the line: ' {name}@LIBSIAGA_0 VERSION'" for name in sorted(want - names)] + \
        [f"debian/libsiaga0.symbols has {name}, which no header declares" for name in sorted(names - want)]


def patterns(root):
    """What the packages take, as debhelper reads it; and what none is meant to take."""
    found = []
    for path in [*sorted((root / "debian").glob("*.install")), root / "debian/not-installed"]:
        found += [line.split()[0] for line in read(root, path).splitlines() if line.strip() and not line.startswith("#")]
    return found


def unclaimed(files, wanted):
    """Files that no pattern has, itself or by a folder above it; patterns that have no file."""
    have = {w: [f for f in files if fnmatch.fnmatch(f, w) or fnmatch.fnmatch(f, f"{w}/*")] for w in wanted}
    claimed = {f for found in have.values() for f in found}
    return [f"{f} is installed, and in no package" for f in files if f not in claimed] + \
        [f"debian takes {w}, which is not installed" for w, found in have.items() if not found and not w.endswith("/siaga.py")]


def installed(root):
    """With the places of debian/rules."""
    places = re.search(r"^PLACES = (.*)$", read(root, "debian/rules"), re.M)
    if not places:
        return ["debian/rules has no PLACES"]
    with tempfile.TemporaryDirectory() as folder:
        failed = install(root, folder, *places[1].replace("$(DEB_HOST_MULTIARCH)", "x86_64-linux-gnu").split())
        if failed:
            return failed
        files = sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if not p.is_dir())
    return unclaimed(files, patterns(root))


def stopped(root):
    """Whatever of systemd/ can run is stopped when the package goes (a template's instances end by themselves)."""
    words = set(read(root, "debian/siagad.prerm").split())
    units = [p.name for p in sorted((root / "systemd").glob("*")) if p.suffix in (".service", ".socket", ".target", ".timer")]
    return [f"debian/siagad.prerm does not stop {unit}" for unit in units if "@" not in unit and unit not in words]


def translated(root):
    """What the packages ask stands in both languages."""
    template = re.findall(r"^_Description: (.*)$", read(root, "debian/siagad.templates"), re.M)
    told = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', read(root, "debian/po/id.po"), re.M))
    return [f"debian/po/id.po has nothing for: {text}" for text in template if not told.get(text)] + ([] if template else ["no template"])


tap = Tap()
tap.rule("debian/changelog has the version of siaga.h", version,
         {"include/siaga.h": '#define SIAGA_VERSION "2.0"\n', "debian/changelog": "siaga (1.0) bookworm; urgency=medium\n"})
tap.rule("debian/control builds with what the Makefile installs", built_with,
         {"Makefile": "BUILD_PKGS = gcc libx-dev \\\n    liby-dev\n", "debian/control": "Build-Depends:\n libx-dev,\n"})
tap.rule("every function of the library has its line in the symbols", symbols,
         {"include/siaga.h": "int siaga_new(void);\n", "debian/libsiaga0.symbols": ""},
         {"include/siaga.h": "", "debian/libsiaga0.symbols": " siaga_old@LIBSIAGA_0 0.1.0\n"})
tap.rule("every unit is stopped when its package goes", stopped, {"systemd/x.service": "", "debian/siagad.prerm": "stop y.service\n"})
tap.rule("what the packages ask is asked in both languages", translated,
         {"debian/siagad.templates": "_Description: Really?\n", "debian/po/id.po": 'msgid "Really?"\nmsgstr ""\n'})
tap.result("every installed file is in a package, and the other way round", installed(ROOT))
tap.result("control: a file of no package is seen, and a pattern without a file",
           [] if len(unclaimed(["usr/bin/a", "usr/bin/b"], ["usr/bin/a", "usr/lib/*/c"])) == 2 and
           not unclaimed(["usr/lib/x/c/d"], ["usr/lib/*/c"]) else ["it is not"])
tap.end()
