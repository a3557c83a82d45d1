"""What was built: the library exports what its header declares; programs carry their hardening."""
import re
import subprocess
import tempfile
from pathlib import Path

from tree import BUILD, ROOT, Tap, declared


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def exports():
    have = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", str(BUILD / "libsiaga.so.0")).splitlines()
            if line.split()[-2] in "TDBRVW"}
    want = declared("".join(path.read_text(encoding="utf-8") for path in (ROOT / "include").glob("*.h")))
    return [f"declared, not exported: {name}" for name in sorted(want - have)] + \
        [f"exported, not declared: {name}" for name in sorted(have - want)]


def soname():
    seen = output("readelf", "-d", str(BUILD / "libsiaga.so.0"))
    return [] if "[libsiaga.so.0]" in seen else ["the soname is not libsiaga.so.0"]


def hardened(path):
    """Position independent, relocations read-only and bound at start, no stack that runs."""
    seen = output("readelf", "-hldW", str(path))
    wanted = {"PIE": r"Type:\s+DYN", "RELRO": r"GNU_RELRO", "bind now": r"\bNOW\b"}
    missing = [f"{path.name}: no {what}" for what, mark in wanted.items() if not re.search(mark, seen)]
    return missing + ([f"{path.name}: the stack runs"] if re.search(r"GNU_STACK.*RWE", seen) or not seen else [])


def broken_on_purpose(path):
    """The switches of daemon/base/control.h are in the program for tests, and in no other."""
    return [f"{path.name}: has the controls"] if not path.exists() or b"SIAGA_BREAK" in path.read_bytes() else []


def c11():
    """The public header stands alone and needs nothing but C11."""
    done = subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-xc",
                           str(ROOT / "include/siaga.h")], capture_output=True, text=True)
    return done.stderr.splitlines()[:10] if done.returncode else []


def weak_program():
    """The control: a program built without any of it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "x.c"
        source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
        subprocess.run(["cc", "-no-pie", "-Wl,-z,norelro,-z,lazy,-z,execstack", "-o", f"{folder}/x", str(source)], check=True)
        return hardened(Path(folder) / "x")


tap = Tap()
tap.result("libsiaga exports what siaga.h declares, and no more", exports())
tap.result("control: a function that is only declared is seen",
           [] if declared("int siaga_x(void);\n#define siaga_y(a) 1\n/* siaga_z() */") == {"siaga_x"} else ["it is not"])
tap.result("the library has its soname", soname())
for program in ("siagad", "siaga"):
    tap.result(f"{program} is hardened", hardened(BUILD / program))
    tap.result(f"{program} has nothing of the controls", broken_on_purpose(BUILD / program))
tap.result("control: the program for tests has them", [] if (BUILD / "controls/siagad").exists() and broken_on_purpose(BUILD / "controls/siagad")
           else ["they are not seen; make controls"])
tap.result("control: a weak program is seen", [] if len(weak_program()) >= 4 else ["it is not"])
tap.result("siaga.h is plain C11", c11())
tap.end()
