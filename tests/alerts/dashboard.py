"""The chart's dashboard, and what of it is PromQL."""

import json
import re

from prometheus_rule import CHART

DASHBOARD = json.loads((CHART / "dashboards/hookferry.json").read_text())
# What Grafana puts in for its own variables; for ours it is what "All" stands for.
_VARIABLES = {"__rate_interval": "5m", "__range": "1h"}


def panels() -> list[dict]:
    """All that show something: all but the rows."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def variables() -> dict[str, dict]:
    return {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}


def expressions() -> list[tuple[str, str]]:
    """(panel, expression), as Prometheus is asked."""
    return [(panel["title"], filled(target["expr"])) for panel in panels() for target in panel["targets"]]


def filled(expression: str) -> str:
    """With a value for each variable."""
    values = _VARIABLES | {name: variable.get("allValue") for name, variable in variables().items()}
    return re.sub(r"\$(\w+)", lambda match: values[match[1]], expression)
