"""Sizes that keep a file readable: measured, reported; beyond the ceiling they fail.

Targets are a guide (.c median 250 lines; function median 15, 90 % within 40). Ceilings: a file 500
lines, a function 80, main and what is a table 120.
"""
import re
import subprocess

from tree import ROOT, Tap, sources

FILE_CEILING, FUNCTION_CEILING, TABLE_CEILING = 500, 80, 120
TABLE = re.compile(r"^\s*(\{.*\}|\[.*\] = .*|case .*|[A-Z_]+\(.*\)),?$")


def lines_of(root, path):
    return (root / path).read_text(encoding="utf-8").split("\n")[:-1]


def functions(root, paths):
    """(path, name, first line, last line) of each function, as ctags sees them."""
    if not paths:
        return []
    done = subprocess.run(
        ["ctags", "-x", "--language-force=C", "--kinds-C=f", "--_xformat=%{input} %{name} %{line} %{end}", "-L", "-"],
        input="\n".join(map(str, paths)), capture_output=True, text=True, cwd=root, check=True)
    found = [line.split() for line in done.stdout.splitlines()]
    return [(f[0], f[1], int(f[2]), int(f[3])) for f in found if len(f) == 4 and f[3].isdigit()]


def ceiling(root, path, name, first, last):
    """More room for main and for bodies that are mostly rows of a table."""
    body = lines_of(root, path)[first:last]
    rows = sum(bool(TABLE.match(line)) for line in body)
    return TABLE_CEILING if name == "main" or rows * 2 > len(body) else FUNCTION_CEILING


def large(root):
    found = [f"{path}: {len(lines_of(root, path))} lines, ceiling {FILE_CEILING}"
             for path in sources(root, kinds=(".c", ".h")) if len(lines_of(root, path)) > FILE_CEILING]
    for path, name, first, last in functions(root, sources(root, kinds=(".c", ".h"))):
        most = ceiling(root, path, name, first, last)
        if last - first + 1 > most:
            found.append(f"{path}:{first}: {name}: {last - first + 1} lines, ceiling {most}")
    return found


def figures(what, sizes):
    sizes = sorted(sizes)
    if not sizes:
        return f"{what}: none"
    return (f"{what}: {len(sizes)}, {sum(sizes)} lines, median {sizes[len(sizes) // 2]}, "
            f"p90 {sizes[min(len(sizes) - 1, len(sizes) * 9 // 10)]}, max {sizes[-1]}")


def report(root, title, *folders):
    paths = sources(root, *folders, kinds=(".c",))
    spans = [last - first + 1 for _, _, first, last in functions(root, paths)]
    print(f"# report: {title}: {figures('.c files', [len(lines_of(root, p)) for p in paths])}; "
          f"{figures('functions', spans)}")


LONG = "void f(void)\n{\n" + "    g();\n" * 100 + "}\n"

tap = Tap()
tap.rule("files and functions stay below their ceilings", large,
         {"proto/x.c": "\n" * 501}, {"proto/x.c": LONG},
         {"daemon/main.c": LONG.replace("void f(", "int main(").replace("    g();\n", "    g();\n" * 2)})
report(ROOT, "product", "proto", "daemon", "clients")
report(ROOT, "tests and bench", "tests", "bench")
tap.end()
