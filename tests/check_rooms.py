#!/usr/bin/env python3
"""Fails on an #include that breaks the table of rooms: a room knows only those below it, a third-party library lives in
one room (and never in a header that another room sees), include/hookferry has the standard library only.

  tests/check_rooms.py [ROOT]      prints FILE:LINE: what and why; exit 1 when there is any
"""

import dataclasses
import pathlib
import re
import sys

# From the bottom up; rooms of one line do not know each other.
LAYERS = [
    ["base"],
    ["senders", "dedupe"],
    ["delivery"],
    ["pipeline"],
    ["http", "kafka", "spool", "metrics", "config"],
    ["app"],
    ["cli"],
]
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

# Third-party headers, by the beginning of their name, and the files of src/ that may include them.
LIBRARIES = {
    "openssl/": r"(senders|http)/",
    "boost/json": r"senders/",
    "boost/version.hpp": r"senders/",
    "boost/unordered/": r"dedupe/",
    "boost/system/": r"base/",
    "httplib.h": r"http/",
    "librdkafka/": r"kafka/",
    "prometheus/": r"metrics/",
    "yaml-cpp/": r"config/",
    "sqlite3.h": r"spool/",
    "spdlog/": r"base/log[^/]*$",
    "fmt/": r"base/log[^/]*$",
    "CLI/": r"cli/",
}
# What a header that other rooms see may show of them: Result<T> is part of the vocabulary.
SHOWN = {"boost/system/"}

# The logic has no clock, disk, network or environment: no operating system either.
SYSTEM = re.compile(r"(sys|net|netinet|arpa|linux)/.*\.h|(unistd|fcntl|poll|signal|pthread|sched|dirent|netdb|ifaddrs|"
                    r"termios|pwd|grp|dlfcn|spawn|time)\.h")
LOGIC = {"senders", "dedupe", "delivery", "pipeline"}
# The C++ standard library, and C's.
STANDARD = re.compile(r"[a-z_0-9]+|"
                      r"(assert|ctype|errno|inttypes|limits|locale|math|stddef|stdint|stdio|stdlib|string)\.h")

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')


@dataclasses.dataclass(frozen=True)
class Include:
    file: str  # relative to the root
    line: int
    name: str


def includes(root: pathlib.Path, folder: str) -> list[Include]:
    found = []
    for path in sorted((root / folder).rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := INCLUDE.match(line):
                found.append(Include(path.relative_to(root).as_posix(), number, match[1]))
    return found


def library_of(name: str) -> str | None:
    return next((library for library in LIBRARIES if name.startswith(library)), None)


def room_of(name: str) -> str | None:
    """The room that a header's name, or a path below src/, is in."""
    room = name.split("/")[0]
    return room if room in LEVEL and "/" in name else None


def fault_of(include: Include) -> str | None:
    """What is wrong with an include in src/, looked at alone."""
    path = include.file.removeprefix("src/")
    room, name = room_of(path), include.name
    if room is None:
        return f"{path} is in no room: the rooms of src/ are {', '.join(LEVEL)}"
    if other := room_of(name):
        if other == room or LEVEL[other] < LEVEL[room]:
            return None
        where = "beside" if LEVEL[other] == LEVEL[room] else "above"
        return f'"{name}": room {room} may not know {other}, which is {where} it'
    if name.startswith("hookferry/") or STANDARD.fullmatch(name):
        return None
    if library := library_of(name):
        if re.match(LIBRARIES[library], path):
            return None
        return f"<{name}> is allowed in {LIBRARIES[library]} only: put what is needed of it behind that room's header"
    if SYSTEM.fullmatch(name):
        return f"<{name}>: room {room} is logic and has no operating system: use a port" if room in LOGIC else None
    return f"<{name}> is no header that the table knows: name the room that owns it in tests/check_rooms.py"


def leaks(found: list[Include]) -> list[tuple[Include, str]]:
    """Third-party headers in a room's headers that another room includes, directly or through others of that room."""
    by_file: dict[str, list[Include]] = {}
    for include in found:
        by_file.setdefault(include.file, []).append(include)

    shown: dict[str, str] = {}  # header → who sees it
    waiting = [(f"src/{include.name}", include.file) for include in found
               if room_of(include.name) not in (None, room_of(include.file.removeprefix("src/")))]
    while waiting:
        header, seen_by = waiting.pop()
        if header not in shown:
            shown[header] = seen_by
            waiting += [(f"src/{include.name}", seen_by)
                        for include in by_file.get(header, ()) if room_of(include.name)]
    return [(include, f"<{include.name}> in a header that another room sees ({seen_by} includes it): keep it in a .cc")
            for header, seen_by in shown.items() for include in by_file.get(header, ())
            if (library := library_of(include.name)) and library not in SHOWN]


def faults(root: pathlib.Path) -> list[str]:
    rooms, vocabulary = includes(root, "src"), includes(root, "include/hookferry")
    found = [(include, fault) for include in rooms if (fault := fault_of(include))]
    found += leaks(rooms)
    found += [(include, f"<{include.name}>: include/hookferry has the standard library and itself only")
              for include in vocabulary
              if not include.name.startswith("hookferry/") and not STANDARD.fullmatch(include.name)]
    return [f"{include.file}:{include.line}: {fault}"
            for include, fault in sorted(found, key=lambda item: (item[0].file, item[0].line))]


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1]
    if not includes(root, "src") or not includes(root, "include/hookferry"):
        print(f"{root} has no src/ and include/hookferry with includes in them", file=sys.stderr)
        return 2
    found = faults(root)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
