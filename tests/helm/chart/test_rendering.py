"""What helm, Kubernetes' schemas and the bridge itself say of every render."""

import copy
import re
import secrets

import pytest
import yaml

from harness.bridge import hookferry
from harness.certificates import certify
from kubetools import chart as tools
from rendering import CHART, CI_VALUES, MINIMAL, SPOOL, TLS

# Each laid over the minimal values alone.
TOGGLES = {
    "ingress": {"ingress": {"enabled": True}},
    "ingress with a class": {"ingress": {"enabled": True, "className": "nginx"}},
    "ingress with TLS": {"ingress": {"enabled": True, "tls": [{"secretName": "tls", "hosts": ["a.example.com"]}]}},
    "a TLS secret": TLS,
    "an Ingress to TLS": {**TLS, "ingress": {"enabled": True}},
    "a load balancer that keeps addresses": {"service": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}},
    "service monitor": {"serviceMonitor": {"enabled": True}},
    "a dashboard": {"dashboard": {"enabled": True}},
    "a spool": SPOOL,
    "a spool that goes": {**SPOOL, "spool": {"enabled": True, "storageClassName": "fast", "labels": {"a": "1"},
                                             "annotations": {"b": "2"}, "persistentVolumeClaimRetentionPolicy": {
                                                 "whenDeleted": "Delete", "whenScaled": "Delete"}}},
    "no budget": {"podDisruptionBudget": {"enabled": False}},
    "one replica": {"replicaCount": 1},
    "no replica": {"replicaCount": 0},
    "no service account": {"serviceAccount": {"create": False}},
    "a service account of another name": {"serviceAccount": {"name": "other"}},
    "a token": {"serviceAccount": {"automount": True}},
    "no liveness probe": {"livenessProbe": None},
    "no readiness probe": {"readinessProbe": None},
    "no startup probe": {"startupProbe": None},
    "no resources": {"resources": None},
    "no hooks secret": {"secrets": {"hooks": {"existingSecret": ""}},
                        "config": {"sources": [{"name": "glossi", "preset": "glossi", "secrets": [{"file": "/s/g"}]}]}},
    "a Kafka secret": {"secrets": {"kafka": {"existingSecret": "kafka"}}},
    "a log level": {"config": {"log": {"level": "debug"}}},
    "a large number": {"config": {"dedupe": {"max_entries": 100000000}}},
    "Pod annotations": {"podAnnotations": {"a": "1"}},
    "Pod labels": {"podLabels": {"a": "1"}},
    "pull secrets": {"imagePullSecrets": [{"name": "login"}]},
    "a node": {"nodeSelector": {"kubernetes.io/os": "linux"}},
    "a toleration": {"tolerations": [{"operator": "Exists"}]},
    "an affinity": {"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {}}}]}}},
    "no spread": {"topologySpreadConstraints": []},
    "a volume": {"extraVolumes": [{"name": "v", "emptyDir": {}}],
                 "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}]},
    "service annotations": {"service": {"annotations": {"a": "1"}}, "adminService": {"annotations": {"b": "2"}}},
    "a spool with TLS": {**SPOOL, **TLS, "config": SPOOL["config"] | TLS["config"]},
    "a digest": {"image": {"digest": f"sha256:{'a' * 64}"}},
    "labels": {"commonLabels": {"a": "1"}},
    "annotations": {"commonAnnotations": {"a": "1"}},
    "environment": {"extraEnv": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {
        "fieldPath": "spec.nodeName"}}}]},
    "further objects": {"extraObjects": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-a"}},
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-b}"]},
    "an autoscaler": {"autoscaling": {"enabled": True}},
    "an autoscaler by another metric": {"autoscaling": {
        "enabled": True, "targetCPUUtilizationPercentage": None, "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
        "metrics": [{"type": "Pods", "pods": {"metric": {"name": "requests"}, "target": {
            "type": "AverageValue", "averageValue": "500"}}}]}},
    "a route": {"httpRoute": {"enabled": True}},
    "a route with more": {"httpRoute": {"enabled": True, "annotations": {"a": "1"}, "hostnames": [], "rules": [
        {"matches": [{"path": {"type": "Exact", "value": "/webhooks/glossi"}}], "timeouts": {"request": "10s"},
         "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["X-Debug"]}}]}]}},
    "a route to TLS": {**TLS, "httpRoute": {"enabled": True}},
    "a network policy": {"networkPolicy": {"enabled": True}},
    "a network policy with peers": {"networkPolicy": {"enabled": True, "ingress": {
        "webhooks": [{"podSelector": {}}], "admin": [], "extra": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
        "egress": {"dns": {"to": [{"namespaceSelector": {}}], "ports": [53, 5353]},
                   "kafka": {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [9092]},
                   "extra": [{"ports": [{"port": 443}]}]}}},
    "a network policy without a test": {"networkPolicy": {"enabled": True}, "test": {"enabled": False}},
    "a network policy with a spool": {**SPOOL, "networkPolicy": {"enabled": True}},
    "topics of Strimzi": {"strimzi": {"cluster": "main", "topics": {"enabled": True}}},
    "a user of Strimzi": {"strimzi": {"cluster": "main", "user": {"enabled": True, "quotas": {"producerByteRate": 1000}}}},
    "a SCRAM user of Strimzi": {"strimzi": {"cluster": "main", "namespace": "kafka", "user": {
        "enabled": True, "authentication": "scram-sha-512", "template": {"secret": {"metadata": {"labels": {"a": "1"}}}}}}},
    "no test": {"test": {"enabled": False}},
    "a test from outside": {"test": {"url": "https://hooks.example.com"}},
}


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_lint_finds_nothing(each_helm, values):
    result = each_helm.run("lint", CHART, "--strict", "--values", values)
    assert result.returncode == 0, result
    assert "[WARNING]" not in result.stdout + result.stderr, result


def test_there_is_a_values_file_for_every_shape():
    assert len(CI_VALUES) >= 5


@pytest.fixture(scope="session")
def manifests(helm, tmp_path_factory):
    """A file with every render there is."""
    renders = [helm.render(values).text for values in CI_VALUES]
    renders += [helm.render(MINIMAL, toggle).text for toggle in TOGGLES.values()]
    file = tmp_path_factory.mktemp("renders") / "all.yaml"
    file.write_text("\n---\n".join(renders))
    return file


@pytest.mark.parametrize("version", tools.KUBERNETES_VERSIONS)
def test_objects_are_as_kubernetes_and_the_operators_define_them(manifests, version):
    result = tools.conforms(manifests, version)
    assert result.returncode == 0, result.stdout + result.stderr
    found, valid = re.search(r"(\d+) resources found in 1 file - Valid: (\d+),", result.stdout).groups()
    assert found == valid, result.stdout
    assert int(found) > 5 * (len(CI_VALUES) + len(TOGGLES)), result.stdout


@pytest.fixture(scope="session")
def drain_job():
    """The one that the chart's README has."""
    (job,) = re.findall(r"```yaml\n# drain\.yaml\n(.*?)```", (CHART / "README.md").read_text(), re.S)
    return job


@pytest.mark.parametrize("version", tools.KUBERNETES_VERSIONS)
def test_the_job_that_drains_is_as_kubernetes_defines_it(drain_job, tmp_path, version):
    file = tmp_path / "drain.yaml"
    file.write_text(drain_job)
    result = tools.conforms(file, version)
    assert result.returncode == 0 and "Valid: 1," in result.stdout, result.stdout + result.stderr


def test_the_job_that_drains_is_as_the_chart_s_pods(helm, drain_job):
    job, objects = yaml.safe_load(drain_job)["spec"]["template"]["spec"], helm.render(MINIMAL, SPOOL, release="hookferry")
    assert job["securityContext"] == objects.pod["spec"]["securityContext"]
    (container,) = job["containers"]
    assert container["securityContext"] == objects.container["securityContext"]
    assert all(mount in objects.container["volumeMounts"] for mount in container["volumeMounts"])
    assert job["volumes"][0] in objects.pod["spec"]["volumes"]
    claim = objects.claim["metadata"]["name"]
    assert job["volumes"][1]["persistentVolumeClaim"]["claimName"] == f"{claim}-{objects.workload['metadata']['name']}-2"


def test_the_readme_s_values_make_what_it_says(helm):
    blocks = re.findall(r"```yaml\n(?!# drain\.yaml)(.*?)```", (CHART / "README.md").read_text(), re.S)
    first, with_ingress, with_route, with_tls, with_autoscaler, with_spool = map(yaml.safe_load, blocks)
    assert helm.render(first).of("Deployment")
    assert helm.render(first, with_ingress).of("Ingress")
    assert helm.render(first, with_route).of("HTTPRoute")
    assert helm.render(first, with_autoscaler).of("HorizontalPodAutoscaler")
    assert helm.render(first, with_tls).service["spec"]["ports"][0]["name"] == "https"
    assert helm.render(first, with_spool).of("StatefulSet")


@pytest.mark.parametrize("change", [
    ("Deployment", ["spec", "template", "spec", "containers", 0], {"imagePulPolicy": "Always"}, "imagePulPolicy"),
    ("ServiceMonitor", ["spec", "endpoints", 0], {"intervall": "15s"}, "intervall"),
    ("Service", ["spec", "ports", 0], {"port": "many"}, "port"),
    ("StatefulSet", ["spec", "volumeClaimTemplates", 0, "spec"], {"accessMode": "ReadWriteOnce"}, "accessMode"),
    ("HTTPRoute", ["spec", "rules", 0], {"match": []}, "match"),
    ("NetworkPolicy", ["spec", "egress", 0], {"from": []}, "from"),
    ("HorizontalPodAutoscaler", ["spec"], {"maxReplica": 3}, "maxReplica"),
    ("KafkaTopic", ["spec"], {"partitions": "many"}, "partitions"),
    ("KafkaUser", ["spec", "authorization", "acls", 0], {"operations": ["WRITE"]}, "operations"),
], ids=lambda change: change[0])
def test_that_the_schemas_would_find_a_mistake(helm, tmp_path, change):
    kind, path, wrong, said = change
    toggle = TOGGLES[{"StatefulSet": "a spool", "HTTPRoute": "a route", "NetworkPolicy": "a network policy",
                      "HorizontalPodAutoscaler": "an autoscaler", "KafkaTopic": "topics of Strimzi",
                      "KafkaUser": "a user of Strimzi"}.get(kind, "service monitor")]
    document = copy.deepcopy(next(iter(helm.render(MINIMAL, toggle).of(kind))))
    place = document
    for step in path:
        place = place[step]
    place.update(wrong)
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(document))
    result = tools.conforms(file, tools.KUBERNETES_VERSIONS[-1])
    assert result.returncode == 1 and said in result.stdout, result


def check(objects, tmp_path):
    """`hookferry check` of the configuration, whose secrets are files here and not in a Pod."""
    certificate = certify(tmp_path, "server")
    contents = {f"tls/{key}": text for key, text in certificate.secret().items()} | {"tls/ca.crt": certificate.certificate}
    text = re.sub(r"(?<=file: )/run/secrets/", f"{tmp_path}/", objects.config_text)
    text = re.sub(r"(?<=: )/run/secrets/", f"{tmp_path}/", text)
    for name in re.findall(rf"{re.escape(str(tmp_path))}/(\S+)", text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(contents.get(name) or secrets.token_hex(32) + "\n")
    file = tmp_path / "hookferry.yaml"
    file.write_text(text)
    return hookferry("check", file, env={})


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_the_bridge_takes_the_configuration(helm, values, tmp_path):
    result = check(helm.render(values), tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "warning" not in result.stdout + result.stderr, result


def test_the_bridge_tells_what_is_misspelled_in_the_configuration(helm, tmp_path):
    result = check(helm.render(MINIMAL, {"config": {"kafka": {"lingr": "1ms"}}}), tmp_path)
    assert result.returncode == 1 and "lingr" in result.stdout + result.stderr, result


def test_numbers_arrive_as_they_were_written(helm, tmp_path):
    objects = helm.render(MINIMAL, TOGGLES["a large number"])
    assert "max_entries: 100000000\n" in objects.config_text
    assert check(objects, tmp_path).returncode == 0
