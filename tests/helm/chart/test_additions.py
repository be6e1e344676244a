"""What is there where it is asked for: the autoscaler, the route, the network policy, what comes beside the chart's own."""

import pytest

from rendering import CI_VALUES, MINIMAL, SPOOL, TLS

# All that a release can have, without and with a spool.
EVERYTHING = {"ingress": {"enabled": True}, "httpRoute": {"enabled": True}, "serviceMonitor": {"enabled": True},
              "prometheusRule": {"enabled": True}, "networkPolicy": {"enabled": True}, "dashboard": {"enabled": True},
              "strimzi": {"cluster": "main", "topics": {"enabled": True}, "user": {"enabled": True}}}


# The autoscaler.

def test_with_an_autoscaler_the_deployment_does_not_say_how_many(helm):
    objects = helm.render(MINIMAL, {"autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 7}})
    assert "replicas" not in objects.one("Deployment")["spec"]
    scaler = objects.one("HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment",
                                        "name": objects.workload["metadata"]["name"]}
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 7)
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    assert scaler["metrics"] == [{"type": "Resource", "resource": cpu}] and "behavior" not in scaler


@pytest.mark.parametrize("least, replicas, budgets", [(1, 5, 0), (2, 1, 1)])
def test_with_an_autoscaler_the_budget_goes_by_its_least(helm, least, replicas, budgets):
    objects = helm.render(MINIMAL, {"autoscaling": {"enabled": True, "minReplicas": least}, "replicaCount": replicas})
    assert len(objects.of("PodDisruptionBudget")) == budgets


def test_the_notes_go_by_the_autoscaler_s_least(helm):
    scaled = {"autoscaling": {"enabled": True}, "replicaCount": 1}
    assert "With one replica" not in helm.notes(MINIMAL, scaled)
    assert "With one replica" in helm.notes(MINIMAL, scaled, {"autoscaling": {"minReplicas": 1}})


# Where the Pods are.

def test_pods_are_spread_over_nodes_and_zones_where_that_can_be(helm):
    for objects in (helm.render(MINIMAL), helm.render(MINIMAL, SPOOL)):
        constraints = objects.pod["spec"]["topologySpreadConstraints"]
        assert [constraint["topologyKey"] for constraint in constraints] == ["kubernetes.io/hostname",
                                                                             "topology.kubernetes.io/zone"]
        for constraint in constraints:
            assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
            assert constraint["labelSelector"] == objects.workload["spec"]["selector"]


def test_they_may_be_spread_otherwise_and_not_at_all(helm):
    own = {"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule",
           "labelSelector": {"matchLabels": {"a": "b"}}}
    spread = helm.render(MINIMAL, {"topologySpreadConstraints": [own]}).pod["spec"]["topologySpreadConstraints"]
    assert spread == [own]
    assert "topologySpreadConstraints" not in helm.render(MINIMAL, {"topologySpreadConstraints": []}).pod["spec"]


# The route.

@pytest.mark.parametrize("tls", [{}, TLS], ids=["plain", "TLS"])
def test_a_route_goes_to_the_webhook_port_alone(helm, tls):
    rules = [{"matches": [{"path": {"type": "PathPrefix", "value": path}}]} for path in ("/a", "/b")]
    objects = helm.render(MINIMAL, tls, {"service": {"port": 8443}, "httpRoute": {"enabled": True, "rules": rules}})
    route = objects.one("HTTPRoute")["spec"]
    assert route["parentRefs"] == [{"name": "gateway", "sectionName": "https"}]
    assert route["hostnames"] == ["hookferry.example.com"]
    to_the_service = [{"name": objects.service["metadata"]["name"], "port": 8443}]
    assert route["rules"] == [{**rule, "backendRefs": to_the_service} for rule in rules]
    assert objects.service["spec"]["ports"][0]["port"] == 8443


def test_the_notes_know_the_route(helm):
    notes = helm.notes(MINIMAL, {"httpRoute": {"enabled": True, "hostnames": ["hooks.example.com"]}})
    assert "https://hooks.example.com/webhooks/glossi\n" in notes and "No Ingress" not in notes
    assert "BackendTLSPolicy" not in notes
    notes = helm.notes(MINIMAL, TLS, {"httpRoute": {"enabled": True, "hostnames": []}})
    assert "https://YOUR-HOST/webhooks/glossi\n" in notes and "BackendTLSPolicy" in notes


# The network policy.

def policy(helm, *values, **parts):
    return helm.render(MINIMAL, *values, {"networkPolicy": {"enabled": True, **parts}}).one("NetworkPolicy")["spec"]


def ports_of(rule: dict) -> list:
    return [port["port"] for port in rule["ports"]]


NO_TEST = {"test": {"enabled": False}}
MONITORING = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}


