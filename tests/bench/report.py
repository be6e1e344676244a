"""The table: the medians of each server in each case, and how far hookferry is from the floor."""

import dataclasses

from figures import Figures, medians
from series import FLOOR_LINGERS_MS, Bare, Bridge, Case, Nginx, Server

Results = dict[Case, dict[Server, list[Figures]]]  # a Figures for each round


@dataclasses.dataclass
class Floor:
    """The CPU of one event where nothing but the unavoidable is done, microseconds."""

    nginx_us: float
    bare_us: float  # of the cheaper linger
    linger_ms: float
    hmac_us: float

    @property
    def total_us(self) -> float:
        return self.nginx_us + self.bare_us + self.hmac_us

    def __str__(self) -> str:
        return (f"{self.total_us:.1f} µs = nginx {self.nginx_us:.1f} + librdkafka {self.bare_us:.1f} "
                f"(linger {self.linger_ms:g} ms) + HMAC {self.hmac_us:.2f}")


def floor_of(figures: dict[Server, Figures], partitions: int) -> Floor | None:
    """Of servers measured beside each other; None where one that it takes is missing."""
    bare = [(own.server_us, server.linger_ms, own.hmac_us) for server, own in figures.items()
            if isinstance(server, Bare) and server.partitions == partitions and server.linger_ms in FLOOR_LINGERS_MS]
    if not bare or Nginx() not in figures:
        return None
    us, linger_ms, hmac_us = min(bare)
    return Floor(figures[Nginx()].server_us, us, linger_ms, hmac_us)


def p99_above_bare(figures: dict[Server, Figures], server: Server) -> float | None:
    """How much later than the bare producer's own report, of the same partitions and linger, an acknowledgement is."""
    if not isinstance(server, Bridge) or not server.real_kafka:
        return None
    for bare, own in figures.items():
        if isinstance(bare, Bare) and (bare.partitions, bare.linger_ms) == (server.partitions, server.linger_ms):
            return figures[server].p99_ms - own.p99_ms
    return None


def _cell(value: float | None, digits: int, width: int) -> str:
    return f"{'-' if value is None else format(value, f'.{digits}f'):>{width}}"


_HEAD = (f"{'events/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'p99.9 ms':>10}{'p99-bare':>10}{'CPU µs':>9}"
         f"{'x floor':>9}{'Kafka µs':>10}{'load µs':>9}{'RSS MiB':>9}{'entries':>9}")


def _line(figures: dict[Server, Figures], server: Server, width: int) -> str:
    own = figures[server]
    of_kafka = isinstance(server, Bridge) and server.real_kafka
    floor = floor_of(figures, server.partitions) if of_kafka else None
    ratio = own.server_us / floor.total_us if floor else None
    return (f"  {server.title:{width}}{own.per_second:9.0f}{own.p50_ms:9.2f}{own.p99_ms:9.2f}{own.p999_ms:10.2f}"
            f"{_cell(p99_above_bare(figures, server), 2, 10)}{own.server_us:9.1f}{_cell(ratio, 2, 9)}"
            f"{_cell(own.kafka_us, 1, 10)}{_cell(own.load_us, 1, 9)}{own.rss_mib:9.1f}{_cell(own.entries, 0, 9)}")


def table(results: Results) -> str:
    width = max(len(server.title) for rounds in results.values() for server in rounds)
    lines = [" " * (width + 2) + _HEAD]
    for case, rounds in results.items():
        figures = {server: medians(own) for server, own in rounds.items() if own}
        if not figures:
            continue
        lines.append(f"{case.series}: {case}")
        lines += [_line(figures, server, width) for server in figures]
        for partitions in sorted({server.partitions for server in figures if isinstance(server, Bare)}, reverse=True):
            floor = floor_of(figures, partitions)
            if floor:
                lines.append(f"  the floor with {partitions} partition{'s' if partitions > 1 else ''}: {floor}")
    return "\n".join(lines)
