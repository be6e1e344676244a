"""A real Apache Kafka: one node, KRaft, loopback only. `python3 -m harness.kafka` fetches its jars through Maven."""

import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import uuid

from . import BUILD, free_port, wait_for
from .certificates import certify
from .process import Process

_HERE = pathlib.Path(__file__).parent / "jars"

# Who may log in at `sasl_address` by PLAIN; by OAUTHBEARER whoever has a token that says so (harness.tokens), signed by
# nobody. None has a right until `allow` gives it; who comes without a login, at `address`,
# may do everything.
# `rotating` is the one whose password is changed. PLAIN only: Debian 12's librdkafka, like all before 2.6.1, cannot log in
# to Kafka 4 by SCRAM (https://github.com/edenhill/kcat/issues/462).
SASL_USERS = {"writer": "writer-password", "stranger": "stranger-password", "rotating": "first-password"}

# Whose certificates are taken at `ssl_address`: the user is CN=NAME.
SSL_USERS = ("first", "second")

_OAUTH_MODULE = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
_LOGIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{plain},SASL_PLAINTEXT://{host}:{sasl},SSL://{host}:{ssl},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{plain},SASL_PLAINTEXT://{host}:{sasl},SSL://{host}:{ssl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN,OAUTHBEARER
listener.name.sasl_plaintext.plain.sasl.jaas.config={login_module} required {users};
listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config={oauth_module} required;
# a connection ends with the token that it was opened with
listener.name.sasl_plaintext.oauthbearer.connections.max.reauth.ms=3600000
listener.name.ssl.ssl.client.auth=required
listener.name.ssl.ssl.keystore.type=PEM
listener.name.ssl.ssl.keystore.location={keystore}
listener.name.ssl.ssl.truststore.type=PEM
listener.name.ssl.ssl.truststore.location={truststore}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:ANONYMOUS
log.dirs={data}
num.partitions=3
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# a stopped or killed broker is seen, and comes back, within seconds
broker.session.timeout.ms=2500
broker.heartbeat.interval.ms=500
"""


def fetch_jars(pom: pathlib.Path = _HERE / "pom.xml", name: str = "kafka-lib") -> pathlib.Path:
    """The folder of what a pom.xml names, Kafka's jars by default, fetched through Maven when they are not there yet."""
    lib = BUILD / name / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if lib.is_dir():
        return lib
    if not shutil.which("mvn"):
        raise RuntimeError("Maven is missing: deploy/install.sh test")
    new = lib.with_name(f"{lib.name}.{os.getpid()}")
    subprocess.run(
        ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={new}",
         "-DincludeScope=runtime"],
        check=True, timeout=900, stdin=subprocess.DEVNULL,
    )
    new.rename(lib)
    return lib


@dataclasses.dataclass
class Record:
    """One record as kcat reads it. `headers` in their order; a name may stand twice."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: list[tuple[str, str]]

    def header(self, name: str) -> str | None:
        """The value of the one header of that name; None where there is none."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, f"header {name} stands {len(values)} times"
        return values[0] if values else None


