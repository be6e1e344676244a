"""What the objects are, where a change would hurt whoever runs them."""

import re

import pytest
import yaml

from rendering import CHART, CI_VALUES, MINIMAL, SPOOL, TLS

SOURCE = MINIMAL["config"]["sources"][0]
KAFKA_LOGIN = {"config": {"kafka": {"properties": {"sasl.password": {"file": "/run/secrets/kafka/password"}}}},
               "secrets": {"kafka": {"existingSecret": "kafka-user"}}}


@pytest.fixture(scope="session")
def minimal(helm):
    return helm.render(MINIMAL)


def helm_tests(objects) -> list[tuple[dict, dict]]:
    """Pod and container of what `helm test` runs, if there is a test."""
    return [(hook["spec"], hook["spec"]["containers"][0]) for hook in objects.hooks if hook["kind"] == "Pod"]


def checksum(objects) -> str:
    return objects.pod["metadata"]["annotations"]["checksum/config"]


def test_the_default_is_two_replicas_and_nothing_that_was_not_asked_for(minimal):
    assert minimal.names() == {
        ("ConfigMap", "test-hookferry"), ("Deployment", "test-hookferry"), ("PodDisruptionBudget", "test-hookferry"),
        ("Service", "test-hookferry"), ("Service", "test-hookferry-admin"), ("ServiceAccount", "test-hookferry"),
    }
    assert minimal.one("Deployment")["spec"]["replicas"] == 2


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_pods_are_what_the_restricted_profile_asks_for(helm, values):
    objects = helm.render(values)
    for pod, container in ((objects.pod["spec"], objects.container), *helm_tests(objects)):
        assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                                                "readOnlyRootFilesystem": True}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert pod["securityContext"]["fsGroup"] == 10001
        assert all("hostPath" not in volume for volume in pod["volumes"])


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_no_secret_is_in_the_environment(helm, values):
    objects = helm.render(values)
    for pod, container in ((objects.pod["spec"], objects.container), *helm_tests(objects)):
        assert "envFrom" not in container and all("value" in variable for variable in container.get("env", ()))
        assert pod["enableServiceLinks"] is False  # else every Service is in it
    assert not objects.of("Secret")


def test_secrets_are_whole_folders_that_the_process_may_read(helm):
    objects = helm.render(MINIMAL, KAFKA_LOGIN, TLS)
    mounts = {mount["name"]: mount for mount in objects.container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in objects.pod["spec"]["volumes"]}
    for group, secret in (("hooks", "hookferry-hooks"), ("kafka", "kafka-user"), ("tls", "hookferry-tls")):
        assert mounts[f"secrets-{group}"] == {"name": f"secrets-{group}", "mountPath": f"/run/secrets/{group}",
                                              "readOnly": True}
        assert volumes[f"secrets-{group}"]["secret"] == {"secretName": secret, "defaultMode": 0o440}
    assert all("subPath" not in mount for mount in mounts.values())
    assert objects.pod["spec"]["securityContext"]["fsGroup"] == objects.pod["spec"]["securityContext"]["runAsGroup"]


def test_no_mount_is_inside_of_another(helm):
    paths = [mount["mountPath"] + "/" for mount in helm.render(MINIMAL, KAFKA_LOGIN, TLS).container["volumeMounts"]]
    assert not [(a, b) for a in paths for b in paths if a != b and a.startswith(b)]


def test_the_configuration_is_where_every_command_looks_for_it(minimal):
    (volume,) = [volume for volume in minimal.pod["spec"]["volumes"] if "configMap" in volume]
    assert volume["configMap"]["name"] == minimal.one("ConfigMap")["metadata"]["name"]
    mount = {"name": volume["name"], "mountPath": "/etc/hookferry", "readOnly": True}
    assert mount in minimal.container["volumeMounts"]
    assert minimal.container["args"] == ["serve", "--config", "/etc/hookferry/hookferry.yaml"]


def test_the_configuration_is_that_of_the_values(helm):
    config = {"http": {"max_body": "64KiB"}, "log": {"events": "problems"}}
    rendered = yaml.safe_load(helm.render(MINIMAL, {"config": config}).config_text)
    assert rendered == {
        "http": {"listen": "[::]:8080", "max_body": "64KiB"}, "admin": {"listen": "[::]:8081"},
        "kafka": {"bootstrap_servers": ["kafka.kafka:9092"]}, "sources": [SOURCE], "log": {"events": "problems"},
    }


