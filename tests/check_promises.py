#!/usr/bin/env python3
"""Fails where docs/promises.md names a test that is not there, or a row of one of its tables has none."""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent


def tests_of_programs() -> set[str]:
    """ROOM.Suite.Test, as CTest lists them."""
    found = set()
    for file in TESTS.glob("*/*_test.cc"):
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", file.read_text(), re.MULTILINE):
            found.add(f"{file.parent.name}.{suite}.{name}")
    return found


def tests_of_pytest() -> set[str]:
    return {f"{file.relative_to(TESTS)}::{name}" for file in TESTS.rglob("test_*.py")
            for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}


def problems(table: str, known: set[str]) -> list[str]:
    found = []
    lines = table.splitlines()
    rows = [line.split("|")[1:3] for line, below in zip(lines, [*lines[1:], ""])
            if line.startswith("| ") and not below.startswith("|-")]
    for promise, cell in rows:
        names = re.findall(r"`([^`]+)`", cell)
        found += [f"'{promise.strip()}' has no test"] if not names else []
        found += [f"{name}: there is no such test" for name in names if name not in known]
    return found + ([] if rows else ["there are no promises"])


def main() -> int:
    found = problems((TESTS.parent / "docs" / "promises.md").read_text(), tests_of_programs() | tests_of_pytest())
    for problem in found:
        print(f"docs/promises.md: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
