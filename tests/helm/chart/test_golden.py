"""Every ci file's render beside the one in golden/, so that a change of a template shows what it changes of objects.
HOOKFERRY_WRITE_GOLDEN=1 writes them anew: read the difference before it is committed."""

import os
import pathlib

import pytest
import yaml

from rendering import CI_VALUES

GOLDEN = pathlib.Path(__file__).parent / "golden"
WRITE = bool(os.environ.get("HOOKFERRY_WRITE_GOLDEN"))


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as such."""


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def objects_of(text: str) -> list[dict]:
    """Without the alerts and the dashboard, which tests/alerts looks at."""
    documents = [document for document in yaml.safe_load_all(text) if document]
    return sorted((document for document in documents if document["kind"] != "PrometheusRule"
                   and not document["metadata"]["name"].endswith("-dashboard")),
                  key=lambda document: (document["kind"], document["metadata"]["name"]))


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_the_render_is_the_one_that_was_looked_at(helm, values):
    objects = objects_of(helm.render(values).text)
    file = GOLDEN / f"{values.stem.removesuffix('-values')}.yaml"
    if WRITE:
        file.write_text(yaml.dump_all(objects, Dumper=_Dumper, width=120))
    assert objects == list(yaml.safe_load_all(file.read_text())), f"{file} differs"


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_both_helms_render_the_same(each_helm, helm, values):
    assert objects_of(each_helm.render(values).text) == objects_of(helm.render(values).text)


def test_there_is_a_golden_file_for_each_and_no_other():
    assert {file.stem for file in GOLDEN.iterdir()} == {file.stem.removesuffix("-values") for file in CI_VALUES}