def test_liveness_and_start_do_not_depend_on_kafka(minimal):
    container = minimal.container
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "admin"}
    assert container["startupProbe"]["httpGet"] == {"path": "/livez", "port": "admin"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}


@pytest.mark.parametrize("probe", ["livenessProbe", "readinessProbe", "startupProbe"])
def test_a_probe_can_be_tuned_and_left_out(helm, probe):
    tuned = helm.render(MINIMAL, {probe: {"periodSeconds": 7}}).container[probe]
    assert tuned["periodSeconds"] == 7 and tuned["httpGet"]["port"] == "admin"
    assert probe not in helm.render(MINIMAL, {probe: None}).container


def test_the_ports_are_those_of_the_configuration(helm):
    listen = {"config": {"http": {"listen": "[::]:9080"}, "admin": {"listen": "[::]:9081"}}}
    objects = helm.render(MINIMAL, listen)
    ports = [{"name": "http", "containerPort": 9080}, {"name": "admin", "containerPort": 9081}]
    assert objects.container["ports"] == ports
    assert objects.service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]
    assert objects.admin_service["spec"]["ports"] == [{"name": "admin", "port": 8081, "targetPort": "admin"}]


def test_the_admin_port_stays_inside(helm):
    objects = helm.render(MINIMAL, {"service": {"type": "LoadBalancer"}, "ingress": {"enabled": True}})
    assert objects.service["spec"]["type"] == "LoadBalancer"
    assert objects.admin_service["spec"]["type"] == "ClusterIP"
    assert [port["name"] for port in objects.service["spec"]["ports"]] == ["http"]
    for rule in objects.one("Ingress")["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            assert path["backend"]["service"] == {"name": "test-hookferry", "port": {"name": "http"}}


def test_with_tls_the_webhook_port_is_https_and_the_admin_port_is_as_it_was(helm):
    plain = helm.render(MINIMAL, {"ingress": {"enabled": True}})
    objects = helm.render(MINIMAL, TLS, {"ingress": {"enabled": True}, "service": {"port": 443}})
    assert {"name": "https", "containerPort": 8080} in objects.container["ports"]
    assert objects.service["spec"]["ports"] == [{"name": "https", "port": 443, "targetPort": "https"}]
    (path,) = objects.one("Ingress")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "test-hookferry", "port": {"name": "https"}}
    assert objects.admin_service == plain.admin_service
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        assert objects.container[probe] == plain.container[probe]
        assert "scheme" not in objects.container[probe]["httpGet"]


@pytest.mark.parametrize("policy", ["", "Cluster", "Local"])
def test_a_load_balancer_may_keep_the_clients_addresses(helm, policy):
    service = helm.render(MINIMAL, {"service": {"type": "LoadBalancer", "externalTrafficPolicy": policy}}).service
    assert service["spec"].get("externalTrafficPolicy", "") == policy


def test_what_is_not_ready_is_measured_and_not_given_webhooks(minimal):
    assert minimal.admin_service["spec"]["publishNotReadyAddresses"] is True
    assert "publishNotReadyAddresses" not in minimal.service["spec"]


@pytest.mark.parametrize("replicas, budgets", [(0, 0), (1, 0), (2, 1), (5, 1)])
def test_a_budget_only_above_one_replica(helm, replicas, budgets):
    assert len(helm.render(MINIMAL, {"replicaCount": replicas}).of("PodDisruptionBudget")) == budgets


