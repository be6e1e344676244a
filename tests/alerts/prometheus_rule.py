"""The chart's alerts, as helm renders them."""

import json
import subprocess
import tempfile

import yaml

from harness import ROOT
from harness.bridge import merged
from kubetools import chart

CHART = ROOT / "helm" / "hookferry"
# With these the series of the promtool tests have the labels that they have.
RELEASE, NAMESPACE = "hookferry", "default"
LABELS = {"job": "hookferry-admin", "namespace": "default"}
# What the chart cannot be installed without.
REQUIRED = {
    "config": {
        "kafka": {"bootstrap_servers": ["kafka:9092"]},
        "sources": [{"name": "glossi", "preset": "glossi", "secrets": [{"file": "/run/secrets/hooks/glossi"}]}],
    },
    "secrets": {"hooks": {"existingSecret": "hooks"}},
}
# What only works where it is asked for.
OPT_IN = {"endpointSilent": {"enabled": True}}
SPOOL = {"spool": {"enabled": True}, "config": {"spool": {"path": "/var/lib/hookferry"}}}


class RenderError(Exception):
    """helm refused; what it said."""


def render(changes: dict | None = None, **prometheus_rule) -> dict | None:
    """The PrometheusRule with every alert, with these values under `prometheusRule`, and `changes` laid over the others;
    None where there is none."""
    ours = merged({"enabled": True, "rules": OPT_IN}, prometheus_rule)
    values = merged({**REQUIRED, "prometheusRule": ours}, changes or {})
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(values, file)  # JSON is YAML
        file.flush()
        result = subprocess.run(
            [chart.folder() / "bin" / "helm", "template", RELEASE, CHART, "--namespace", NAMESPACE, "--values", file.name],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if result.returncode != 0:
        raise RenderError(result.stderr)
    documents = [document for document in yaml.safe_load_all(result.stdout) if document]
    found = [document for document in documents if document["kind"] == "PrometheusRule"]
    assert len(found) <= 1
    return found[0] if found else None


def alerts(rule: dict) -> list[dict]:
    """All alerts of a PrometheusRule."""
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


def named(rule: dict, name: str, **labels: str) -> dict:
    """The one alert of that name that has these labels."""
    found = [alert for alert in alerts(rule)
             if alert["alert"] == name and labels.items() <= alert["labels"].items()]
    assert len(found) == 1, f"{len(found)} alerts {name} with {labels}"
    return found[0]


def default_values() -> dict:
    """The chart's own values under `prometheusRule`."""
    return yaml.safe_load((CHART / "values.yaml").read_text())["prometheusRule"]


def schema_of(key: str) -> dict:
    """The schema of `prometheusRule.rules.KEY`."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    return schema["properties"]["prometheusRule"]["properties"]["rules"]["properties"][key]
