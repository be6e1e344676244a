"""The benchmark's own arithmetic, and what it shows of it."""

import dataclasses
import os
import xml.etree.ElementTree

import pytest

from chart import chart
from figures import Figures, cpu_seconds, medians, rss_mib
from report import floor_of, p99_above_bare, table
from series import SERIES, SERVERS, Case, plan

CASE = Case("connections", 64)
NGINX, BARE_5, HOOKFERRY = (SERVERS[name] for name in ("nginx", "bare-5", "kafka-spool"))


def figures(server_us: float = 20, p99_ms: float = 2, **changes) -> Figures:
    return dataclasses.replace(Figures(1000, 1, p99_ms, 5, server_us, 30), **changes)


@pytest.fixture
def beside():
    """One round: bare-0 is the dearer linger; no server has the same partitions and linger as bare-1-0."""
    return {NGINX: figures(8), SERVERS["bare-0"]: figures(30, hmac_us=0.5),
            SERVERS["bare-0.5"]: figures(11.5, hmac_us=0.5), BARE_5: figures(9, p99_ms=6, hmac_us=0.5),
            HOOKFERRY: figures(30, p99_ms=6.75, kafka_us=3)}


def test_the_median_is_of_each_figure_and_none_where_a_round_has_none():
    rounds = [figures(30, entries=1), figures(10), figures(20, entries=3)]
    assert medians(rounds) == figures(20, entries=None)
    assert medians([figures(10), figures(20)]).server_us == 15


def test_the_floor_has_the_cheaper_of_its_lingers_and_no_other(beside):
    floor = floor_of(beside, partitions=6)
    assert (floor.total_us, floor.linger_ms) == (20, 0.5)
    assert floor_of(beside, partitions=1) is None
    del beside[NGINX]
    assert floor_of(beside, partitions=6) is None


def test_the_acknowledgement_is_held_against_the_report_of_the_same_linger(beside):
    assert p99_above_bare(beside, HOOKFERRY) == 0.75
    assert p99_above_bare(beside, NGINX) is None
    del beside[BARE_5]
    assert p99_above_bare(beside, HOOKFERRY) is None


def test_the_table_has_a_line_for_each_server_and_the_floor(beside):
    text = table({CASE: {server: [one] for server, one in beside.items()}})
    assert "connections: 64 connections, 256 B, keep-alive, plain" in text
    line = next(line for line in text.splitlines() if HOOKFERRY.title in line)
    assert line.split()[2:] == ["1000", "1.00", "6.75", "5.00", "0.75", "30.0", "1.50", "3.0", "-", "30.0", "-"]
    assert "the floor with 6 partitions: 20.0 µs = nginx 8.0 + librdkafka 11.5 (linger 0.5 ms) + HMAC 0.50" in text
    assert len({len(line) for line in text.splitlines() if line.endswith(" -")}) == 1


def test_a_case_that_was_not_reached_is_left_out(beside):
    results = {CASE: {server: [one] for server, one in beside.items()}, Case("open", 64, rate=1000): {NGINX: []}}
    assert "open" not in table(results) and "open" not in chart(results, "title")


def test_the_chart_is_well_formed_and_inside_its_frame(beside):
    beside[SERVERS["bare-1-0"]] = figures(0, p99_ms=0, per_second=0, hmac_us=0)
    root = xml.etree.ElementTree.fromstring(chart({CASE: {server: [one] for server, one in beside.items()}}, "a < b & c"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [element.text for element in root if element.tag.endswith("text")]
    assert "a < b & c" in texts and "30.0  (1.50 × floor)" in texts
    assert [text for text in texts if text == "librdkafka, linger 0.5 ms"]
    for element in root:
        assert float(element.get("y", element.get("cy", 0))) <= float(root.get("height"))
        if element.tag.endswith("rect") and element.get("x"):
            assert float(element.get("x")) + float(element.get("width")) <= float(root.get("width"))


def test_every_series_goes_through_its_cases():
    cases = plan(list(SERIES))
    assert {case.connections for case, _ in cases if case.series == "connections"} == {1, 64, 1000, 10000}
    assert {case.body_bytes for case, _ in cases} == {256, 4096, 65536}
    assert {(case.tls, case.fresh) for case, _ in cases} == {(False, False), (False, True), (True, False), (True, True)}
    assert any(case.rate == 1000 for case, _ in cases)
    assert len(set(case for case, _ in cases)) == len(cases)


def test_connections_servers_and_rates_can_be_given():
    assert plan(["open"], [8], ["nginx"], [50, 60]) == [(Case("open", 8, rate=50), [NGINX]),
                                                        (Case("open", 8, rate=60), [NGINX])]
    assert plan(["connections"], [1, 2], ["nginx"]) == [(Case("connections", 1), [NGINX]),
                                                        (Case("connections", 2), [NGINX])]


def test_another_program_is_beside_each_hookferry():
    [(_, servers)] = plan(["connections"], [1], ["nginx", "kafka-spool"], against="/other")
    assert servers == [NGINX, HOOKFERRY, dataclasses.replace(HOOKFERRY, title=f"{HOOKFERRY.title} (against)",
                                                             program="/other")]


def test_a_process_is_read_with_its_cpu_and_memory():
    before = cpu_seconds(os.getpid())
    sum(range(100000))
    assert 0 < before < cpu_seconds(os.getpid())
    assert rss_mib(os.getpid()) > 1