def test_a_budget_does_not_hold_back_pods_that_are_not_ready(minimal):
    assert minimal.one("PodDisruptionBudget")["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_everything_finds_the_pods_and_nothing_else(helm):
    objects = helm.render(MINIMAL, {"serviceMonitor": {"enabled": True}, "podLabels": {"team": "x"}})
    labels = objects.pod["metadata"]["labels"]
    selector = {"app.kubernetes.io/name": "hookferry", "app.kubernetes.io/instance": "test"}
    assert labels == {**selector, "team": "x"}
    assert objects.one("Deployment")["spec"]["selector"]["matchLabels"] == selector
    assert objects.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == selector
    assert objects.service["spec"]["selector"] == objects.admin_service["spec"]["selector"] == selector


def test_the_service_monitor_finds_the_admin_service_alone(helm):
    objects = helm.render(MINIMAL, {"serviceMonitor": {"enabled": True}})
    monitor = objects.one("ServiceMonitor")["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    assert wanted <= objects.admin_service["metadata"]["labels"].items()
    assert not wanted <= objects.service["metadata"]["labels"].items()
    (endpoint,) = monitor["endpoints"]
    assert endpoint == {"port": "admin", "path": "/metrics"}


def test_a_rollout_takes_no_pod_before_another_has_kafka(minimal):
    assert minimal.one("Deployment")["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("config", [
    {"sources": [{**SOURCE, "events": ["job.queued"]}]},
    {"sources": [SOURCE, {"name": "meshqa", "preset": "meshqa", "secrets": [{"file": "/run/secrets/hooks/meshqa"}]}]},
    {"log": {"level": "debug"}},
], ids=["an event", "a source", "the log's level"])
def test_what_a_running_process_takes_over_replaces_no_pods(helm, minimal, config):
    changed = helm.render(MINIMAL, {"config": config})
    assert changed.config_text != minimal.config_text
    assert changed.pod == minimal.pod


@pytest.mark.parametrize("config", [
    {"kafka": {"linger": "1ms"}}, {"log": {"events": "problems"}}, {"dedupe": {"ttl": "12h"}}, {"http": {"threads": 2}},
    {"kafka": {"bootstrap_servers": ["other:9092"]}}, {"shutdown": {"drain": "6s"}},
], ids=str)
def test_what_needs_a_restart_replaces_the_pods(helm, minimal, config):
    assert checksum(helm.render(MINIMAL, {"config": config})) != checksum(minimal)


def test_the_log_s_level_beside_what_needs_a_restart_changes_nothing(helm):
    def with_level(level: str):
        return helm.render(MINIMAL, {"config": {"log": {"events": "problems", "level": level}}})

    a, b = with_level("info"), with_level("debug")
    assert a.pod == b.pod and a.config_text != b.config_text


@pytest.mark.parametrize("release, values, name", [
    ("hookferry", {}, "hookferry"), ("hookferry-eu", {}, "hookferry-eu"), ("eu", {}, "eu-hookferry"),
    ("eu", {"nameOverride": "hooks"}, "eu-hooks"), ("eu", {"fullnameOverride": "webhooks"}, "webhooks"),
    ("r" * 53, {}, "r" * 52), ("r" * 51, {}, "r" * 51),
])
def test_names(helm, release, values, name):
    objects = helm.render(MINIMAL, values, release=release)
    assert objects.one("Deployment")["metadata"]["name"] == objects.service["metadata"]["name"] == name
    assert all(len(name) <= 63 and re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name) for _, name in objects.names())


def test_the_chart_installs_the_version_that_is_built(minimal):
    project = (CHART.parents[1] / "CMakeLists.txt").read_text()
    (version,) = re.findall(r"^project\(hookferry VERSION ([\d.]+)", project, re.M)
    assert minimal.container["image"] == f"hookferry:{version}"


def test_the_image_of_the_values(helm):
    image = {"repository": "registry.example.com:5000/hookferry", "tag": "1.2", "pullPolicy": "Always"}
    container = helm.render(MINIMAL, {"image": image}).container
    assert (container["image"], container["imagePullPolicy"]) == ("registry.example.com:5000/hookferry:1.2", "Always")


def test_a_digest_takes_the_place_of_the_tag(helm):
    objects = helm.render(MINIMAL, {"image": {"tag": "1.2", "digest": f"sha256:{'0a' * 32}"}})
    assert objects.container["image"] == f"hookferry@sha256:{'0a' * 32}"
    assert objects.test_pod["spec"]["containers"][0]["image"] == objects.container["image"]


@pytest.mark.parametrize("account, name, created", [
    ({}, "test-hookferry", True), ({"name": "a"}, "a", True), ({"create": False}, "default", False),
    ({"create": False, "name": "b"}, "b", False),
])
def test_the_service_account(helm, account, name, created):
    objects = helm.render(MINIMAL, {"serviceAccount": account})
    assert objects.pod["spec"]["serviceAccountName"] == name
    assert [account["metadata"]["name"] for account in objects.of("ServiceAccount")] == ([name] if created else [])