def test_a_policy_is_about_the_pods_both_ways(helm):
    spec = policy(helm)
    objects = helm.render(MINIMAL)
    assert spec["podSelector"] == objects.workload["spec"]["selector"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("tls, port", [({}, "http"), (TLS, "https")], ids=["plain", "TLS"])
def test_anyone_posts_and_monitoring_alone_measures(helm, tls, port):
    webhooks, admin = policy(helm, tls, NO_TEST)["ingress"]
    assert webhooks == {"ports": [{"port": port}]}
    assert admin == {"ports": [{"port": "admin"}], "from": [MONITORING]}


def test_peers_of_the_webhook_port_and_further_rules(helm):
    peer, extra = {"podSelector": {"matchLabels": {"app": "nginx"}}}, {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}
    webhooks, admin, further = policy(helm, NO_TEST, ingress={"webhooks": [peer], "extra": [extra]})["ingress"]
    assert webhooks["from"] == [peer] and admin["from"] == [MONITORING] and further == extra


def test_without_peers_nobody_reaches_the_admin_port(helm):
    (webhooks,) = policy(helm, NO_TEST, ingress={"admin": []})["ingress"]
    assert ports_of(webhooks) == ["http"]


def test_the_test_is_let_in_and_no_other_pod_for_it(helm):
    peer = {"podSelector": {"matchLabels": {"app": "nginx"}}}
    rules = policy(helm, ingress={"webhooks": [peer], "admin": []})["ingress"]
    objects = helm.render(MINIMAL)
    for rule, others in zip(rules, ([peer], []), strict=True):
        assert rule["from"][:-1] == others
        wanted = rule["from"][-1]["podSelector"]["matchLabels"].items()
        assert wanted <= objects.test_pod["metadata"]["labels"].items()
        assert not wanted <= objects.pod["metadata"]["labels"].items()


def test_pods_reach_name_servers_and_the_ports_of_kafka(helm):
    servers = ["a:9093", "b:9093", "[2001:db8::1]:9094"]
    dns, kafka = policy(helm, {"config": {"kafka": {"bootstrap_servers": servers}}})["egress"]
    assert dns == {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    assert kafka == {"ports": [{"port": 9093}, {"port": 9094}]}


def test_where_pods_go_can_be_said(helm):
    peer, extra = {"ipBlock": {"cidr": "169.254.20.10/32"}}, {"ports": [{"port": 443}]}
    egress = {"dns": {"to": [peer], "ports": [5353]}, "kafka": {"to": [MONITORING], "ports": [19092]}, "extra": [extra]}
    dns, kafka, further = policy(helm, egress=egress)["egress"]
    assert dns["to"] == [peer] and ports_of(dns) == [5353, 5353]
    assert kafka == {"ports": [{"port": 19092}], "to": [MONITORING]}
    assert further == extra


# What comes beside the chart's own.

@pytest.mark.parametrize("shape", [{}, SPOOL], ids=["a Deployment", "a StatefulSet"])
def test_common_labels_and_annotations_are_on_every_object(helm, shape):
    plain = helm.render(MINIMAL, shape, EVERYTHING)
    common = {"commonLabels": {"team": "x"}, "commonAnnotations": {"owner": "hooks"}}
    objects = helm.render(MINIMAL, shape, EVERYTHING, common)
    assert len(objects.all + objects.hooks) == len(plain.all + plain.hooks) > 20
    for before, after in zip(plain.all + plain.hooks, objects.all + objects.hooks, strict=True):
        assert after["metadata"]["labels"] == {**before["metadata"]["labels"], "team": "x"}, after
        assert after["metadata"]["annotations"] == {**(before["metadata"].get("annotations") or {}), "owner": "hooks"}, after


@pytest.mark.parametrize("shape", [{}, SPOOL], ids=["a Deployment", "a StatefulSet"])
def test_common_labels_are_on_the_pods_and_select_nothing(helm, shape):
    plain = helm.render(MINIMAL, shape)
    objects = helm.render(MINIMAL, shape, {"commonLabels": {"team": "x"}, "commonAnnotations": {"owner": "hooks"}})
    assert objects.pod["metadata"]["labels"] == {**plain.pod["metadata"]["labels"], "team": "x"}
    assert objects.pod["metadata"]["annotations"] == plain.pod["metadata"]["annotations"]
    assert objects.workload["spec"]["selector"] == plain.workload["spec"]["selector"]
    # The labels of the claims cannot change in an upgrade.
    assert objects.workload["spec"].get("volumeClaimTemplates") == plain.workload["spec"].get("volumeClaimTemplates")


def test_an_object_s_own_go_before_the_common_ones(helm):
    objects = helm.render(MINIMAL, {
        "commonLabels": {"a": "common"}, "commonAnnotations": {"a": "common"}, "podLabels": {"a": "own"},
        "service": {"annotations": {"a": "own"}}, "serviceMonitor": {"enabled": True, "labels": {"a": "own"}},
        "prometheusRule": {"enabled": True, "labels": {"a": "own"}}})
    assert objects.service["metadata"]["annotations"] == {"a": "own"}
    for kind in ("ServiceMonitor", "PrometheusRule"):
        assert objects.one(kind)["metadata"]["labels"]["a"] == "own"
    assert objects.pod["metadata"]["labels"]["a"] == "own"


def test_environment_variables_are_the_container_s_and_the_configuration_s(helm):
    variables = [{"name": "RACK", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    properties = {"config": {"kafka": {"properties": {"client.rack": {"env": "RACK"}}}}}
    objects = helm.render(MINIMAL, properties, {"extraEnv": variables})
    assert objects.container["env"] == variables
    assert [variable for variable in objects.test_pod["spec"]["containers"][0]["env"] if variable in variables] == variables


def test_further_volumes_are_the_pods_and_the_test_s(helm):
    volume, mount = {"name": "vault", "emptyDir": {}}, {"name": "vault", "mountPath": "/vault"}
    objects = helm.render(MINIMAL, {"extraVolumes": [volume], "extraVolumeMounts": [mount]})
    for pod in (objects.pod, objects.test_pod):
        assert volume in pod["spec"]["volumes"] and mount in pod["spec"]["containers"][0]["volumeMounts"]


def test_templates_in_further_objects_are_filled_in(helm):
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-text'}"
    made = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"replicas": "{{ .Values.replicaCount }}"},
            "metadata": {"name": '{{ include "hookferry.fullname" . }}-map'}}
    objects = helm.render(MINIMAL, {"extraObjects": [made, text]})
    found = {document["metadata"]["name"]: document for document in objects.of("ConfigMap")}
    assert found.keys() == {"test-hookferry", "test-hookferry-map", "test-text"}
    assert found["test-hookferry-map"]["data"] == {"replicas": "2"}


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_no_port_of_a_service_is_without_one_of_the_pods(helm, values):
    objects = helm.render(values)
    names = {port["name"] for port in objects.container["ports"]}
    for service in objects.of("Service") + [hook for hook in objects.hooks if hook["kind"] == "Service"]:
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
