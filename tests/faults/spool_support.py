"""Whether the program under test has a spool.

The one place that says whether it must: set REQUIRED to True with the merge of the spool, and a program without one
fails the tier.
"""

import json
import pathlib
import tempfile

from harness.bridge import hookferry

REQUIRED = True


def has_spool() -> bool:
    """Whether `hookferry check` knows the section."""
    source = {"name": "glossi", "preset": "glossi", "secrets": [{"env": "GLOSSI_WEBHOOK_SECRET"}]}
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "hookferry.yaml"
        file.write_text(json.dumps({"spool": {"path": directory}, "sources": [source]}))
        checked = hookferry("check", file)
    said = checked.stdout + checked.stderr
    if checked.returncode != 0 and "spool" not in said:
        raise RuntimeError(f"hookferry check: {said}")
    return checked.returncode == 0
