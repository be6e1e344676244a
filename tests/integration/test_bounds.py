"""Memory stays bounded while Kafka is away and a flood comes."""

import pathlib
import re
import threading

import pytest

from harness.webhooks import glossi

SENDERS = 48
BODY = "x" * 700_000
MOST_MIB = 256


def most_memory_mib(pid: int) -> float:
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def flood(serving, count: int) -> list[int]:
    """Each of many senders posts so many large events, one after the other; the answers' codes."""
    codes = []

    def send():
        for _ in range(count):
            codes.append(serving.post("glossi", glossi(text=BODY)).status)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


@pytest.mark.parametrize("spooled", [False, True], ids=["without-spool", "with-spool"])
def test_an_outage_and_a_flood_fit_into_256_mib(bridge, kafka, tmp_path, figure, spooled):
    config = {"http": {"ack_deadline": "2s"}, "kafka": {"create_topics": {"config": {"max.message.bytes": "2000000"}}}}
    if spooled:
        config["spool"] = {"path": str(tmp_path / "spool"), "max_size": "256MiB"}
    serving = bridge(sources=("glossi",), config=config).start()
    kafka.pause()
    codes = flood(serving, 12)
    memory = most_memory_mib(serving.pid)
    kafka.resume()
    figure(f"outage and flood {'with' if spooled else 'without'} a spool: {memory:.0f} MiB at most, "
           f"{codes.count(200)} × 200, {codes.count(503)} × 503")
    assert set(codes) <= {200, 503} and 503 in codes
    assert memory < MOST_MIB
    serving.wait_for_readyz(200)
    assert serving.post_until_accepted("glossi", glossi()).status == 200
