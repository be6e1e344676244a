"""The dashboard alone: its form, what it explains, and that Prometheus reads what it asks. tests/alerts/test_live.py asks."""

import json
import re
import subprocess

import pytest
import yaml

from dashboard import DASHBOARD, expressions, panels, variables
from kubetools import chart
from prometheus_rule import CHART, REQUIRED, default_values
from promql import selectors

ROWS = ["The promise", "Ingress", "Delivery", "Spool", "Dedupe", "Kafka client", "Process"]
# Of those that Grafana knows (its valueFormats); a misspelled one would be shown as a suffix.
UNITS = {"percentunit", "short", "s", "bytes", "reqps", "eps", "recps", "cps"}
COLUMNS = 24


def test_ids_are_unique():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert DASHBOARD["uid"] == "hookferry"
    assert "id" not in DASHBOARD  # Grafana's own, of one installation


def test_the_rows_are_those_that_were_promised():
    assert [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"] == ROWS
    titles = [panel["title"] for panel in panels()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_each_panel_has_a_unit_a_description_and_the_chosen_data_source(panel):
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert len(panel["description"]) > 20 and panel["description"].endswith(".")
    for asked in (panel, *panel["targets"]):
        assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    references = [target["refId"] for target in panel["targets"]]
    assert references and len(references) == len(set(references))


@pytest.mark.parametrize("title, key", [("Certificate expires in", "certificateExpiring"),
                                        ("Kafka certificate expires in", "kafkaCertificateExpiring")])
def test_a_certificate_is_coloured_when_its_alert_fires(title, key):
    (panel,) = (panel for panel in panels() if panel["title"] == title)
    alert = default_values()["rules"][key]
    days = [None, alert["urgent"]["minimumDays"], alert["minimumDays"]]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] and step["value"] / 86400 for step in steps] == days


def test_no_panel_covers_another():
    taken = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["w"] > 0 and place["h"] > 0 and 0 <= place["x"] <= COLUMNS - place["w"], panel["title"]
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])):
            assert cell not in taken, f"{panel['title']} covers {taken.get(cell)}"
            taken[cell] = panel["title"]


def test_the_variables():
    assert list(variables()) == ["datasource", "namespace", "job", "pod", "source"]
    assert variables()["datasource"]["type"] == "datasource" and variables()["datasource"]["query"] == "prometheus"
    for name, variable in variables().items():
        assert variable["label"] and variable["description"], name
        if name != "datasource":  # also what has no such label at all, as outside of Kubernetes
            assert variable["multi"] and variable["includeAll"] and variable["allValue"] == ".*", name


@pytest.mark.parametrize("where, expression", expressions())
def test_each_query_is_of_the_chosen_releases_alone(where, expression):
    for selector in selectors(expression):
        assert 'namespace=~".*", job=~".*"' in selector, selector


def test_each_query_is_one_that_prometheus_reads(tmp_path):
    rules = [{"record": f"dashboard:query{number}", "expr": expression}
             for number, (_, expression) in enumerate(expressions())]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    result = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(rules)} rules found" in result.stdout


def test_the_alerts_that_it_names_are_there(rule):
    named = set(re.findall(r"Hookferry\w+", json.dumps(panels())))
    assert named and named <= {alert["alert"] for group in rule["spec"]["groups"] for alert in group["rules"]}


def rendered(values: dict) -> list[dict]:
    result = subprocess.run(
        [chart.folder() / "bin" / "helm", "template", "hookferry", CHART, "--namespace", "hooks", "--values", "-"],
        input=json.dumps(REQUIRED | values), capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return [document for document in yaml.safe_load_all(result.stdout)
            if document and document["kind"] == "ConfigMap" and document["metadata"]["name"].endswith("-dashboard")]


def test_the_chart_ships_it_where_it_is_wanted():
    assert rendered({}) == []
    (shipped,) = rendered({"dashboard": {"enabled": True}})
    assert json.loads(shipped["data"]["hookferry.json"]) == DASHBOARD
    assert shipped["metadata"]["namespace"] == "hooks"
    assert shipped["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert shipped["metadata"]["labels"]["app.kubernetes.io/name"] == "hookferry"


def test_how_it_is_found_can_be_changed():
    (shipped,) = rendered({"dashboard": {"enabled": True, "namespace": "monitoring", "annotations": {"folder": "Webhooks"},
                                         "labels": {"grafana_dashboard": None, "dashboards": "ours"}}})
    assert shipped["metadata"]["namespace"] == "monitoring"
    assert shipped["metadata"]["annotations"] == {"folder": "Webhooks"}
    assert shipped["metadata"]["labels"]["dashboards"] == "ours"
    assert "grafana_dashboard" not in shipped["metadata"]["labels"]
