"""The topics and the user for Strimzi: what hookferry itself says that it publishes to, and the rights for that alone."""

import re

import pytest

from harness import ROOT
from harness.bridge import hookferry
from rendering import MINIMAL, Objects

PRESETS = re.findall(r'\{\.name = "([a-z-]+)"', (ROOT / "src/senders/presets.cc").read_text())
ENABLED = {"strimzi": {"cluster": "main", "topics": {"enabled": True}, "user": {"enabled": True}}}


def source(preset: str, **more) -> dict:
    return {"name": preset, "preset": preset, "secrets": [{"file": f"/run/secrets/hooks/{preset}"}], **more}


def topics_of(objects) -> dict[str, dict]:
    """The KafkaTopics by the name of the topic."""
    return {topic["spec"].get("topicName", topic["metadata"]["name"]): topic for topic in objects.of("KafkaTopic")}


def rights_of(objects) -> dict[str, set[str]]:
    """The user's operations by topic."""
    acls = objects.one("KafkaUser")["spec"]["authorization"]["acls"]
    for acl in acls:
        assert acl["resource"]["type"] == "topic" and acl["resource"]["patternType"] == "literal"
    assert len({acl["resource"]["name"] for acl in acls}) == len(acls)
    return {acl["resource"]["name"]: set(acl["operations"]) for acl in acls}


def of_the_program(config_text: str, folder) -> Objects:
    """What `hookferry topics` makes of a configuration."""
    file = folder / "hookferry.yaml"
    file.write_text(config_text)
    result = hookferry("topics", "--config", file, "--format", "strimzi", env={})
    assert result.returncode == 0, result
    return Objects(result.stdout)


CREATE = {"partitions": 12, "replication_factor": 3, "config": {"min.insync.replicas": 2, "retention.ms": 604800000}}


@pytest.mark.parametrize("config", [
    *({"sources": [source(preset)]} for preset in PRESETS),
    {"sources": [source("glossi"), source("meshqa")], "kafka": {"create_topics": CREATE}, "dedupe": {"warmup": "0s"}},
    {"sources": [source("glossi", events=["job.queued", "job.failed"]), source("meshqa", name="mesh-2")],
     "kafka": {"topic": "Hooks_{event}.of-{source}", "quarantine_topic": "q.{source}.{source}",
               "create_topics": {"enabled": False}}},
], ids=[*PRESETS, "both", "names of their own"])
def test_topics_and_rights_are_those_that_the_program_asks_for(helm, tmp_path, config):
    """All presets and their events among them: a new one is to be added to templates/_topics.tpl."""
    ours = helm.render(MINIMAL, ENABLED, {"config": config})
    its = of_the_program(ours.config_text, tmp_path)
    assert rights_of(ours) == rights_of(its)
    assert len(ours.of("KafkaTopic")) == len(its.of("KafkaTopic"))
    for name, topic in topics_of(ours).items():
        assert texts(without_name(topic)) == texts(without_name(topics_of(its)[name]))


def without_name(topic: dict) -> dict:
    return {key: value for key, value in topic["spec"].items() if key != "topicName"}


def texts(spec: dict) -> dict:
    """With the settings of the topic as the texts that they are for Kafka."""
    return spec | {"config": {key: str(value) for key, value in spec.get("config", {}).items()}}


def test_a_topic_is_as_the_configuration_says(helm):
    objects = helm.render(MINIMAL, ENABLED, {"config": {"kafka": {"create_topics": CREATE}}})
    for topic in topics_of(objects).values():
        assert topic["spec"] == {"partitions": 12, "replicas": 3, "config": CREATE["config"]}


def test_a_topic_of_the_defaults_is_left_to_the_brokers(helm):
    for topic in topics_of(helm.render(MINIMAL, ENABLED)).values():
        assert topic["spec"] == {"partitions": 6}


def test_topics_outlive_the_release(helm):
    for topic in topics_of(helm.render(MINIMAL, ENABLED)).values():
        assert topic["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_they_are_of_their_cluster_and_where_its_operators_look(helm):
    objects = helm.render(MINIMAL, ENABLED, {"strimzi": {"namespace": "kafka"}})
    for made in (*objects.of("KafkaTopic"), objects.one("KafkaUser")):
        assert made["metadata"]["labels"]["strimzi.io/cluster"] == "main" and made["metadata"]["namespace"] == "kafka"
    assert "namespace" not in helm.render(MINIMAL, ENABLED).one("KafkaUser")["metadata"]


@pytest.mark.parametrize("topic", ["{source}.{event}_x", "Hooks.{source}.{event}", "-.{source}.{event}.", "{source}..{event}"])
def test_a_name_that_kubernetes_does_not_take_is_the_topic_s_all_the_same(helm, topic):
    names = {name: made["metadata"]["name"] for name, made in
             topics_of(helm.render(MINIMAL, ENABLED, {"config": {"kafka": {"topic": topic}}})).items()}
    assert topic.replace("{source}", "glossi").replace("{event}", "job.complete") in names
    assert len(set(names.values())) == len(names) == 8
    for name in names.values():
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", name) and len(name) <= 253


@pytest.mark.parametrize("config, more", [
    ({}, ["Create", "Read"]),
    ({"kafka": {"create_topics": {"enabled": False}}}, ["Read"]),
    ({"dedupe": {"warmup": "0s"}}, ["Create"]),
    ({"dedupe": {"warmup": "10m"}}, ["Create", "Read"]),
    ({"kafka": {"create_topics": {"enabled": False}}, "dedupe": {"warmup": "0ms"}}, []),
], ids=str)
def test_the_user_has_the_rights_that_the_configuration_needs(helm, config, more):
    rights = rights_of(helm.render(MINIMAL, ENABLED, {"config": config}))
    wanted = {"Describe", "DescribeConfigs", "Write", *more}
    assert len(rights) == 8
    assert rights.pop("glossi-quarantine") == wanted - {"Read"}  # it is not read back
    assert all(operations == wanted for operations in rights.values())


def test_the_user_of_the_values(helm):
    user = {"name": "bridge", "authentication": "scram-sha-512", "quotas": {"producerByteRate": 1048576},
            "template": {"secret": {"metadata": {"annotations": {"a": "b"}}}}}
    made = helm.render(MINIMAL, ENABLED, {"strimzi": {"user": user}}).one("KafkaUser")
    assert made["metadata"]["name"] == "bridge" and made["spec"]["authentication"] == {"type": "scram-sha-512"}
    assert made["spec"]["quotas"] == user["quotas"] and made["spec"]["template"] == user["template"]
    assert helm.render(MINIMAL, ENABLED).one("KafkaUser")["metadata"]["name"] == "test-hookferry"


@pytest.mark.parametrize("known, version", [
    ([], "v1"), (["v1"], "v1"), (["v1", "v1beta2"], "v1"), (["v1beta2"], "v1beta2"),
])
def test_the_version_is_one_that_the_cluster_knows(helm, known, version):
    versions = [f"kafka.strimzi.io/{name}" for name in known]
    objects = helm.render(MINIMAL, ENABLED, api_versions=versions)
    assert {made["apiVersion"] for made in (*objects.of("KafkaTopic"), objects.one("KafkaUser"))} == {
        f"kafka.strimzi.io/{version}"}
