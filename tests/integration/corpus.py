"""The cases of tests/http/corpus, whose README says what is in their files."""

import dataclasses
import functools
import re

from harness import ROOT

CORPUS = ROOT / "tests" / "http" / "corpus"
SINGLE = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
PIECE = re.compile(r"\\\{(?P<unit>.*?)\*(?P<count>\d+)\}|\\x(?P<hex>[0-9a-f]{2})|\\(?P<single>[rnt0\\])|(?P<plain>[ -\[\]-~])")


def unescape(text: str) -> bytes:
    out, at = b"", 0
    while at < len(text):
        piece = PIECE.match(text, at)
        assert piece, f"not an escape, or a byte that cannot be seen: {text[at:]!r}"
        at = piece.end()
        if piece["count"]:
            out += unescape(piece["unit"]) * int(piece["count"])
        elif piece["hex"]:
            out += bytes.fromhex(piece["hex"])
        else:
            out += SINGLE[piece["single"]] if piece["single"] else piece["plain"].encode()
    return out


@dataclasses.dataclass
class Case:
    name: str
    statuses: list[int]
    closes: bool
    bodies: list[bytes]  # one for each 200
    differences: dict[str, str]  # "llhttp accepts" → the reason
    bytes: bytes


def read_case(name: str, text: str) -> Case:
    head, _, rest = text.partition("\n\n")
    case = Case(name, [], False, [], {}, b"".join(map(unescape, rest.splitlines())))
    for line in head.splitlines():
        key, _, value = line.partition(":")
        if key == "answers":
            *statuses, end = value.split()
            case.statuses, case.closes = list(map(int, statuses)), {"open": False, "close": True}[end]
        elif key == "body":
            case.bodies.append(unescape(value.removeprefix(" ")))
        elif not line.startswith("#"):
            case.differences[key] = value.strip()
    assert len(case.bodies) == case.statuses.count(200)
    return case


@functools.cache
def cases() -> list[Case]:
    return [read_case(file.relative_to(CORPUS).with_suffix("").as_posix(), file.read_text(encoding="ascii"))
            for file in sorted(CORPUS.rglob("*.txt"))]
