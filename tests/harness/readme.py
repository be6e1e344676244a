"""The README's command lines, which tests take from there: what it says is what is run.

`python3 -m harness.readme START` prints the one that begins so.
"""

import re
import sys

from . import ROOT

_NAMED = re.compile(r"""\breadme\.line\("([^"]+)"\)|\bharness\.readme '([^']+)'""")


def lines() -> list[str]:
    """Those of its blocks, without their comments, and those within its text."""
    text = (ROOT / "README.md").read_text()
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
    in_blocks = [re.sub(r"\s+# .*", "", line) for line in blocks.splitlines()]
    in_text = re.findall(r"`(hookferry [^`]+|(?:deploy|tests)/\w+\.sh[^`]*)`", text)
    return list(dict.fromkeys(in_blocks + in_text))


def line(start: str) -> str:
    """The one that is this, or else begins with these words."""
    found = [line for line in lines() if line == start] or [line for line in lines() if line.startswith(f"{start} ")]
    if len(found) != 1:
        raise LookupError(f"the README has {len(found)} command lines that begin with {start}")
    return found[0]


def lines_with_tests() -> set[str]:
    """Those that a test, or what builds for one, takes by `line`."""
    sources = [file.read_text() for kind in ("py", "sh") for file in sorted((ROOT / "tests").rglob(f"*.{kind}"))]
    return {line(in_python or in_shell) for source in sources for in_python, in_shell in _NAMED.findall(source)}


if __name__ == "__main__":
    print(line(sys.argv[1]))
