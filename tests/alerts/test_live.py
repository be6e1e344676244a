"""The alerts on what a running bridge exposes, and all the way to who is called."""

import re

import pytest

from dashboard import expressions, filled, variables
from harness import wait_for, webhooks
from harness.bridge import Bridge
from harness.certificates import certify, trusting
from harness.kafka import Kafka
from harness.prometheus import Alertmanager, Prometheus, Receiver
from harness.tokens import TokenServer
from promql import selectors
from prometheus_rule import LABELS, SPOOL, alerts, named, render, schema_of


def test_selectors_finds_what_is_not_limited():
    assert selectors('sum by (a) (increase(b{c="d"}[5m])) > 1 unless b{c="d"} offset 1h') == {'b{c="d"}'}
    for expression in ("b == 0", 'b{c="d"} and c > 1', "sum by (a) (increase(b[5m]))"):
        with pytest.raises(AssertionError, match="without a selector"):
            selectors(expression)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    kafka = Kafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certify(tmp_path_factory.mktemp("certificate"), "server")


@pytest.fixture(scope="module")
def measured(kafka, certificate, tmp_path_factory):
    """A bridge with both sources, TLS on both sides, a tail and a spool, to which nothing has happened yet."""
    directory = tmp_path_factory.mktemp("measured")
    kafka.allow("CN=first", "measured")
    shown = kafka.user_certificates["first"]
    properties = {"security.protocol": "SSL", "ssl.ca.location": str(kafka.certificate.certificate_file),
                  "ssl.certificate.location": str(shown.certificate_file), "ssl.key.location": str(shown.key_file)}
    bridge = Bridge(directory, "measured", kafka.ssl_address, config={
        "http": {"tls": certificate.settings()}, "spool": {"path": str(directory / "spool")},
        "kafka": {"properties": properties}})
    try:
        yield bridge.start()
    finally:
        if bridge.running():
            bridge.kill()


@pytest.fixture(scope="module")
def scraped(measured, tmp_path_factory):
    """A Prometheus that has scraped it."""
    prometheus = Prometheus(tmp_path_factory.mktemp("scraped") / "prometheus", rules={"groups": []},
                            targets=[f"127.0.0.1:{measured.admin_port}"], target_labels=LABELS)
    try:
        prometheus.wait_for_scrape()
        yield prometheus
    finally:
        prometheus.stop()


def test_every_metric_that_an_alert_names_is_there_with_those_labels(scraped, rule):
    wanted = {selector for alert in alerts(rule) for selector in selectors(alert["expr"])}
    assert any(selector.startswith("hookferry_events_lost_total{") for selector in wanted)
    for selector in wanted:
        assert scraped.query(selector), f"no series for {selector}"


def test_every_label_that_a_text_names_is_there(scraped, rule):
    for alert in alerts(rule):
        labels = set(re.findall(r"\$labels\.(\w+)", " ".join(alert["annotations"].values())))
        for label in labels - {"pod"}:  # from the ServiceMonitor; else the instance is named
            with_label = [selector.replace("{", f'{{{label}!="", ') for selector in selectors(alert["expr"])]
            assert any(scraped.query(selector) for selector in with_label), f"{alert['alert']}: {label}"


def test_every_metric_that_a_text_names_is_there(scraped, rule):
    named_in_texts = set(re.findall(r"hookferry_\w+", " ".join(
        text for alert in alerts(rule) for text in alert["annotations"].values())))
    assert named_in_texts
    for name in named_in_texts - {"hookferry_kafka_broker_rtt_seconds"}:  # appears with its first value
        assert scraped.query(f'{{__name__=~"{name}(_count)?"}}'), name


def test_every_latency_target_is_a_bucket(scraped):
    targets = schema_of("latencyBudgetBurn")["properties"]["targetSeconds"]["enum"]
    buckets = {series["metric"]["le"] for series in scraped.query("hookferry_request_duration_seconds_bucket")}
    assert sorted(targets) == sorted(float(bucket) for bucket in buckets - {"+Inf"})
    for target in targets:
        tuned = named(render(rules={"latencyBudgetBurn": {"targetSeconds": target}}), "HookferryLatencyBudgetBurn",
                      long="1h")
        assert all(scraped.query(selector) for selector in selectors(tuned["expr"])), target


def test_every_reason_is_one_that_is_counted(scraped):
    reasons = schema_of("signatureFailures")["properties"]["reasons"]["items"]["enum"]
    counted = {series["metric"]["reason"] for series in scraped.query("hookferry_rejected_total")}
    assert set(reasons) == counted


def test_every_metric_of_the_dashboard_is_there_with_those_labels(measured, certificate, scraped):
    # Some appear with the first event.
    assert measured.post("glossi", webhooks.glossi(), context=trusting(certificate)).status == 200
    for where, expression in expressions():
        for selector in selectors(expression):
            wait_for(lambda selector=selector: scraped.query(selector), 30, f"a series for {selector} ({where})")