class Kafka:
    """One broker with its data in `directory`, on ports of `host` that stay the same over restarts."""

    def __init__(self, directory: pathlib.Path, host: str = "127.0.0.1", *, heap: str = "512m"):
        self._prepare(directory, host, heap)
        self._write_properties()
        self._format(str(uuid.uuid4()))

    def _prepare(self, directory: pathlib.Path, host: str, heap: str) -> None:
        self._host = host
        self._heap = heap
        self._jars = fetch_jars()
        self._directory = directory
        self._ports = {"plain": free_port(), "sasl": free_port(), "ssl": free_port(), "controller": free_port()}
        self._process: Process | None = None
        self._properties = directory / "server.properties"
        directory.mkdir(parents=True, exist_ok=True)
        self._users = dict(SASL_USERS)
        self.certificate = certify(directory, "kafka")
        self.user_certificates = {name: certify(directory, name) for name in SSL_USERS}
        self._keystore, self._truststore = directory / "kafka.pem", directory / "users.pem"
        self._keystore.write_text(self.certificate.key + self.certificate.certificate)
        self._truststore.write_text("".join(user.certificate for user in self.user_certificates.values()))

    def _format(self, cluster_id: str) -> None:
        self._java("kafka.tools.StorageTool", "format", "-c", self._properties, "-t", cluster_id)

    def _write_properties(self) -> None:
        users = " ".join(f'user_{name}="{password}"' for name, password in self._users.items())
        self._properties.write_text(_PROPERTIES.format(**self._ports, host=self._host, users=users,
                                                       data=self._directory / "data", login_module=_LOGIN_MODULE, oauth_module=_OAUTH_MODULE,
                                                       keystore=self._keystore, truststore=self._truststore))

    @property
    def address(self) -> str:
        return f"{self._host}:{self._ports['plain']}"

    @property
    def sasl_address(self) -> str:
        return f"{self._host}:{self._ports['sasl']}"

    @property
    def ssl_address(self) -> str:
        return f"{self._host}:{self._ports['ssl']}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process is not None and self._process.running()

    def start(self) -> None:
        self.start_without_waiting()
        self.wait_until_started()

    def start_without_waiting(self) -> None:
        command = ["java", "-Xms64m", f"-Xmx{self._heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                   f"-Dlog4j2.configurationFile=file:{_HERE}/log4j2.properties", *self._class_path(), "kafka.Kafka",
                   self._properties]
        self._process = Process(command, self._directory / "kafka.log")

    def wait_until_started(self) -> None:
        process = self._process

        def started():
            if not process.running():
                raise RuntimeError(f"Kafka ended at its start:\n{process.log()[-3000:]}")
            return "Kafka Server started" in process.log()

        wait_for(started, 90, lambda: f"the start of Kafka\n{process.log()[-3000:]}")

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def set_password(self, user: str, password: str) -> None:
        """From the next start on."""
        self._users[user] = password
        self._write_properties()

    def kill(self) -> None:
        self._process.kill()

    def pause(self) -> None:
        """The broker answers nothing, and its connections stay open."""
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send(signal.SIGCONT)

    # What is in it, read by a client that has nothing to do with the bridge's code.

    def read(self, topic: str) -> list[Record]:
        """Every record of a topic, in the order of the partitions and offsets."""
        return read_topic(self.address, topic)

    def partitions(self, topic: str) -> int:
        return len(topic_metadata(self.address, topic)["partitions"])

    # Kafka's own tools; each call starts a Java machine and takes a second or two.

    def topics_tool(self, *arguments: str) -> str:
        return self._java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.address, *arguments)

    def create_topic(self, topic: str, partitions: int = 1) -> None:
        self.topics_tool("--create", "--topic", topic, "--partitions", str(partitions))

    def delete_topic(self, topic: str) -> None:
        self.topics_tool("--delete", "--topic", topic)

    def topic_config(self, topic: str) -> dict[str, str]:
        """What is set for the topic itself, over the broker's defaults."""
        text = self._configs_tool(topic, "--describe")
        lines = [line.strip() for line in text.splitlines()[1:]]
        return dict(line.split(" ", 1)[0].split("=", 1) for line in lines if "=" in line)

    def set_topic_config(self, topic: str, **config) -> None:
        pairs = ",".join(f"{name.replace('_', '.')}={value}" for name, value in config.items())
        self._configs_tool(topic, "--alter", "--add-config", pairs)

    def allow(self, user: str, prefix: str, operations: tuple[str, ...] = ("All",), *, deny: bool = False) -> None:
        """These operations, on all topics whose name begins so; or not, whatever else allows them."""
        rights = [part for operation in operations for part in ("--operation", operation)]
        self._java("org.apache.kafka.tools.AclCommand", "--bootstrap-server", self.address, "--add",
                   "--deny-principal" if deny else "--allow-principal", f"User:{user}", *rights, "--topic", prefix,
                   "--resource-pattern-type", "prefixed")

    def _configs_tool(self, topic: str, *arguments: str) -> str:
        return self._java("kafka.admin.ConfigCommand", "--bootstrap-server", self.address, "--entity-type", "topics",
                          "--entity-name", topic, *arguments)

    def _class_path(self) -> list[str]:
        return ["-cp", f"{self._jars}/*"]

    def java_command(self, main_class: str) -> list[str]:
        """Runs one of Kafka's tools."""
        return ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                f"-Dlog4j2.configurationFile=file:{_HERE}/log4j2.properties", *self._class_path(), main_class]

    def _java(self, main_class: str, *arguments) -> str:
        result = subprocess.run(
            [*self.java_command(main_class), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        if result.returncode != 0:
            raise RuntimeError(f"{main_class} {' '.join(map(str, arguments))}: {result.stdout[-3000:]}")
        return result.stdout


def kcat(address: str, *arguments: str) -> bytes:
    result = subprocess.run(["kcat", "-b", address, "-m", "10", *arguments], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if result.returncode != 0:
        raise RuntimeError(f"kcat {' '.join(arguments)}: {result.stderr.decode('utf-8', 'replace')[-2000:]}")
    return result.stdout


def topic_metadata(address: str, topic: str) -> dict:
    """kcat's description of the topic."""
    for description in json.loads(kcat(address, "-L", "-J", "-t", topic))["topics"]:
        if description["topic"] == topic and "error" not in description:
            return description
    raise RuntimeError(f"no topic {topic} at {address}")


def read_topic(address: str, topic: str) -> list[Record]:
    """Every record that the topic holds now."""
    output = kcat(address, "-C", "-q", "-J", "-e", "-o", "beginning", "-X", "fetch.wait.max.ms=20", "-t", topic)
    records = []
    # Bytes that are not UTF-8 come out of kcat as they are, and go through Python's strings unharmed this way.
    for line in output.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        fields = json.loads(line)
        flat = fields.get("headers", [])
        records.append(Record(
            fields["topic"], fields["partition"], fields["offset"], _bytes(fields["key"]), _bytes(fields["payload"]),
            list(zip(flat[::2], flat[1::2])),
        ))
    return sorted(records, key=lambda record: (record.partition, record.offset))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    try:
        fetch_jars()
    except (RuntimeError, OSError, subprocess.SubprocessError) as problem:
        sys.exit(f"Apache Kafka's jars could not be fetched through Maven: {problem}")
