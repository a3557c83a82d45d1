"""The control of D23: what listens for sanitizers hears them. Small programs with one fault each, played as siagad is; no report, no finding."""
import os
import subprocess

import pytest

import running

FAULTS = {
    "address": ("address", "char *p = malloc(8); free(p); return p[argc];"),
    "leak": ("address", "char **p = malloc(8); *p = malloc(64); *p = NULL; return argc > 9;"),
    "undefined": ("undefined", "int n = 2147483647; return (n + argc) > 9;"),
    "thread": ("thread", "pthread_t t; pthread_create(&t, NULL, add, NULL); shared++; pthread_join(t, NULL); return 0;"),
}
PROGRAM = """#include <pthread.h>
#include <stdlib.h>
static int shared;
static void *add(void *p) { shared++; return p; }
int main(int argc, char **argv) { (void)argv; (void)add; (void)shared; %s }
"""


@pytest.mark.parametrize("fault", [*FAULTS, "none"])
def test_control(tmp_path, fault):
    kind, text = FAULTS.get(fault, ("address,undefined", "return 0;"))
    (tmp_path / "faulty.c").write_text(PROGRAM % text)
    subprocess.run(["cc", "-w", "-O0", "-g", f"-fsanitize={kind}", "-pthread", "-o", tmp_path / "faulty", tmp_path / "faulty.c"], check=True)
    # (the runtime of threads wants addresses where it expects them)
    around = ["setarch", "-R"] if kind == "thread" else []
    quiet = {name: value for name, value in os.environ.items() if name not in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
    said = subprocess.run([*around, tmp_path / "faulty"], env={**quiet, "ASAN_OPTIONS": "detect_leaks=1"}, capture_output=True, text=True).stderr
    assert bool(running.SANITIZER.search(said)) == (fault != "none"), said