def test_every_choice_of_the_dashboard_has_values(scraped):
    choices = {name: variable["query"]["query"] for name, variable in variables().items() if name != "datasource"}
    for name, query in choices.items():
        metric, label = re.fullmatch(r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", query).groups()
        assert label == name
        if name != "pod":  # from the ServiceMonitor
            assert scraped.query(filled(query.removeprefix("label_values(").removesuffix(f", {label})")))
            assert scraped.query(f'{metric}{{{label}!=""}}'), query


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def alertmanager(receiver, tmp_path):
    alertmanager = Alertmanager(tmp_path / "alertmanager", receiver)
    yield alertmanager
    alertmanager.stop()


@pytest.fixture
def watch(alertmanager, tmp_path):
    """Makes a Prometheus that watches a bridge, with the alerts of an outage so that a test can wait for them, and the
    others as they are."""
    started = []

    def make(bridge: Bridge, values: dict | None = None) -> Prometheus:
        rule = render(values, rules={
            key: {"for": "1s"} for key in ("kafkaUnavailable", "kafkaTokenFetchFailing", "down")})
        prometheus = Prometheus(tmp_path / "prometheus", rules=rule["spec"], targets=[f"127.0.0.1:{bridge.admin_port}"],
                                target_labels=LABELS, alertmanager=alertmanager)
        started.append(prometheus)
        prometheus.wait_for_scrape()
        return prometheus

    yield make
    for prometheus in started:
        prometheus.stop()


@pytest.fixture
def spooling(kafka, tmp_path):
    """A bridge with a spool."""
    bridge = Bridge(tmp_path, "spooling", kafka.address, config={"spool": {"path": str(tmp_path / "spool")}})
    yield bridge.start()
    bridge.kill()


def test_an_outage_of_kafka_calls_somebody_and_so_does_its_end(kafka, bridge, watch, receiver):
    name = "HookferryKafkaUnavailable"
    bridge = bridge(kafka.address)
    prometheus = watch(bridge)
    assert prometheus.query("hookferry_kafka_up == 1")
    assert not receiver.alerts(name, "firing")

    kafka.stop()
    [firing] = wait_for(lambda: receiver.alerts(name, "firing"), 60, lambda: f"{name}\n{bridge.log()[-2000:]}")
    instance = f"127.0.0.1:{bridge.admin_port}"
    assert firing["labels"] == {"alertname": name, "severity": "critical", "instance": instance, **LABELS}
    assert firing["annotations"]["summary"] == f"default/{instance} has no Kafka"
    assert not receiver.alerts(name, "resolved")

    kafka.start()
    [resolved] = wait_for(lambda: receiver.alerts(name, "resolved"), 60,
                          lambda: f"the end of {name}\n{bridge.log()[-2000:]}")
    assert resolved["labels"] == firing["labels"]
    assert not receiver.alerts("HookferryDown", "firing")


def test_with_a_spool_an_outage_refuses_nothing_and_the_call_says_so(kafka, spooling, watch, receiver):
    name = "HookferryKafkaUnavailable"
    prometheus = watch(spooling, SPOOL)
    kafka.stop()
    [firing] = wait_for(lambda: receiver.alerts(name, "firing"), 60, lambda: f"{name}\n{spooling.log()[-2000:]}")
    assert "Events are kept" in firing["annotations"]["description"]
    assert spooling.post("glossi", webhooks.glossi()).status == 200
    wait_for(lambda: prometheus.query("hookferry_spool_events == 1"), 30, "the event in the spool")

    kafka.start()
    wait_for(lambda: receiver.alerts(name, "resolved"), 60, lambda: f"the end of {name}\n{spooling.log()[-2000:]}")
    wait_for(lambda: prometheus.query("hookferry_spool_events == 0"), 60, "the spool is empty")


@pytest.fixture
def token_server():
    with TokenServer("writer", "the client's secret") as server:
        yield server


@pytest.fixture
def unknown_client(kafka, token_server, tmp_path):
    """A bridge that is to log in to Kafka by tokens, and has none: its secret, in the file client-secret, is a wrong one."""
    secret = tmp_path / "client-secret"
    secret.write_text("not the secret")
    oauth = {"token_url": token_server.url, "client_id": token_server.CLIENT, "client_secret": {"file": str(secret)}}
    bridge = Bridge(tmp_path, "unknown", kafka.sasl_address, config={
        "kafka": {"properties": {"security.protocol": "SASL_PLAINTEXT"}, "oauth": oauth}})
    yield bridge.start(ready=False)
    bridge.kill()


def test_a_refused_client_calls_somebody_and_the_right_secret_ends_it(unknown_client, token_server, watch, receiver,
                                                                     tmp_path):
    name = "HookferryKafkaTokenFetchFailing"
    watch(unknown_client)
    [firing] = wait_for(lambda: receiver.alerts(name, "firing"), 60, lambda: f"{name}\n{unknown_client.log()[-2000:]}")
    assert firing["labels"]["severity"] == "warning"
    assert "no-token" in unknown_client.readyz().body.decode()  # as the text says

    (tmp_path / "client-secret").write_text(token_server.secret)
    wait_for(lambda: receiver.alerts(name, "resolved"), 60, lambda: f"the end of {name}\n{unknown_client.log()[-2000:]}")


def test_the_end_of_the_bridge_calls_somebody_and_so_does_its_return(bridge, watch, receiver):
    name = "HookferryDown"
    bridge = bridge("embedded")
    watch(bridge)
    bridge.kill()
    [firing] = wait_for(lambda: receiver.alerts(name, "firing"), 60, name)
    assert firing["labels"] == {"alertname": name, "severity": "critical", **LABELS}

    bridge.start_without_file("embedded")
    [resolved] = wait_for(lambda: receiver.alerts(name, "resolved"), 60, f"the end of {name}")
    assert resolved["labels"] == firing["labels"]
