"""Rows and records are read as they are."""

import base64

from .stored import Stored, _of_row

_VALUE = '{"specversion":"1.0","id":"0a","type":"t","data":{ "a":[1 , {"data":"ü"}] }}'


def _row(**changes) -> dict:
    return {"topic": "p.glossi.job.complete", "key": "job", "value": _VALUE, "headers": [["ce_id", "0a"]],
            "state": "unsent", "id": "0a", "accepted": "2025-01-15T10:30:00.000Z", **changes}


def test_a_row_of_the_spool():
    row = _of_row(_row(), 7, "p")
    assert row == Stored("glossi.job.complete", -1, 7, b"job", _VALUE.encode(), "0a", spooled=True)
    assert row.data == '{ "a":[1 , {"data":"ü"}] }'.encode()
    assert row.value_id == "0a"


def test_a_row_whose_headers_are_an_object_and_whose_value_is_no_text():
    value = b"\xff\x00" + _VALUE.encode()
    row = _of_row(_row(headers={"ce_id": "0a"}, value={"base64": base64.b64encode(value).decode()}), 0, "p")
    assert (row.value, row.id) == (value, "0a")


def test_what_is_spooled_comes_after_what_is_in_the_topic():
    record = Stored("t", 0, 1000, b"k", b"", "0a")
    assert record.position < _of_row(_row(), 0, "p").position
