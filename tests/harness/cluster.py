"""Three nodes of Apache Kafka, each broker and controller: replication factor 3, min.insync.replicas 2."""

import concurrent.futures
import json
import pathlib
import uuid

from . import wait_for
from .kafka import Kafka, kcat

_PROPERTIES = """
node.id={node}
controller.quorum.voters={voters}
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
# a follower that is paused leaves the in-sync replicas within seconds
replica.lag.time.max.ms=4000
controller.quorum.election.timeout.ms=1000
controller.quorum.fetch.timeout.ms=2000
"""


class Node(Kafka):
    """One of the cluster's. What stands later in a properties file wins, so that its own follow the single node's."""

    def __init__(self, number: int, directory: pathlib.Path, heap: str):
        self.number = number
        self.paused = False
        self._prepare(directory, "127.0.0.1", heap)

    @property
    def voter(self) -> str:
        return f"{self.number}@{self._host}:{self._ports['controller']}"

    def join(self, cluster_id: str, voters: str) -> None:
        """Before its first start."""
        self._write_properties()
        with open(self._properties, "a") as properties:
            properties.write(_PROPERTIES.format(node=self.number, voters=voters))
        self._format(cluster_id)

    def pause(self) -> None:
        super().pause()
        self.paused = True

    def resume(self) -> None:
        super().resume()
        self.paused = False


class Cluster:
    def __init__(self, directory: pathlib.Path, heap: str = "256m"):
        self.nodes = [Node(number, directory / f"node-{number}", heap) for number in (1, 2, 3)]
        voters = ",".join(node.voter for node in self.nodes)
        cluster_id = str(uuid.uuid4())
        self._each(lambda node: node.join(cluster_id, voters))

    def _each(self, do) -> None:
        with concurrent.futures.ThreadPoolExecutor(len(self.nodes)) as threads:
            list(threads.map(do, self.nodes))

    @property
    def address(self) -> str:
        return ",".join(node.address for node in self.nodes)

    def start(self) -> None:
        for node in self.nodes:  # no node is started before two have a quorum
            node.start_without_waiting()
        for node in self.nodes:
            node.wait_until_started()

    def heal(self) -> None:
        """Every node runs, whatever was done to it."""
        for node in self.nodes:
            node.resume()
        ended = [node for node in self.nodes if not node.running()]
        for node in ended:
            node.start_without_waiting()
        for node in ended:
            node.wait_until_started()

    def kill(self) -> None:
        for node in self.nodes:
            if node.running():
                node.kill()

    def metadata(self, node: Node | None = None) -> dict:
        """kcat's description of brokers and topics; as that node knows them."""
        return json.loads(kcat(node.address if node else self.address, "-L", "-J"))

    def leader(self, topic: str, partition: int = 0) -> Node:
        def elected():
            for description in self.metadata()["topics"]:
                if description["topic"] == topic:
                    return description["partitions"][partition]["leader"]
            raise RuntimeError(f"no topic {topic}")

        number = wait_for(lambda: max(elected(), 0), 30, f"a leader of {topic}[{partition}]")
        return next(node for node in self.nodes if node.number == number)

    def wait_until_in_sync(self, seconds: float = 60) -> None:
        """Until every node knows that every partition has its leader and all its replicas again."""
        def lagging():
            return [f"{topic['topic']}[{partition['partition']}] at node {node.number}" for node in self.nodes
                    for topic in self.metadata(node)["topics"] for partition in topic["partitions"]
                    if partition["leader"] < 0 or len(partition["isrs"]) < len(partition["replicas"])]

        wait_for(lambda: not lagging(), seconds, lambda: f"replicas in sync; not yet: {lagging()[:10]}")
