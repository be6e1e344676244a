"""Starts what is measured, and measures it."""

import collections.abc
import contextlib
import dataclasses
import json
import os
import pathlib
import ssl
import subprocess

import harness.bridge
import series
from figures import Figures, cpu_seconds, rss_mib
from harness import BUILD, free_port, wait_for
from harness.certificates import certify
from harness.kafka import Kafka
from harness.process import Process
from harness.webhooks import SECRETS, request
from programs import PROGRAMS
from series import Case

PATH = "/webhooks/glossi"
TOPICS = "bench-"  # what all topics' names begin with
_EVENT = "job.complete"  # the one that the load generator sends
_ANYONE = ssl._create_unverified_context()

_NGINX = """
daemon off;
worker_processes auto;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096{ssl};
    {certificate}
    location / {{ return 200 '{{"status":"accepted","id":"00000000000000000000000000000000"}}'; }}
  }}
}}
"""


@dataclasses.dataclass
class Running:
    """A server and what loads it: bench_load, or bench_produce, which is its own server."""

    driver: list
    pid: int | None  # None: the driver is the server
    entries: collections.abc.Callable[[], float] | None = None
    real_kafka: bool = True


@dataclasses.dataclass
class Bench:
    """What is there from the beginning to the end."""

    folder: pathlib.Path
    kafka: Kafka | None  # None: no server of this run needs one
    warmup: float
    seconds: float
    _number: int = 0

    def __post_init__(self):
        self.certificate = certify(self.folder, "bench")
        self._records: dict[int, pathlib.Path] = {}

    def measure(self, server: series.Server, case: Case) -> Figures:
        self._number += 1
        folder = self.folder / str(self._number)
        folder.mkdir()
        start = {series.Nginx: self._nginx, series.Bare: self._bare, series.Bridge: self._bridge}[type(server)]
        with start(server, case, folder) as running:
            return self._drive(running)

    def warm_kafka(self) -> None:
        """A Java machine that has just started is slower than it will be."""
        if self.kafka:
            self.measure(series.SERVERS["bare-0"], Case("", 64))

    def forget_topics(self) -> None:
        """Deletes what a server has published: at full speed it fills a disk, and what is still to be written to it would
        be written at the next one's expense."""
        if self.kafka:
            self.kafka.topics_tool("--delete", "--if-exists", "--topic", f"{TOPICS}.*")
            os.sync()

    def _load(self, port: int, case: Case, warmup: float, seconds: float) -> list:
        return [PROGRAMS / "bench_load", "--port", port, "--path", PATH, "--secret", SECRETS["glossi"], "--expect",
                '"status":"accepted"', "--connections", case.connections, "--body-bytes", case.body_bytes, "--rate",
                case.rate, "--fresh", int(case.fresh), "--tls", int(case.tls), "--warmup", warmup, "--seconds", seconds]

    @contextlib.contextmanager
    def _nginx(self, _: series.Nginx, case: Case, folder: pathlib.Path):
        program = next(path for path in ("/usr/sbin/nginx", BUILD / "nginx/usr/sbin/nginx") if os.access(path, os.X_OK))
        port = free_port()
        configuration = folder / "nginx.conf"
        made = self.certificate
        certificate = f"ssl_certificate {made.certificate_file}; ssl_certificate_key {made.key_file};" if case.tls else ""
        configuration.write_text(_NGINX.format(folder=folder, port=port, ssl=" ssl" if case.tls else "",
                                               certificate=certificate))
        process = Process([program, "-e", "stderr", "-p", folder, "-c", configuration], folder / "nginx.log")

        def answers():
            if not process.running():
                raise RuntimeError(f"nginx ended at its start:\n{process.log()}")
            with contextlib.suppress(OSError):
                return request(port, "POST", PATH, b"{}", context=_ANYONE if case.tls else None).status == 200

        try:
            wait_for(answers, 10, "the start of nginx")
            yield Running(self._load(port, case, self.warmup, self.seconds), process.pid, real_kafka=False)
        finally:
            process.stop()

    @contextlib.contextmanager
    def _bare(self, server: series.Bare, case: Case, folder: pathlib.Path):
        flow = ["--rate", case.rate] if case.rate else ["--in-flight", case.connections]
        yield Running([PROGRAMS / "bench_produce", "--brokers", self.kafka.address, "--topic", f"{TOPICS}{folder.name}",
                       "--partitions", server.partitions, "--record", self._record(case.body_bytes), "--linger-ms",
                       server.linger_ms, "--body-bytes", case.body_bytes, *flow, "--warmup", self.warmup, "--seconds",
                       self.seconds], None)

    @contextlib.contextmanager
    def _bridge(self, server: series.Bridge, case: Case, folder: pathlib.Path):
        """With its defaults but for what the server and the case say. Each has topics of its own: it reads back what is
        in them when it starts."""
        config = {"kafka": {"create_topics": {"partitions": server.partitions},
                            "linger": f"{server.linger_ms * 1000:g}us"},
                  "http": {"max_connections": 11000},
                  "dedupe": {} if server.tail else {"warmup": "0s"}}
        if case.tls:
            config["http"]["tls"] = self.certificate.settings()
        if server.spool:
            config["spool"] = {"path": str(folder / "spool")}
        address, arguments = (self.kafka.address, ()) if server.real_kafka else ("127.0.0.1:9", ("--kafka", "embedded"))
        bridge = harness.bridge.Bridge(folder, f"{TOPICS}{folder.name}", address, sources=("glossi",), config=config,
                                       arguments=arguments)
        bridge.start(program=server.program)
        try:
            yield Running(self._load(bridge.port, case, self.warmup, self.seconds), bridge.pid,
                          lambda: bridge.metric("hookferry_dedupe_entries"), server.real_kafka)
        finally:
            bridge.stop()

    def _record(self, body_bytes: int) -> pathlib.Path:
        """The file of a record that hookferry has published for a body of that size."""
        if body_bytes not in self._records:
            folder = self.folder / f"record-{body_bytes}"
            folder.mkdir()
            self._records[body_bytes] = self._publish_one(folder, Case("", 1, body_bytes))
        return self._records[body_bytes]

    def _publish_one(self, folder: pathlib.Path, case: Case) -> pathlib.Path:
        bridge = harness.bridge.Bridge(folder, f"{TOPICS}{folder.name}", self.kafka.address, sources=("glossi",))
        bridge.start()
        try:
            subprocess.run(list(map(str, self._load(bridge.port, case, 0, 0.1))), check=True, stdout=subprocess.DEVNULL)
        finally:
            bridge.stop()
        record = self.kafka.read(bridge.topic("glossi", _EVENT))[0]
        lines = [record.key.decode(), record.value.decode(), *map("\t".join, record.headers)]
        file = folder / "record"
        file.write_text("\n".join(lines) + "\n")
        return file

    def _drive(self, running: Running) -> Figures:
        """Lets the driver run to its end."""
        name = pathlib.Path(running.driver[0]).name
        driver = subprocess.Popen(list(map(str, running.driver)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  text=True)
        observed = [pid for pid in (running.pid, self.kafka.pid if running.real_kafka else None) if pid]
        with driver:
            cpu = []
            for said in ("measuring", "measured"):
                if driver.stdout.readline().strip() != said:
                    raise RuntimeError(f"{name} ended with {driver.wait()}")
                cpu.append([cpu_seconds(pid) for pid in observed])
            memory = rss_mib(running.pid) if running.pid else None
            result = json.loads(driver.stdout.readline())
        if not result["requests"]:
            raise RuntimeError(f"{name} had no answer at all: {result['errors']}")
        if result["errors"] or driver.returncode:
            print(f"  ! not acknowledged: {result['errors'] or 'some, after the measured time'}", flush=True)
        used = [(end - begin) * 1e6 / result["requests"] for begin, end in zip(*cpu)]
        return Figures(result["per_second"], result["p50_ms"], result["p99_ms"], result["p999_ms"],
                       server_us=used[0] if running.pid else result["cpu_us"],
                       rss_mib=memory if running.pid else result["rss_mib"],
                       kafka_us=used[-1] if running.real_kafka else None,
                       load_us=result["cpu_us"] if running.pid else None, hmac_us=result.get("hmac_us"),
                       entries=running.entries() if running.entries else None)
