"""What is measured: the servers, and the series of cases that they go through side by side."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Nginx:
    """Answers 200 to everything: what HTTP alone costs."""

    title: str = "nginx"


@dataclasses.dataclass(frozen=True)
class Bare:
    """librdkafka alone (produce/), as many records in flight as the case has connections."""

    title: str
    linger_ms: float
    partitions: int = 6


@dataclasses.dataclass(frozen=True)
class Bridge:
    """hookferry. librdkafka sends one request for each partition, so their number decides how many events share one."""

    title: str
    partitions: int = 6  # of each topic
    real_kafka: bool = True
    tail: bool = True  # reads back what it publishes, as by default
    spool: bool = False
    linger_ms: float = 5  # kafka.linger's default
    program: str | None = None  # None: the one that was built


Server = Nginx | Bare | Bridge

# 6 partitions are hookferry's default, 1 is Kafka's; the embedded broker's topics have 4 whatever is asked for.
SERVERS = {
    "nginx": Nginx(),
    "bare-0": Bare("librdkafka, linger 0", 0),
    "bare-0.5": Bare("librdkafka, linger 0.5 ms", 0.5),
    "bare-5": Bare("librdkafka, linger 5 ms", 5),
    "bare-1-0": Bare("librdkafka, linger 0, 1 part.", 0, partitions=1),
    "bare-1-0.5": Bare("librdkafka, linger 0.5 ms, 1 part.", 0.5, partitions=1),
    "kafka": Bridge("hookferry"),
    "kafka-spool": Bridge("hookferry, spool", spool=True),
    "kafka-spool-0.5": Bridge("hookferry, spool, linger 0.5 ms", spool=True, linger_ms=0.5),
    "kafka-spool-no-tail": Bridge("hookferry, spool, no tail", spool=True, tail=False),
    "kafka-no-tail": Bridge("hookferry, no tail", tail=False),
    "kafka-1": Bridge("hookferry, 1 part.", partitions=1),
    "kafka-1-spool": Bridge("hookferry, 1 part., spool", partitions=1, spool=True),
    "kafka-1-no-tail": Bridge("hookferry, 1 part., no tail", partitions=1, tail=False),
    "embedded": Bridge("hookferry, embedded broker", partitions=4, real_kafka=False),
}

# The bare producer's lingers of which the cheaper one is in the floor.
FLOOR_LINGERS_MS = (0, 0.5)


@dataclasses.dataclass(frozen=True)
class Case:
    """What a server is loaded with."""

    series: str
    connections: int
    body_bytes: int = 256
    tls: bool = False
    fresh: bool = False  # each request on a connection of its own
    rate: int = 0  # events a second in an open loop; 0: a closed loop

    def __str__(self) -> str:
        size = f"{self.body_bytes // 1024} KiB" if self.body_bytes >= 1024 else f"{self.body_bytes} B"
        return ", ".join(filter(None, (
            f"{self.connections} connection{'s' if self.connections > 1 else ''}",
            f"{self.rate} events/s" if self.rate else "", size,
            "fresh connections" if self.fresh else "keep-alive", "TLS" if self.tls else "plain")))


@dataclasses.dataclass(frozen=True)
class Series:
    about: str
    connections: tuple[int, ...]
    servers: tuple[str, ...]
    variants: tuple[dict, ...] = ({},)  # what its cases have beside the connections


_FLOOR = ("nginx", "bare-0", "bare-0.5")
SERIES = {
    "connections": Series("keep-alive, plain, 256 B", (1, 64, 1000, 10000),
                          (*_FLOOR, "kafka-spool", "bare-1-0", "bare-1-0.5", "kafka-1-spool", "embedded")),
    "bodies": Series("larger bodies", (64,), (*_FLOOR, "kafka-spool", "embedded"),
                     ({"body_bytes": 4096}, {"body_bytes": 65536})),
    "fresh": Series("each request on a connection of its own", (64,), (*_FLOOR, "kafka-spool", "embedded"),
                    ({"fresh": True},)),
    "tls": Series("TLS, on connections that are kept and on fresh ones", (64,), (*_FLOOR, "kafka-spool", "embedded"),
                  ({"tls": True}, {"tls": True, "fresh": True})),
    "open": Series("an open loop: events are due at a fixed rate, at times of a Poisson process", (64,),
                   (*_FLOOR, "bare-5", "kafka-spool", "kafka-spool-0.5"), ({"rate": 1000},)),
}


def plan(names: list[str], connections: list[int] | None = None, servers: list[str] | None = None,
         rates: list[int] | None = None, against: str | None = None) -> list[tuple[Case, list[Server]]]:
    """The cases of these series in order, each with its servers; with other connections, servers or rates where they
    are given, and each hookferry followed by the program `against`."""
    cases = []
    for name in names:
        series = SERIES[name]
        measured = [one for key in servers or series.servers for one in _with_other(SERVERS[key], against)]
        variants = [{"rate": rate} for rate in rates] if rates and name == "open" else series.variants
        cases += [(Case(name, count, **variant), measured)
                  for variant in variants for count in connections or series.connections]
    return cases


def _with_other(server: Server, against: str | None) -> list[Server]:
    if against is None or not isinstance(server, Bridge):
        return [server]
    return [server, dataclasses.replace(server, title=f"{server.title} (against)", program=against)]