# With a spool.

@pytest.fixture(scope="session")
def spooled(helm):
    return helm.render(MINIMAL, SPOOL)


def test_with_a_spool_it_is_a_stateful_set(minimal, spooled):
    assert spooled.names() == minimal.names() - {("Deployment", "test-hookferry")} | {
        ("StatefulSet", "test-hookferry"), ("Service", "test-hookferry-headless")}
    ours, its = spooled.workload, minimal.workload
    assert ours["metadata"] == its["metadata"]
    for part in ("replicas", "selector"):
        assert ours["spec"][part] == its["spec"][part]


def test_its_pods_are_the_deployment_s_with_a_volume(helm, spooled):
    plain, pod = helm.render(MINIMAL).pod, spooled.pod
    mounts = pod["spec"]["containers"][0]["volumeMounts"]
    mounts.remove({"name": "spool", "mountPath": "/var/lib/hookferry"})
    assert pod["spec"] == plain["spec"]
    assert pod["metadata"]["labels"] == plain["metadata"]["labels"]


def test_each_pod_has_a_volume_of_its_own_that_is_kept(spooled):
    assert spooled.claim["metadata"] == {"name": "spool"}
    assert spooled.claim["spec"] == {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem",
                                     "resources": {"requests": {"storage": "2Gi"}}}
    assert spooled.workload["spec"]["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain",
                                                                               "whenScaled": "Retain"}


