"""Short schedules: no acknowledged event is lost, whatever happens to Kafka, the bridge or the disk.

A failure names its seed; the history and the logs are in build/faults.
"""

import time

import pytest

from harness import BUILD
from harness.bridge import Bridge
from harness.webhooks import glossi

from . import spool_support
from .main import replay
from .run import Options, run

_SECONDS = {1: 40, 3: 50}


@pytest.fixture(scope="module")
def spool() -> bool:
    return spool_support.has_spool()


def test_the_program_has_its_spool(spool):
    assert spool or not spool_support.REQUIRED


def _checked_run(seed: int, nodes: int, spool: bool, kafka=None) -> None:
    options = Options(_SECONDS[nodes], seed, BUILD / "faults" / f"test-{nodes}", nodes=nodes, spool=spool, tight=True)
    print(f"again: {replay(options)}")
    result = run(options, kafka=kafka)
    print(f"figure: faults with {nodes} node(s), seed {seed}, {'with' if spool else 'without'} spool: "
          + result.summary().replace("\n", "; "))
    assert result.report.acknowledged > 500
    assert not result.violations, "\n".join([f"again: {replay(options)}", *map(str, result.violations[:20])])


def test_faults_of_a_single_node_lose_nothing(seed, spool):
    _checked_run(seed, 1, spool)


def test_faults_of_a_cluster_lose_nothing(seed, spool, cluster):
    _checked_run(seed, 3, spool, cluster)


def test_a_leader_that_answers_nothing_costs_seconds_not_a_minute(cluster, tmp_path):
    bridge = Bridge(tmp_path, "frozen", cluster.address, sources=("glossi",),
                    config={"http": {"ack_deadline": "1s"}, "kafka": {"create_topics": {"partitions": 1}}}).start()
    try:
        assert bridge.post("glossi", glossi()).status == 200
        cluster.wait_until_in_sync()
        leader = cluster.leader(bridge.topic("glossi", "job.complete"))
        leader.pause()
        begin = time.monotonic()
        bridge.post_until_accepted("glossi", glossi(), seconds=30)  # librdkafka's own socket.timeout.ms is a minute
        print(f"figure: accepted {time.monotonic() - begin:.1f} s after the leader froze, which still is frozen")
        leader.resume()
        assert bridge.stop() == 0
    finally:
        cluster.heal()
        if bridge.running():
            bridge.kill()
