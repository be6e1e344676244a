"""The alerts alone, by promtool: their form, and that each fires and resolves where it should, and only there."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import ROOT
from prometheus_rule import alerts

UNIT_TESTS = sorted((pathlib.Path(__file__).parent / "rules").glob("*.yaml"))
ALERTS = ["HookferryEventsLost", "HookferryDown", "HookferryKafkaUnavailable", "HookferryKafkaTokenFetchFailing",
          "HookferrySpoolNearFull", "HookferrySpoolNotDraining", "HookferryParkedEvents", "HookferryQueueNearFull",
          "HookferryPublishFailures", "HookferryTopicUnderReplicated", "HookferryQuarantined",
          "HookferryKnownSourceTooLarge", "HookferrySignatureFailures", "HookferryEndpointSilent",
          "HookferryDedupeTailDown", "HookferryDedupeHorizonShort", "HookferryConfigReloadFailed",
          "HookferryConfigRestartRequired", "HookferryCertificateExpiring", "HookferryKafkaCertificateExpiring",
          "HookferryLatencyBudgetBurn", "HookferryErrorBudgetBurn"]


def promtool(*arguments) -> str:
    result = subprocess.run(["promtool", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=120)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="session")
def rules_file(rule, tmp_path_factory):
    """The rules as Prometheus reads them, under the name that the unit tests have for them."""
    file = tmp_path_factory.mktemp("rules") / "rules.yaml"
    file.write_text(json.dumps(rule["spec"]))  # JSON is YAML
    return file


def test_promtool_has_nothing_against_them(rules_file, rule):
    assert f"{len(alerts(rule))} rules found" in promtool("check", "rules", "--lint=all", "--lint-fatal", rules_file)


def test_they_are_the_ones_that_were_promised(rule):
    assert list(dict.fromkeys(alert["alert"] for alert in alerts(rule))) == ALERTS


def test_each_says_how_grave_it_is_and_what_it_is_about(rule):
    for alert in alerts(rule):
        name = alert["alert"]
        assert alert["labels"]["severity"] in ("critical", "warning"), name
        assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert "Look first" in alert["annotations"]["description"], name


def test_each_is_tested():
    tested = {re.search(r"alertname: (\w+)", file.read_text())[1] for file in UNIT_TESTS}
    assert tested == set(ALERTS)


def test_each_is_explained():
    explained = re.findall(r"^### (Hookferry\w+)$", (ROOT / "docs/runbook.md").read_text(), re.M)
    assert explained == ALERTS


def test_each_leads_to_where_it_is_explained(rule):
    for alert in alerts(rule):
        assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{alert['alert'].lower()}"


def test_the_documentation_says_how_grave_each_is(rule):
    text = (ROOT / "docs/runbook.md").read_text()
    for alert in alerts(rule):
        [section] = re.findall(rf"^### {alert['alert']}\n(.*?)(?=^##)", text, re.M | re.S)
        assert alert["labels"]["severity"] in section.split("\n\n")[0], alert["alert"]


@pytest.mark.parametrize("unit_test", UNIT_TESTS, ids=lambda file: file.stem)
def test_fires_and_resolves(unit_test, rules_file):
    promtool("test", "rules", shutil.copy(unit_test, rules_file.parent))
