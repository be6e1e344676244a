"""What was measured of one server in one case."""

import dataclasses
import os
import pathlib
import statistics
import time


@dataclasses.dataclass
class Figures:
    """Of one round, or the medians of several. Microseconds are CPU per event."""

    per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    server_us: float  # of all the server's processes
    rss_mib: float
    kafka_us: float | None = None
    load_us: float | None = None  # the load generator's, signing included
    hmac_us: float | None = None  # one HMAC-SHA256 over the body
    entries: float | None = None  # in the dedupe cache at the end


def medians(rounds: list[Figures]) -> Figures:
    """Of each figure; None where a round has none."""
    columns = ([getattr(figures, field.name) for figures in rounds] for field in dataclasses.fields(Figures))
    return Figures(*(None if None in column else statistics.median(column) for column in columns))


def processes_of(pid: int) -> list[int]:
    """The process and its children."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid: int) -> float:
    """Of the process and its children, to the nanosecond: /proc/PID/stat counts in hundredths of a second."""
    # A process's CPU clock is named so on Linux: clock_getcpuclockid(3), which Python does not have.
    return sum(time.clock_gettime((~process << 3) | 2) for process in processes_of(pid))


def rss_mib(pid: int) -> float:
    pages = (int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1]) for process in processes_of(pid))
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20
