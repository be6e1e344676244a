"""What `prometheusRule` in the chart's values does to the alerts, and what it does not take."""

import re

import pytest

from prometheus_rule import LABELS, OPT_IN, SPOOL, RenderError, alerts, default_values, named, render

KEYS = {  # under prometheusRule.rules
    "eventsLost": "HookferryEventsLost",
    "down": "HookferryDown",
    "kafkaUnavailable": "HookferryKafkaUnavailable",
    "kafkaTokenFetchFailing": "HookferryKafkaTokenFetchFailing",
    "spoolNearFull": "HookferrySpoolNearFull",
    "spoolNotDraining": "HookferrySpoolNotDraining",
    "parkedEvents": "HookferryParkedEvents",
    "queueNearFull": "HookferryQueueNearFull",
    "publishFailures": "HookferryPublishFailures",
    "topicUnderReplicated": "HookferryTopicUnderReplicated",
    "quarantined": "HookferryQuarantined",
    "knownSourceTooLarge": "HookferryKnownSourceTooLarge",
    "signatureFailures": "HookferrySignatureFailures",
    "endpointSilent": "HookferryEndpointSilent",
    "dedupeTailDown": "HookferryDedupeTailDown",
    "dedupeHorizonShort": "HookferryDedupeHorizonShort",
    "configReloadFailed": "HookferryConfigReloadFailed",
    "configRestartRequired": "HookferryConfigRestartRequired",
    "certificateExpiring": "HookferryCertificateExpiring",
    "kafkaCertificateExpiring": "HookferryKafkaCertificateExpiring",
    "latencyBudgetBurn": "HookferryLatencyBudgetBurn",
    "errorBudgetBurn": "HookferryErrorBudgetBurn",
}


def names(rule: dict) -> set[str]:
    return {alert["alert"] for alert in alerts(rule)}


def selectors(rule: dict) -> set[str]:
    """What stands in braces after a metric's name, in all expressions."""
    return {selector for alert in alerts(rule) for selector in re.findall(r"\w\{([^}]*)\}", alert["expr"])}


def test_there_is_one_only_where_it_is_wanted():
    assert default_values()["enabled"] is False
    assert render(enabled=False) is None


def test_the_values_are_those_of_the_alerts():
    assert set(default_values()["rules"]) == set(KEYS)


def test_each_is_there_unless_only_its_user_can_know():
    assert {key for key, alert in default_values()["rules"].items() if not alert["enabled"]} == set(OPT_IN)


@pytest.mark.parametrize("key", KEYS)
def test_each_can_be_switched_off(key):
    rule = render(rules={key: {"enabled": False}})
    assert names(rule) == set(KEYS.values()) - {KEYS[key]}


def test_with_all_switched_off_there_is_no_rule():
    assert render(rules={key: {"enabled": False} for key in KEYS}) is None


IN_PARTS = {"down", "certificateExpiring", "kafkaCertificateExpiring", "latencyBudgetBurn", "errorBudgetBurn"}


@pytest.mark.parametrize("key, part, labels", [
    *((key, None, {}) for key in KEYS if key not in IN_PARTS),
    ("down", None, {"severity": "tuned"}),
    ("down", "replica", {"severity": "tuned"}),
    ("certificateExpiring", None, {"severity": "tuned"}),
    ("certificateExpiring", "urgent", {"severity": "tuned"}),
    ("kafkaCertificateExpiring", None, {"severity": "tuned"}),
    ("kafkaCertificateExpiring", "urgent", {"severity": "tuned"}),
    ("latencyBudgetBurn", "fast", {"long": "1h", "short": "5m"}),
    ("latencyBudgetBurn", "slow", {"long": "6h", "short": "30m"}),
    ("errorBudgetBurn", "fast", {"long": "1h", "short": "5m"}),
    ("errorBudgetBurn", "slow", {"long": "6h", "short": "30m"}),
])
def test_severity_and_patience_can_be_tuned(key, part, labels):
    tuning = {"severity": "tuned", "for": "1h30m"}
    tuned = named(render(rules={key: {part: tuning} if part else tuning}), KEYS[key], **labels)
    assert tuned["labels"]["severity"] == "tuned"
    assert tuned["for"] == "1h30m"


