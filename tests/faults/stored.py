"""What is in the topics and in the spool."""

import base64
import dataclasses
import json
import pathlib
import re

from harness.bridge import hookferry
from harness.kafka import Record, kcat, read_topic


@dataclasses.dataclass
class Stored:
    topic: str  # without the prefix of the run's topics
    partition: int
    offset: int  # in the spool the row's place
    key: bytes | None
    value: bytes
    id: str | None  # from the header ce_id
    spooled: bool = False

    @property
    def position(self) -> tuple[bool, int]:
        """Its place among those of its key: what is still in the spool comes after what is in the topic."""
        return self.spooled, self.offset

    @property
    def quarantined(self) -> bool:
        return self.topic.endswith("-quarantine")

    @property
    def data(self) -> bytes:
        """The bytes of the envelope's last member, as they stand."""
        begin = self.value.find(b'"data":')
        return self.value[begin + len(b'"data":'):self.value.rfind(b"}")] if begin >= 0 else b""

    @property
    def value_id(self) -> str | None:
        """The id that the envelope has."""
        found = re.search(rb'^\{"specversion":"1\.0","id":"([^"]*)"', self.value)
        return found.group(1).decode() if found else None

    def __str__(self) -> str:
        place = f"spool row {self.offset} of {self.topic}" if self.spooled else \
            f"{self.topic}[{self.partition}]@{self.offset}"
        return f"{place} with id {self.id}"


def read_topics(address: str, prefix: str) -> list[Stored]:
    """Every record of the topics whose names begin with `prefix` and a dot."""
    topics = [topic["topic"] for topic in json.loads(kcat(address, "-L", "-J"))["topics"]]
    records = [record for topic in topics if topic.startswith(f"{prefix}.") for record in read_topic(address, topic)]
    return [_of_record(record, prefix) for record in records]


def _of_record(record: Record, prefix: str) -> Stored:
    return Stored(record.topic.removeprefix(f"{prefix}."), record.partition, record.offset, record.key, record.value,
                  record.header("ce_id"))


def read_spool(directory: pathlib.Path, prefix: str) -> list[Stored]:
    """Every row, in the order of acceptance, as `hookferry spool export --json` has them. Rows of no running instance
    and of a running one alike."""
    done = hookferry("spool", "export", "--json", directory)
    if done.returncode != 0:
        raise RuntimeError(f"hookferry spool export: {done.returncode} {done.stderr}")
    return [_of_row(line, place, prefix) for place, line in enumerate(done.stdout.splitlines())]


def _of_row(line: str, place: int, prefix: str) -> Stored:
    row = json.loads(line)
    return Stored(row["topic"].removeprefix(f"{prefix}."), -1, place, _member(row, "key"), _value(row, line),
                  row["headers"].get("ce_id"), spooled=True)


def _value(row: dict, line: str) -> bytes | None:
    """A value that is JSON stands in the line as it is, and last; with control characters in it, without its blanks."""
    if "value" not in row:
        return _member(row, "value_text" if "value_text" in row else "value")
    if row["value"] is None:
        return None
    return line[line.index('},"value":') + len('},"value":'):-1].encode()


def _member(row: dict, name: str) -> bytes | None:
    encoded = row.get(f"{name}_base64")
    text = row.get(name)
    return base64.b64decode(encoded) if encoded is not None else None if text is None else text.encode()


def without_blanks(text: bytes) -> bytes:
    """JSON without the white space outside its strings."""
    return re.sub(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+', lambda found: found.group(1) or b"", text)
