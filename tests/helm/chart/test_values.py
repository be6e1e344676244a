"""Values that are refused, with the place and what to do; and that what is taken is described."""

import json
import os

import pytest
import yaml

from reference import comment_above, reference
from rendering import CHART, MINIMAL, SPOOL, TLS, Refused


def nested(path: str, value) -> dict:
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


@pytest.mark.parametrize("path", [
    "replicaCuont", "image.repo", "service.prot", "adminService.type", "secrets.hook", "secrets.hooks.secret",
    "ingress.enable", "serviceMonitor.labls", "serviceAccount.automountToken", "podDisruptionBudget.minAvailable",
    "spool.sise", "spool.persistentVolumeClaimRetentionPolicy.whenDelete", "resources.limit", "livenessProbe.periodSecond", "readinessProbe.httpGet.prt", "podSecurityContext.runAsNonRot",
    "securityContext.readOnlyRootFileSystem", "affinity.podAffinty", "image.digset", "autoscaling.targetCpu",
    "autoscaling.behavior.scaleup", "httpRoute.hosts", "networkPolicy.ingress.from", "networkPolicy.egress.kafka.port",
    "networkPolicy.egress.dns.port", "strimzi.topic", "strimzi.topics.partitions", "strimzi.user.quotas.producerByterate",
    "strimzi.user.template.metadata", "test.uri",
])
def test_a_misspelled_key_fails_with_its_place(each_helm, path):
    with pytest.raises(Refused) as refused:
        each_helm.render(MINIMAL, nested(path, {}))
    *parents, key = path.split(".")
    said = str(refused.value)
    assert key in said and ("/".join(parents) in said or ".".join(parents) in said), said


@pytest.mark.parametrize("path, value", [
    ("replicaCount", "2"), ("replicaCount", -1), ("image.tag", 1.5), ("image.tag", "a b"), ("image.repository", ""),
    ("image.pullPolicy", "Often"), ("service.port", 70000), ("service.type", "ExternalName"), ("ingress.enabled", "yes"),
    ("ingress.hosts", [{"host": "a.example.com"}]), ("ingress.hosts", []), ("podAnnotations", {"a": 1}),
    ("podLabels", ["a"]), ("config", "http: {}"), ("config.sources", {"glossi": {}}),
    ("config.kafka.bootstrap_servers", "kafka:9092"), ("config.http.listen", 8080), ("config.shutdown.drain", 5),
    ("config.http.tls.certificate", {"file": "x"}), ("config.http.trusted_proxies", "10.0.0.0/8"),
    ("secrets.tls.existingSecret", ["x"]), ("service.externalTrafficPolicy", "local"),
    ("secrets.hooks.existingSecret", {"name": "x"}), ("podDisruptionBudget.maxUnavailable", 0),
    ("podDisruptionBudget.maxUnavailable", "0%"), ("terminationGracePeriodSeconds", 0),
    ("tolerations", [{"effect": "X"}]), ("extraVolumes", [{"emptyDir": {}}]),
    ("fullnameOverride", "Upper"), ("fullnameOverride", "n" * 53),
    ("securityContext.capabilities.drop", "ALL"), ("spool.enabled", "yes"), ("spool.size", "2GiB"), ("spool.size", 2),
    ("spool.accessModes", ["ReadWriteMany"]), ("spool.accessModes", []), ("spool.labels", {"a": 1}),
    ("spool.persistentVolumeClaimRetentionPolicy.whenScaled", "Keep"), ("config.spool.path", "hookferry"),
    ("config.spool.path", "/"), ("config.spool.max_size", 1073741824),
    ("image.digest", "sha256:0a"), ("image.digest", "0a" * 32), ("autoscaling.minReplicas", 0),
    ("autoscaling.targetCPUUtilizationPercentage", "80%"), ("autoscaling.metrics", [{"type": "Cpu"}]),
    ("httpRoute.parentRefs", []), ("httpRoute.rules", []), ("httpRoute.rules", [{"matches": [], "filters": []}]),
    ("httpRoute.rules", [{"matches": [{}], "backendRefs": []}]), ("networkPolicy.ingress.webhooks", [{}]),
    ("networkPolicy.ingress.admin", [{"namespace": "monitoring"}]), ("networkPolicy.egress.kafka.ports", ["kafka"]),
    ("networkPolicy.egress.dns.ports", []), ("commonLabels", {"app.kubernetes.io/name": "x"}), ("commonLabels", {"a": 1}),
    ("podLabels", {"app.kubernetes.io/instance": "x"}), ("commonAnnotations", {"a": True}), ("extraEnv", [{"value": "1"}]),
    ("extraEnv", [{"name": "A", "value": 1}]), ("extraEnv", [{"name": "1 A", "value": "1"}]), ("extraObjects", [1]),
    ("extraVolumeMounts", [{"mountPath": "/v"}]), ("strimzi.user.authentication", "scram-sha-256"),
    ("strimzi.user.quotas.producerByteRate", "1Mi"), ("strimzi.topics.enabled", "yes"),
    ("topologySpreadConstraints", [{"topologyKey": "rack"}]), ("test.url", "hooks.example.com"),
])
def test_a_wrong_value_fails_with_its_place(each_helm, path, value):
    with pytest.raises(Refused) as refused:
        each_helm.render(MINIMAL, nested(path, value))
    said = str(refused.value)
    assert "schema" in said and (path.replace(".", "/") in said or path in said), said


