"""Rows of the spool are read as `hookferry spool export --json` shows them."""

import base64

import pytest

from .stored import Stored, _of_row, without_blanks

_VALUE = '{"specversion":"1.0","id":"0a","type":"t","data":{ "a":[1 , {"data":"ü", "value":"},\\"value\\":"}] }}'
_HEAD = ('{"topic":"p.glossi.job.complete","state":"held","row":3,"id":"0a","accepted":"2025-01-15T10:30:00.000Z",'
         '"key":"job","headers":{"ce_id":"0a","content-type":"application/json"},')


def test_a_row_whose_value_is_json():
    row = _of_row(f'{_HEAD}"value":{_VALUE}}}', 7, "p")
    assert row == Stored("glossi.job.complete", -1, 7, b"job", _VALUE.encode(), "0a", spooled=True)
    assert row.data == '{ "a":[1 , {"data":"ü", "value":"},\\"value\\":"}] }'.encode()
    assert row.value_id == "0a"


@pytest.mark.parametrize("member, value", [('"value_text":"not \\"JSON"', b'not "JSON'), ('"value":null', None)])
def test_a_row_whose_value_is_another(member, value):
    assert _of_row(f"{_HEAD}{member}}}", 0, "p").value == value


def test_a_row_whose_bytes_are_no_text():
    member = f'"value_base64":"{base64.b64encode(bytes(range(256))).decode()}"'
    row = _of_row(f"{_HEAD}{member}}}".replace('"key":"job"', '"key_base64":"/w=="'), 0, "p")
    assert (row.key, row.value) == (b"\xff", bytes(range(256)))


def test_blanks_of_strings_stay():
    assert without_blanks(b'{ "a b\\" c" :\n[ 1 ,\t"\\\\" ] }') == b'{"a b\\" c":[1,"\\\\"]}'


def test_what_is_spooled_comes_after_what_is_in_the_topic():
    record = Stored("t", 0, 1000, b"k", b"", "0a")
    assert record.position < _of_row(f'{_HEAD}"value":{_VALUE}}}', 0, "p").position