def test_the_volume_of_the_values(helm):
    volume = {"storageClassName": "fast", "accessModes": ["ReadWriteOncePod"], "labels": {"a": "1"},
              "annotations": {"b": "2"}, "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}
    objects = helm.render(MINIMAL, SPOOL, {"spool": volume, "config": {"spool": {"path": "/data"}}})
    assert objects.claim["metadata"] == {"name": "spool", "labels": {"a": "1"}, "annotations": {"b": "2"}}
    assert objects.claim["spec"]["storageClassName"] == "fast"
    assert objects.claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert objects.workload["spec"]["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain",
                                                                               "whenScaled": "Delete"}
    assert {"name": "spool", "mountPath": "/data"} in objects.container["volumeMounts"]


def test_no_pod_waits_for_another_to_start(spooled):
    assert spooled.workload["spec"]["podManagementPolicy"] == "Parallel"
    assert "updateStrategy" not in spooled.workload["spec"]  # RollingUpdate: one after the other


def test_each_pod_has_a_name_also_while_it_is_not_ready(spooled):
    service = spooled.headless_service
    assert spooled.workload["spec"]["serviceName"] == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None" and service["spec"]["publishNotReadyAddresses"] is True
    assert service["spec"]["selector"].items() <= spooled.pod["metadata"]["labels"].items()


def test_the_service_monitor_finds_no_pod_twice(helm):
    objects = helm.render(MINIMAL, SPOOL, {"serviceMonitor": {"enabled": True}})
    wanted = objects.one("ServiceMonitor")["spec"]["selector"]["matchLabels"].items()
    found = [service for service in objects.of("Service") if wanted <= service["metadata"]["labels"].items()]
    assert found == [objects.admin_service]


@pytest.mark.parametrize("spool", [{"max_size": "512MiB"}, {"after": "1s"}, {"path": "/data"}], ids=str)
def test_a_changed_spool_replaces_the_pods(helm, spooled, spool):
    assert checksum(helm.render(MINIMAL, SPOOL, {"config": {"spool": spool}})) != checksum(spooled)


def test_a_budget_holds_with_a_spool_too(helm, spooled):
    budget = spooled.one("PodDisruptionBudget")["spec"]
    assert budget["selector"] == spooled.workload["spec"]["selector"]
    assert not helm.render(MINIMAL, SPOOL, {"replicaCount": 1}).of("PodDisruptionBudget")


@pytest.mark.parametrize("release", ["r" * 53, "hookferry"])
def test_names_with_a_spool(helm, release):
    objects = helm.render(MINIMAL, SPOOL, release=release)
    assert len(objects.workload["metadata"]["name"]) <= 52  # with the hash of a revision it is a label
    assert all(len(name) <= 63 for _, name in objects.names())


# What the installation says.

def test_the_notes_say_which_secrets_to_make_and_where_to_send(helm):
    notes = helm.notes(MINIMAL, KAFKA_LOGIN)
    assert "kubectl -n hooks create secret generic hookferry-hooks --from-file=glossi=FILE\n" in notes
    assert "kubectl -n hooks create secret generic kafka-user --from-file=password=FILE\n" in notes
    assert "http://test-hookferry.hooks:80\n" in notes and "get service" not in notes
    assert "With one replica" not in notes


def test_the_notes_say_how_a_load_balancer_is_found(helm):
    assert "kubectl -n hooks get service test-hookferry\n" in helm.notes(MINIMAL, {"service": {"type": "LoadBalancer"}})


def test_the_notes_know_the_ingress_and_the_paths(helm):
    source = {**SOURCE, "path": "/in/glossi"}
    hosts = [{"host": "hooks.example.com", "paths": [{"path": "/in", "pathType": "Prefix"}]}]
    values = {"config": {"sources": [source]}, "replicaCount": 1, "ingress": {"enabled": True, "hosts": hosts}}
    notes = helm.notes(MINIMAL, values)
    assert "http://hooks.example.com/in/glossi\n" in notes and "no TLS" in notes and "With one replica" in notes
    values["ingress"]["tls"] = [{"secretName": "tls", "hosts": ["hooks.example.com"]}]
    notes = helm.notes(MINIMAL, values)
    assert "https://hooks.example.com/in/glossi\n" in notes and "no TLS" not in notes


def test_the_notes_know_tls(helm):
    notes = helm.notes(MINIMAL, TLS)
    assert "create secret generic hookferry-tls --from-file=tls.crt=FILE --from-file=tls.key=FILE\n" in notes
    assert "https://test-hookferry.hooks:80\n" in notes and "The Pods speak TLS" not in notes
    assert "hookferry send --source glossi\n" in notes
    client_ca = {"config": {"http": {"tls": {"client_ca": "/run/secrets/tls/ca.crt"}}}}
    with_client_ca = helm.notes(MINIMAL, TLS, client_ca)
    assert "Senders need a certificate" in with_client_ca and "hookferry send" not in with_client_ca
    assert "--from-file=ca.crt=FILE --from-file=tls.crt=FILE" in with_client_ca
    notes = helm.notes(MINIMAL, TLS, {"ingress": {"enabled": True}})
    assert "The Pods speak TLS" in notes and "no TLS" not in notes
    assert "https://hookferry.example.com/webhooks/glossi\n" in notes


def test_the_notes_say_when_an_allow_list_would_refuse_everything(helm):
    values = {"config": {"sources": [{**SOURCE, "allow": ["203.0.113.0/24"]}]}, "ingress": {"enabled": True}}
    said = "All requests of glossi are refused"
    assert said in helm.notes(MINIMAL, values)
    assert said not in helm.notes(MINIMAL, values, {"config": {"http": {"trusted_proxies": ["10.0.0.0/8"]}}})
    assert said not in helm.notes(MINIMAL, values, {"ingress": {"enabled": False}})
    assert said not in helm.notes(MINIMAL, {"ingress": {"enabled": True}})


def test_the_notes_say_what_a_spool_adds(helm):
    notes = helm.notes(MINIMAL)
    assert "There is no spool" in notes and "spool.enabled" in notes and "deployment/test-hookferry\n" in notes
    notes = helm.notes(MINIMAL, SPOOL)
    assert "There is no spool" not in notes and "deployment/" not in notes
    assert "rollout status statefulset/test-hookferry\n" in notes
    assert "on a volume of 2Gi of its own at /var/lib/hookferry" in notes and "up to 1GiB each" in notes
    assert "does not replace its Pod" in notes and "out-of-service" in notes
    assert "spool-test-hookferry-N" in notes and "hookferry spool drain --config /etc/hookferry/hookferry.yaml\n" in notes


def test_the_notes_do_not_speak_of_volumes_that_are_not_left(helm):
    policy = {"spool": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}}
    assert "spool drain" not in helm.notes(MINIMAL, SPOOL, policy)
