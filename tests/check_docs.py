#!/usr/bin/env python3
"""Fails where the documentation points to what is not there: a file or section that a link leads to, a test, a metric, a
key of the configuration, a file of this repository; and where a page is not to be found from the README."""

import pathlib
import re
import sys

from check_promises import tests_of_programs, tests_of_pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), ROOT / "helm/hookferry/README.md"]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.M | re.S)
_FOLDERS = "deploy|docs|helm|include|src|tests"
_SECTIONS = "http|admin|delivery|kafka|dedupe|spool|log|shutdown"


def anchors(text: str) -> set[str]:
    """Of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead_links(page: pathlib.Path, text: str) -> list[str]:
    found = []
    for link in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            found.append(f"{link}: there is no such file")
        elif anchor and anchor not in anchors(target.read_text()):
            found.append(f"{link}: there is no such section")
    return found


def metrics() -> set[str]:
    code = "".join(file.read_text() for file in ROOT.glob("src/metrics/*.cc"))
    return set(re.findall(r'"((?:hookferry|process)_\w+)"', code))


def unknown_metrics(text: str, known: set[str]) -> list[str]:
    """Those that are neither a metric nor, with a * behind them, begin several."""
    found = []
    for name, star in re.findall(r"`(hookferry_\w+)(\*?)", text):
        name = re.sub(r"_(bucket|count|sum)$", "", name) if name not in known else name
        if not any(metric.startswith(name) if star else metric == name for metric in known):
            found.append(f"{name}: there is no such metric")
    return found


def keys() -> set[str]:
    return set(re.findall(r"^##+ `?([\w.\[\]]+)`?$", (ROOT / "docs/configuration.md").read_text(), re.M))


def unknown_keys(text: str, known: set[str]) -> list[str]:
    named = re.findall(rf"`((?:{_SECTIONS})(?:\.[a-z_]+)+|sources\[\]\.[a-z_]+)`", text)
    return [f"{name}: there is no such key" for name in named if name not in known]


def unknown_tests(text: str, known: set[str]) -> list[str]:
    named = re.findall(r"`(\w+(?:/\w+)*\.py::test_\w+|[a-z]+\.[A-Z]\w+\.[A-Z]\w+)`", text)
    return [f"{name}: there is no such test" for name in named if name not in known]


def unknown_files(text: str) -> list[str]:
    named = re.findall(rf"`((?:{_FOLDERS})/[\w./-]+)`", text)
    return [f"{name}: there is no such file" for name in named if not (ROOT / name).exists()]


def unreachable() -> list[str]:
    """Pages that no link of another page leads to."""
    linked = set()
    for page in PAGES:
        linked |= {(page.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(page.read_text())
                   if not re.match(r"\w+:|#", link)}
    return [f"{page.relative_to(ROOT)}: no page leads to it" for page in PAGES[1:] if page not in linked]


def tests() -> set[str]:
    return tests_of_programs() | tests_of_pytest()


def problems(page: pathlib.Path, known_metrics: set[str], known_keys: set[str], known_tests: set[str]) -> list[str]:
    text = page.read_text()
    of_keys = [] if "helm" in page.parts else unknown_keys(text, known_keys)  # the chart's values are other keys
    return (dead_links(page, text) + unknown_metrics(text, known_metrics) + of_keys + unknown_tests(text, known_tests)
            + unknown_files(text))


def main() -> int:
    known = metrics(), keys(), tests()
    assert all(known)
    found = unreachable()
    for page in PAGES:
        found += [f"{page.relative_to(ROOT)}: {problem}" for problem in problems(page, *known)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
