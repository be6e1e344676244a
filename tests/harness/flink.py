"""Apache Flink in one process, to run docs/examples/flink.sql."""

import pathlib
import subprocess

from .kafka import fetch_jars

_HERE = pathlib.Path(__file__).parent / "flink"


def fetch() -> pathlib.Path:
    """The folder of its jars."""
    return fetch_jars(_HERE / "pom.xml", "flink-lib")


def run(statements: str, directory: pathlib.Path, seconds: float = 120) -> list[list[str]]:
    """The rows of the queries among the statements, all of which end; none may take a row back."""
    file = directory / "statements.sql"
    file.write_text(statements)
    result = subprocess.run(
        ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{fetch()}/*", _HERE / "RunSql.java",
         file],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=seconds,
    )
    if result.returncode != 0:
        raise RuntimeError(f"Flink refuses {file}: {result.stderr[-3000:]}")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    if taken_back := [row for row in rows if row[0] != "+I"]:
        raise RuntimeError(f"Flink changes rows that it has given: {taken_back}")
    return [row[1:] for row in rows]
