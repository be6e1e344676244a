"""What tests measure: a conftest.py that has these two prints it at the end of the run, also of one by several processes.

from harness.noted import figure, pytest_terminal_summary"""

import pytest


@pytest.fixture
def figure(record_property):
    """Notes a measured figure: figure("… ms"); all are printed at the end of the run."""
    return lambda value: record_property("figure", value)


def pytest_terminal_summary(terminalreporter):
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, value in report.user_properties:
                    if name == "figure":
                        terminalreporter.write_line(f"figure: {value}")
