"""What the rules share: the sources of a tree, and TAP.

A rule is a function that takes the root of a tree and returns what it found, one text each. Every
rule has a control: a small tree that breaks it on purpose and must be caught, so that a rule that
finds nothing is known to look.
"""
import fcntl
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SIAGA_BUILD", ROOT / "build"))
PRODUCT = ("proto", "daemon", "clients", "include")


def sources(root, *folders, kinds=(".c", ".h", ".def")):
    """Source files below the folders (default: the product), in order, relative to the root."""
    found = []
    for folder in folders or PRODUCT:
        found += [p.relative_to(root) for p in (root / folder).rglob("*") if p.suffix in kinds]
    return sorted(found)


def code(root, path):
    """The lines of a C file with comments and the insides of literals made blank."""
    text = (root / path).read_text(encoding="utf-8")
    literal = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        found = match.group()
        kept = found[0] + found[0] if found[0] in "\"'" else " "
        return kept + "\n" * found.count("\n")

    return re.sub(literal, blank, text, flags=re.DOTALL).split("\n")


def calls(root, path, pattern):
    """Line number and text of each line of code in which the pattern stands."""
    finder = re.compile(pattern)
    return [(n, line.strip()) for n, line in enumerate(code(root, path), 1) if finder.search(line)]


def declared(header):
    """Functions of the header: a name followed by a parenthesis, outside comments and macros."""
    text = re.sub(r"/\*.*?\*/", " ", header, flags=re.DOTALL)
    text = re.sub(r"^\s*#(\\\n|[^\n])*", "", text, flags=re.M)
    return set(re.findall(r"\b(siaga_\w+)\s*\((?!\*)", text))


def install(root, folder, *places):
    """`make install` into a folder: what it said when it failed, else nothing. One at a time, since it writes the paths of an installation
    into the built tree; with the flags of tests/run.sh, so that nothing is built anew under those who use it."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "install.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([os.environ.get("MAKE", "make").split()[0], "-s", "-C", str(root), "install", "WERROR=1", f"O={BUILD}", f"DESTDIR={folder}",
                               *places], capture_output=True, text=True)
    return [f"make install: {done.stderr[-500:]}"] if done.returncode else []


class Tap:
    """ok and not ok, counted; the plan comes last."""

    def __init__(self):
        self.count = self.bad = 0

    def result(self, name, findings):
        self.count += 1
        self.bad += bool(findings)
        print(f"{'not ok' if findings else 'ok'} {self.count} {name}")
        for finding in findings:
            print(f"#   {finding}")

    def rule(self, name, check, *controls):
        """Checks the tree, and each control: {path: text} that the rule must find fault with."""
        self.result(name, check(ROOT))
        missed = []
        for control in controls:
            with tempfile.TemporaryDirectory() as folder:
                for path, text in control.items():
                    target = Path(folder) / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(text, encoding="utf-8")
                if not check(Path(folder)):
                    missed.append(f"not caught: {control}")
        if controls:
            self.result(f"control: {name}", missed)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(self.bad > 0)