def expression(key: str, tuning: dict, **labels: str) -> str:
    return named(render(rules={key: tuning}), KEYS[key], **labels)["expr"]


def test_thresholds_can_be_tuned():
    lost = expression("eventsLost", {"window": "2h"})
    assert "[2h]) > 0" in lost and "offset 2h" in lost

    failed = expression("publishFailures", {"window": "5m", "threshold": 3})
    assert "[5m]" in failed and failed.endswith("> 3")

    replicas = expression("topicUnderReplicated", {"minimumReplicas": 3})
    assert replicas.count("> 0) < 3") == 2

    silent = expression("endpointSilent", {"window": "2h", "sources": ["glossi", "mesh-2"]})
    assert silent.count('source=~"glossi|mesh-2"}') == 4
    assert set(re.findall(r"\[(\w+)\]|offset (\w+)", silent)) == {("2h", ""), ("", "2h")}
    assert "source=" not in expression("endpointSilent", {})

    certificate = {"minimumDays": 0.5, "urgent": {"minimumDays": 0.125}}
    for key in ("certificateExpiring", "kafkaCertificateExpiring"):
        assert expression(key, certificate, severity="warning").endswith("- time() < 43200")
        assert expression(key, certificate, severity="critical").endswith("- time() < 10800")

    assert set(re.findall(r"\[(\w+)\]", expression("kafkaTokenFetchFailing", {"window": "10m"}))) == {"10m"}

    for key in ("quarantined", "knownSourceTooLarge"):
        counted = expression(key, {"window": "5m", "threshold": 3})
        assert "[5m]" in counted and counted.endswith("> 3")

    assert expression("spoolNearFull", {"threshold": 0.5}).endswith("> 0.5")
    assert "} > 60\nand" in expression("spoolNotDraining", {"minimumAgeSeconds": 60})
    assert expression("parkedEvents", {"threshold": 4}).endswith("> 4")
    assert expression("queueNearFull", {"threshold": 0.57}).count("} > 0.57") == 2
    assert expression("dedupeHorizonShort", {"minimumSeconds": 2160}).endswith("< 2160")
    assert "[10m]" in expression("configReloadFailed", {"window": "10m"})

    signatures = expression("signatureFailures", {
        "window": "30m", "threshold": 0.25, "minimumFailures": 7, "reasons": ["signature_missing", "address_denied"]})
    assert '{job="hookferry-admin", namespace="default", reason=~"signature_missing|address_denied"}[30m]' in signatures
    assert ") > 0.25\n" in signatures and signatures.endswith(">= 7") and "1h" not in signatures


@pytest.mark.parametrize("key", ["latencyBudgetBurn", "errorBudgetBurn"])
def test_objectives_can_be_tuned(key):
    tuning = {"objective": 99.5, "minimumFailures": 20, "fast": {"burnRate": 10}, "slow": {"burnRate": 2.5}}
    fast = expression(key, tuning, long="1h")
    assert fast.count("> 0.05\n") == 2 and fast.endswith(">= 20")
    assert set(re.findall(r"\[(\w+)\]", fast)) == {"1h", "5m"}
    slow = expression(key, tuning, long="6h")
    assert slow.count("> 0.0125\n") == 2 and slow.endswith(">= 20")
    assert set(re.findall(r"\[(\w+)\]", slow)) == {"6h", "30m"}


