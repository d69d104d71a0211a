"""What the checks share: the files to look at, their text without comments, who includes whom, and tags."""

import functools
import json
import os
import re
import subprocess
import sys

CPP = (".cpp", ".hpp")
_OPAQUE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)


def _listed(variable):
    with open(os.environ[variable], encoding="utf-8") as names:
        return [line.rstrip("\n") for line in names]


def every_file():
    """All files of the tree."""
    return _listed("CHECK_TREE")


def files(*endings):
    """The files to look at, those with one of these endings where any is given."""
    return [name for name in _listed("CHECK_FILES") if not endings or name.endswith(endings)]


def base():
    """The commit that the files are compared with; empty if they are not."""
    return os.environ.get("CHECK_BASE", "")


def jobs():
    return len(os.sched_getaffinity(0))


@functools.lru_cache(maxsize=None)
def text(name):
    with open(name, encoding="utf-8", errors="replace") as source:
        return source.read()


def code(name):
    """C++ without comments, strings and characters, line by line as before."""
    return _OPAQUE.sub(lambda match: " " + "\n" * match.group(0).count("\n"), text(name))


def includes(source):
    """(line, name, whether in quotes) of each #include of a text."""
    return [
        (source.count("\n", 0, match.start()) + 1, match.group(2), match.group(1) == '"')
        for match in _INCLUDE.finditer(source)
    ]


@functools.lru_cache(maxsize=None)
def included_by():
    """Which C++ files include a header of this tree directly: header -> set of files."""
    users = {}
    for name in every_file():
        if name.endswith(CPP):
            for _, header, quoted in includes(text(name)):
                if quoted:
                    users.setdefault(header, set()).add(name)
    return users


def reached_from(header):
    """All files that include a header, directly or through others."""
    found, waiting = set(), [header]
    while waiting:
        for user in included_by().get(waiting.pop(), ()):
            if user not in found:
                found.add(user)
                waiting.append(user)
    return found


def is_test(name):
    return name.startswith("tests/")


def tags(names):
    """Functions of C++ files as universal-ctags sees them: definitions, and declarations in headers."""
    answer = subprocess.run(
        ["ctags", "-L", "-", "--kinds-C++=fp", "--fields=+neS", "--extras=-r", "--output-format=json", "-f", "-",
         "-D", "TEST_CASE(name)=void test_case()", "-D", "TEST_CASE_FIXTURE(f, name)=void test_case()",
         "-D", "TEST_CASE_TEMPLATE(name, ...)=void test_case()"],
        input="\n".join(names), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [tag for tag in map(json.loads, answer.stdout.splitlines()) if "line" in tag]


def report(name, line, what):
    print(f"{name}:{line}: {what}")


def stop(what):
    """Ends a check that cannot look."""
    print(what, file=sys.stderr)
    sys.exit(2)
