#!/usr/bin/env python3
"""Adds up what tests/run.sh's tiers left in a folder: JUnit files (*.xml), and steps.tsv with lines of
`passed|failed|skipped TAB name`. Prints the tests that failed or were skipped, then `N passed, N failed, N skipped`;
exit 0 only where none failed and some passed.

  tests/summary.py FOLDER
"""

import pathlib
import sys
import xml.etree.ElementTree


def of_case(case: xml.etree.ElementTree.Element) -> str:
    """What became of one JUnit test case, of pytest's or ctest's."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    skipped = case.find("skipped")
    # ctest also says "skipped" of a test whose program it could not find or start: that one is no skip.
    if skipped is not None and case.get("status") == "notrun" and not skipped.get("message", "").startswith("SKIP_"):
        return "failed"
    return "passed" if skipped is None and case.get("status") != "disabled" else "skipped"


def name_of(case: xml.etree.ElementTree.Element) -> str:
    """With its module where it has one; ctest gives the name a second time there."""
    module, name = case.get("classname", ""), case.get("name", "")
    return name if module in ("", name) else f"{module}.{name}"


def results(folder: pathlib.Path):
    for file in sorted(folder.glob("*.xml")):
        for case in xml.etree.ElementTree.parse(file).iter("testcase"):
            yield of_case(case), f"{file.stem}: {name_of(case)}"
    steps = folder / "steps.tsv"
    for line in steps.read_text().splitlines() if steps.exists() else ():
        yield tuple(line.split("\t", 1))


def main() -> int:
    names: dict[str, list[str]] = {"passed": [], "failed": [], "skipped": []}
    for result, name in results(pathlib.Path(sys.argv[1])):
        names[result].append(name)
    print()
    for result in ("skipped", "failed"):
        for name in names[result]:
            print(f"{result.upper():8}{name}")
    print(", ".join(f"{len(found)} {result}" for result, found in names.items()))
    return 0 if names["passed"] and not names["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
