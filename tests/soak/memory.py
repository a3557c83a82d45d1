#!/usr/bin/python3
"""siagad under load, watched from inside (D23): by the sanitizer of threads, over kills and restarts, and by valgrind. `make soak` calls it.

    tests/soak/memory.py TREE       the plain tree; TREE/tsan/siagad is the one for threads

SIAGA_WATCHED_S (120) is how long each works. Ends with 1 when anything was reported.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TREE = pathlib.Path(sys.argv[1]).resolve()
SECONDS = int(os.environ.get("SIAGA_WATCHED_S", "120"))
LIVES = 6                   # of the one for threads; each but the last is ended by kill -9
NOT_OURS = "called_from_lib:libzmq.so\nrace:libzmq.so\n"     # libzmq's queues need no locks, which the sanitizer cannot know
WATCHED = {
    "threads": ["setarch", "-R", TREE / "tsan/siagad"],
    "valgrind": ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=99", TREE / "siagad"],
}


@contextlib.contextmanager
def tree_of(how):
    """A tree whose siagad is watched, and whose siaga is the plain one."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"siaga-{how}-", dir=TREE))
    log = "--log-file=" + str(folder / "report.%p") if how == "valgrind" else ""
    first, *more = map(str, WATCHED[how])
    (folder / "siagad").write_text("#!/bin/sh\nexec " + " ".join([first, log, *more]) + ' "$@"\n')
    (folder / "siagad").chmod(0o755)
    (folder / "siaga").symlink_to(TREE / "siaga")
    (folder / "not-ours").write_text(NOT_OURS)
    os.environ.update(SIAGA_BUILD=str(folder), TSAN_OPTIONS=f"suppressions={folder}/not-ours:log_path={folder}/report")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def play(how):
    """Loads it in one way and another, and returns what was reported."""
    with tree_of(how) as folder:
        sys.path.insert(0, str(HERE.parent.parent / "bench"))
        import run                                  # it looks at SIAGA_BUILD when it is read
        run.BUILD, run.NICE = folder, []
        (folder / "play").mkdir()
        daemon = run.Daemon(folder / "play")
        try:
            stored, lives = work(daemon, how)
        finally:
            if daemon.process.poll() is None:
                daemon.stop()
        reports = [path.read_text() for path in folder.glob("report.*")]
        ended = daemon.process.returncode
        print(f"{how}: {stored} events in {lives} lives, ended with {ended}, {sum(map(bool, reports))} reports", flush=True)
        return "\n".join(reports) or ("" if ended == 0 else (folder / "play/log").read_text()[-2000:])


def work(daemon, how):
    """Intake with many and with few, every kind of question, a kill, and again. Returns how many events, and how many lives."""
    lives, sent = LIVES if how == "threads" else 1, 0
    for life in range(lives):
        for clients, window in ((32, 16), (4, 1)):
            sent += daemon.bench("--clients", clients, "--window", window, "--seconds", max(1, SECONDS // lives // 2))["sent"]
        for question in (["list", "-n", "200"], ["status"], ["due", "--within", "30d"], ["watch", "--from", "1", "--wait", "2"]):
            daemon.tool(*question)
        if life < lives - 1:
            daemon.kill()
            daemon.start()
    return sent, lives


def main():
    found = "".join(play(how) for how in WATCHED)
    print(found[:8000], end="")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