@pytest.mark.parametrize("changes, said", [
    (nested("config.kafka.bootstrap_servers", []), "config.kafka.bootstrap_servers is empty"),
    (nested("config.sources", []), "config.sources is empty"),
    (nested("config.kafka.min_durability", False), 'config.kafka.min_durability: without quotes off'),
    (nested("config.sources", [{"name": "a", "preset": "glossi", "secrets": [{"env": "A"}]}]), "{env: A}"),
    (nested("config.kafka.properties", {"sasl.username": {"env": "A"}}), "{env: A}"),
    (nested("config.kafka.properties", {"sasl.username": {"env": "A"}}) | {"extraEnv": [{"name": "B"}]}, "{env: A}"),
    (SPOOL | nested("autoscaling.enabled", True), "autoscaling.enabled together with spool.enabled"),
    (nested("autoscaling", {"enabled": True, "maxReplicas": 1}), "autoscaling.maxReplicas: 1 is less than"),
    (nested("autoscaling", {"enabled": True, "targetCPUUtilizationPercentage": None}), "has nothing to go by"),
    (nested("autoscaling.enabled", True) | nested("resources.requests.cpu", None), "resources.requests.cpu, which is not set"),
    (nested("strimzi.topics.enabled", True), "strimzi.cluster is empty"),
    (nested("strimzi.user.enabled", True), "strimzi.cluster is empty"),
    (nested("strimzi", {"cluster": "main", "topics": {"enabled": True}})
     | nested("config.sources", [{"name": "a", "preset": "b"}]), "does not know the events of the preset b of source a"),
    (nested("networkPolicy.enabled", True) | nested("config.kafka.bootstrap_servers", ["kafka"]), "kafka has no port"),
    (nested("test.source", "meshqa"), "test.source: meshqa is none of config.sources: glossi"),
    (nested("secrets.hooks.existingSecret", ""), "secrets.hooks.existingSecret is empty"),
    (nested("config.kafka.properties", {"ssl.ca.location": "/run/secrets/kafka/ca.crt"}),
     "secrets.kafka.existingSecret is empty"),
    (TLS | nested("secrets.tls.existingSecret", ""), "secrets.tls.existingSecret is empty"),
    (nested("secrets.tls.existingSecret", "hookferry-tls"), "the webhook port would be without TLS"),
    (TLS | nested("config.http.tls", None), "the webhook port would be without TLS"),
    (nested("config.admin.listen", "127.0.0.1:8081"), "config.admin.listen: 127.0.0.1:8081 is one address only"),
    (nested("config.admin.listen", None), "config.admin.listen: 127.0.0.1:8081 is one address only"),
    (nested("config.http.listen", "[::1]:8080"), "config.http.listen: [::1]:8080 is one address only"),
    (nested("config.http.listen", "[::]:0"), "config.http.listen: [::]:0 has no fixed port"),
    (nested("config.http.listen", "8080"), "config.http.listen: 8080 has no fixed port"),
    (nested("config.shutdown.drain", "soon"), "config.shutdown.drain: soon is not a duration"),
    (nested("config.spool.path", "/var/lib/hookferry"), "config.spool without a volume would be lost with its Pod"),
    (nested("spool.enabled", True), "config.spool.path does not say where it is to be"),
    (SPOOL | nested("config.spool.path", "/etc/hookferry/spool"), "/etc/hookferry/spool is where the chart mounts"),
    (SPOOL | nested("config.spool.path", "/run/secrets"), "/run/secrets is where the chart mounts"),
    (SPOOL | nested("config.spool", {"path": "/s", "max_size": "much"}), "config.spool.max_size: much is not a size"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_work_in_a_pod_is_told_before(each_helm, changes, said):
    with pytest.raises(Refused) as refused:
        each_helm.render(MINIMAL, changes)
    assert said in str(refused.value)


@pytest.mark.parametrize("listen, port", [(":9000", 9000), ("0.0.0.0:65535", 65535), ("[::]:80", 80)])
def test_every_way_to_listen_on_all_addresses_is_taken(helm, listen, port):
    objects = helm.render(MINIMAL, nested("config.http.listen", listen))
    assert {"name": "http", "containerPort": port} in objects.container["ports"]


@pytest.mark.parametrize("grace, shutdown, needed", [
    (30, {"drain": "5s", "flush": "24s"}, 31),
    (26, {}, 27),
    (30, {"flush": "1m"}, 67),
    (3, {"drain": "1s", "flush": "1ms"}, 4),
    (3599, {"drain": "0s", "flush": "1h"}, 3602),
    (30, {"drain": "9d", "flush": "0s"}, 777602),
])
def test_the_grace_period_has_to_hold_the_shutdown(each_helm, grace, shutdown, needed):
    values = {"terminationGracePeriodSeconds": grace, "config": {"shutdown": shutdown}}
    with pytest.raises(Refused, match=f"terminationGracePeriodSeconds: {grace} is too short.* at least {needed}\\b"):
        each_helm.render(MINIMAL, values)
    enough = each_helm.render(MINIMAL, {**values, "terminationGracePeriodSeconds": needed})
    assert enough.pod["spec"]["terminationGracePeriodSeconds"] == needed


@pytest.mark.parametrize("size, max_size, needed", [
    ("1Gi", None, "1127Mi"), ("1126Mi", "1GiB", "1127Mi"), ("8Gi", "8GiB", "9012Mi"), ("10G", "9GiB", "10138Mi"),
    ("100000", "16MiB", "18Mi"), ("17Mi", "16777216B", "18Mi"), ("1Ti", "1024GiB", "1153434Mi"),
])
def test_the_volume_has_to_hold_the_spool(each_helm, size, max_size, needed):
    config = {"spool": {"path": "/var/lib/hookferry"} | ({"max_size": max_size} if max_size else {})}
    with pytest.raises(Refused, match=rf"spool.size: {size} is too small for config.spool.max_size, "
                                      rf"{max_size or '1GiB'},.* at least {needed}\b"):
        each_helm.render(MINIMAL, {"config": config, "spool": {"enabled": True, "size": size}})
    enough = each_helm.render(MINIMAL, {"config": config, "spool": {"enabled": True, "size": needed}})
    assert enough.claim["spec"]["resources"]["requests"]["storage"] == needed


def test_the_grace_period_is_checked_with_a_spool_too(helm):
    with pytest.raises(Refused, match="terminationGracePeriodSeconds: 26 is too short"):
        helm.render(MINIMAL, SPOOL, {"terminationGracePeriodSeconds": 26})


def test_a_spool_that_is_switched_off_in_the_configuration_needs_no_volume(helm):
    assert helm.render(MINIMAL, nested("config.spool", None)).of("Deployment")


# values.yaml, the chart's reference, and the schema beside it.

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = (CHART / "values.yaml").read_text()
VALUES_HEADING = """
## Values

<!-- Generated from values.yaml: HOOKFERRY_WRITE_DOCS=1, and the test of it in tests/helm/chart/test_values.py -->
"""


def undocumented(text: str) -> list[str]:
    """The keys of a values.yaml without a comment above them, or above a key that they are part of; where that one is
    at the top its comment is about the section, and only one of the form `# --` is about its members too."""
    lines = text.splitlines()
    found = []

    def visit(node: yaml.MappingNode, path: tuple, covered: bool):
        for key, value in node.value:
            here = (*path, key.value)
            comment = comment_above(lines, key.start_mark.line)
            if isinstance(value, yaml.MappingNode) and value.value:
                visit(value, here, covered or comment.startswith("# " if path else "# -- "))
            elif not covered and not comment:
                found.append(".".join(here))

    visit(yaml.compose(text), (), False)
    return found


def test_every_value_is_described_where_it_is_set():
    assert undocumented(DEFAULTS) == []


def test_that_a_missing_description_would_be_found():
    text = "# A section\na:\n  b: 1\n  # -- Described\n  c: 2\n# -- All of it\nd:\n  e: 3\nf: 4\n"
    assert undocumented(text) == ["a.b", "f"]


def test_the_readme_has_every_value():
    """HOOKFERRY_WRITE_DOCS=1 writes them there."""
    readme = CHART / "README.md"
    text, _, values = readme.read_text().partition(VALUES_HEADING)
    if os.environ.get("HOOKFERRY_WRITE_DOCS"):
        values = reference(DEFAULTS)
        readme.write_text(text + VALUES_HEADING + values)
    assert values == reference(DEFAULTS)


def test_how_values_are_written_down():
    text = "# A section,\n# of two\na:\n  # -- One\n  b: 1\n  c:\n    # -- Such as a|b\n    d: []\n# -- All of it\ne: {f: x}\n"
    assert reference(text).splitlines()[2:] == [
        "| `a` |  | A section, of two |", "| `a.b` | `1` | One |", "| `a.c.d` | `[]` | Such as a\\|b |",
        '| `e` | `{"f": "x"}` | All of it |']


def test_the_schema_knows_the_values_and_no_others():
    values = yaml.safe_load(DEFAULTS)
    assert set(values) == set(SCHEMA["properties"]) - {"global"}
    for name, section in SCHEMA["properties"].items():
        if "required" in section:  # a section of ours, and none of Kubernetes'
            assert set(values[name]) == set(section["properties"]), name


def test_a_parent_chart_may_have_global_values(each_helm):
    each_helm.render(MINIMAL, {"global": {"imageRegistry": "registry.example.com"}})