def test_what_the_texts_say_follows_the_tuning():
    tuning = {"latencyBudgetBurn": {"objective": 95, "targetSeconds": 0.05, "slow": {"burnRate": 3}}}
    text = named(render(rules=tuning), "HookferryLatencyBudgetBurn", long="6h")["annotations"]["description"]
    assert "later than 0.05 s" in text and "the objective is 95 %" in text and "at least 3 times" in text


    text = named(render(rules={"queueNearFull": {"threshold": 0.57}}), "HookferryQueueNearFull")
    assert "more than 57 % of delivery" in text["annotations"]["description"]


# What each of them is about ends in Kafka's being away.
OUTAGES = {"HookferryKafkaUnavailable", "HookferryKafkaTokenFetchFailing", "HookferryKafkaCertificateExpiring"}


def test_with_a_spool_the_texts_do_not_say_that_events_are_refused():
    def texts(values: dict) -> dict[str, str]:
        return {alert["alert"]: alert["annotations"]["description"] for alert in alerts(render(values))}

    plain, spooled = texts({}), texts(SPOOL)
    assert plain.keys() == spooled.keys()
    assert {name for name in plain if plain[name] != spooled[name]} == {
        *OUTAGES, "HookferryPublishFailures", "HookferryConfigRestartRequired"}
    for outage in OUTAGES:
        assert "answered 503" in plain[outage] and "are kept" not in plain[outage]
        assert "Events are kept" in spooled[outage] and "503" not in spooled[outage]
        assert "refused" not in spooled[outage] and "lost" not in spooled[outage]
    assert "kept in the spool" in spooled["HookferryPublishFailures"]
    assert "rollout status statefulset/hookferry)" in spooled["HookferryConfigRestartRequired"]


def test_where_one_replica_is_meant_to_be_enough_no_topic_has_too_few():
    rule = render({"config": {"kafka": {"min_durability": "off"}}})
    assert names(rule) == set(KEYS.values()) - {"HookferryTopicUnderReplicated"}


def test_a_burn_rate_that_nothing_can_reach_is_refused():
    with pytest.raises(RenderError, match=r"errorBudgetBurn\.fast\.burnRate: 14\.4 is never reached; with an objective "
                                          r"of 90 the budget burns at most 10 times too fast"):
        render(rules={"errorBudgetBurn": {"objective": 90}})
    render(rules={"errorBudgetBurn": {"objective": 90, "fast": {"burnRate": 9.9}}})


def test_by_default_the_series_are_those_that_the_service_monitor_gives():
    ours = ", ".join(f'{label}="{value}"' for label, value in sorted(LABELS.items()))
    assert all(selector == ours or selector.startswith(f"{ours}, ") for selector in selectors(render()))


def test_series_can_be_told_by_other_labels():
    rule = render(selector={"job": "webhooks", "namespace": "", "cluster": 'e"u'})
    ours = r'cluster="e\"u", job="webhooks", namespace=""'
    assert all(selector == ours or selector.startswith(f"{ours}, ") for selector in selectors(rule))
    assert named(rule, "HookferryPublishFailures")["expr"].startswith("sum by (cluster, job, namespace, topic, reason)")


def test_labels_annotations_and_the_namespace():
    plain = render()["metadata"]
    assert plain["namespace"] == "default" and "annotations" not in plain
    assert plain["labels"]["app.kubernetes.io/instance"] == "hookferry"

    rule = render(namespace="monitoring", labels={"release": "prometheus"}, annotations={"note": "ours"},
                  alertLabels={"team": "integrations"})
    assert rule["metadata"]["namespace"] == "monitoring"
    assert rule["metadata"]["labels"] == plain["labels"] | {"release": "prometheus"}
    assert rule["metadata"]["annotations"] == {"note": "ours"}
    assert all(alert["labels"]["team"] == "integrations" and alert["labels"]["severity"] for alert in alerts(rule))
    # The rule may be elsewhere; what it is about is where the release is.
    assert all('namespace="default"' in selector for selector in selectors(rule))


