#!/usr/bin/env python3
"""check_docs.py reports what it is there for, and only that."""

import pathlib
import tempfile
import unittest

import check_docs


class CheckDocs(unittest.TestCase):
    def test_links(self):
        with tempfile.TemporaryDirectory() as folder:
            page, other = pathlib.Path(folder, "page.md"), pathlib.Path(folder, "other.md")
            other.write_text("# One, two: `a.b`\n\n```sh\n# no heading\n```\n")
            page.write_text("## Here\n[a](other.md) [b](other.md#one-two-ab) [c](#here) [d](https://example.com/x#y)\n"
                            "```\n[e](in-code.md)\n```\n")
            self.assertEqual(check_docs.dead_links(page, page.read_text()), [])
            broken = "[a](gone.md) [b](other.md#no-heading) [c](#there)"
            self.assertEqual(len(check_docs.dead_links(page, broken)), 3)

    def test_metrics(self):
        known = {"hookferry_a_seconds", "hookferry_b_total"}
        self.assertEqual(check_docs.unknown_metrics(
            '`hookferry_a_seconds_count` `hookferry_b_total{x="y"}` `hookferry_a_*`', known), [])
        self.assertEqual(len(check_docs.unknown_metrics("`hookferry_c` `hookferry_c_*` `hookferry_b`", known)), 3)

    def test_keys(self):
        known = {"http", "http.max_body", "sources[].allow"}
        self.assertEqual(check_docs.unknown_keys("`http.max_body` `sources[].allow`", known), [])
        self.assertEqual(len(check_docs.unknown_keys("`http.max_bodies` `sources[].alow`", known)), 2)

    def test_tests(self):
        known = {"http.Corpus.Whole", "integration/test_a.py::test_b"}
        self.assertEqual(check_docs.unknown_tests("`http.Corpus.Whole` `integration/test_a.py::test_b`", known), [])
        self.assertEqual(len(check_docs.unknown_tests("`http.Corpus.Half` `image/test_a.py::test_c`", known)), 2)

    def test_files(self):
        self.assertEqual(check_docs.unknown_files("`tests/check_docs.py` `src/cli` `README.md`"), [])
        self.assertEqual(len(check_docs.unknown_files("`tests/gone.py`")), 1)


if __name__ == "__main__":
    unittest.main()