def test_the_runbook_may_be_anywhere():
    alert = named(render(runbookUrl="https://wiki.example.com/runbook"), "HookferryQuarantined")
    assert alert["annotations"]["runbook_url"] == "https://wiki.example.com/runbook#hookferryquarantined"


@pytest.mark.parametrize("values, place", [
    ({"enable": True}, "enable"),
    ({"rules": {"kafkaDown": {}}}, "kafkaDown"),
    ({"rules": {"down": {"fore": "1m"}}}, "fore"),
    ({"rules": {"down": {"for": "1 m"}}}, "for"),
    ({"rules": {"down": {"for": 5}}}, "for"),
    ({"rules": {"down": {"severity": ""}}}, "severity"),
    ({"rules": {"down": {"replica": {"for": None}}}}, "for"),
    ({"rules": {"eventsLost": {"window": "0s"}}}, "window"),
    ({"rules": {"publishFailures": {"threshold": -1}}}, "threshold"),
    ({"rules": {"signatureFailures": {"threshold": 50}}}, "threshold"),
    ({"rules": {"spoolNearFull": {"threshold": 0.9}}}, "threshold"),
    ({"rules": {"spoolNotDraining": {"minimumAgeSeconds": "10m"}}}, "minimumAgeSeconds"),
    ({"rules": {"parkedEvents": {"threshold": -1}}}, "threshold"),
    ({"rules": {"queueNearFull": {"threshold": 1}}}, "threshold"),
    ({"rules": {"topicUnderReplicated": {"minimumReplicas": 1}}}, "minimumReplicas"),
    ({"rules": {"quarantined": {"window": "0s"}}}, "window"),
    ({"rules": {"endpointSilent": {"sources": [".*"]}}}, "sources"),
    ({"rules": {"certificateExpiring": {"minimumDays": 0}}}, "minimumDays"),
    ({"rules": {"certificateExpiring": {"urgent": {"minimumSeconds": 1}}}}, "minimumSeconds"),
    ({"rules": {"kafkaCertificateExpiring": {"minimumDays": 0}}}, "minimumDays"),
    ({"rules": {"kafkaCertificateExpiring": {"urgent": {"minimumSeconds": 1}}}}, "minimumSeconds"),
    ({"rules": {"kafkaTokenFetchFailing": {"window": "0s"}}}, "window"),
    ({"rules": {"kafkaTokenFetchFailing": {"threshold": 1}}}, "threshold"),
    ({"rules": {"knownSourceTooLarge": {"treshold": 1}}}, "treshold"),
    ({"rules": {"dedupeTailDown": {"minimumSeconds": 1}}}, "minimumSeconds"),
    ({"rules": {"dedupeHorizonShort": {"minimumSeconds": 0}}}, "minimumSeconds"),
    ({"rules": {"configReloadFailed": {"window": None}}}, "window"),
    ({"rules": {"configRestartRequired": {"for": "soon"}}}, "for"),
    ({"rules": {"signatureFailures": {"reasons": ["mismatch"]}}}, "reasons"),
    ({"rules": {"signatureFailures": {"reasons": []}}}, "reasons"),
    ({"rules": {"latencyBudgetBurn": {"targetSeconds": 0.3}}}, "targetSeconds"),
    ({"rules": {"latencyBudgetBurn": {"objective": 100}}}, "objective"),
    ({"rules": {"errorBudgetBurn": {"objective": 0.999}}}, "objective"),
    ({"rules": {"errorBudgetBurn": {"fast": {"burnRate": 0}}}}, "burnRate"),
    ({"selector": {"a-b": "c"}}, "selector"),
    ({"alertLabels": {"severity": "mine"}}, "alertLabels"),
    ({"runbookUrl": ""}, "runbookUrl"),
    ({"runbookUrl": "https://wiki.example.com/runbook#alerts"}, "runbookUrl"),
])
def test_a_mistake_is_refused_and_named(values, place):
    with pytest.raises(RenderError, match=rf"(?s)schema.*prometheusRule.*{place}"):
        render(**values)
