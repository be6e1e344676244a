#!/usr/bin/env python3
"""check_rooms.py reports what it is there for, and only that."""

import pathlib
import tempfile
import unittest

import check_rooms

ALLOWED = {
    "include/hookferry/event.h": '#include <string>\n#include "hookferry/bytes.h"\n',
    "src/base/result.h": "#include <boost/system/result.hpp>\n",
    "src/base/log.cc": '#include "base/log.h"\n#include <spdlog/spdlog.h>\n#include <unistd.h>\n',
    "src/base/log_sink.h": "#include <spdlog/sinks/sink.h>\n",
    "src/senders/reader.cc": "#include <boost/json.hpp>\n#include <openssl/evp.h>\n",
    "src/kafka/handles.h": "#  include <librdkafka/rdkafka.h>\n",
    "src/kafka/producer.cc": '#include "kafka/handles.h"\n#include "kafka/producer.h"\n#include "delivery/flights.h"\n',
    "src/app/serve.cc": '#include "kafka/producer.h"\n#include "base/result.h"\n// #include <httplib.h>\n',
    "src/cli/main.cc": '#include <CLI/CLI.hpp>\n#include "app/serve.h"\n',
}

# A file's content, and what is to be said of it at its first line.
BROKEN = {
    "src/pipeline/a.cc": ("#include <librdkafka/rdkafka.h>", "is allowed in kafka/ only"),
    "src/base/b.cc": ("#include <spdlog/spdlog.h>", "is allowed in base/log"),
    "src/delivery/c.cc": ('#include "pipeline/pipeline.h"', "room delivery may not know pipeline, which is above it"),
    "src/http/d.cc": ('#include "config/config.h"', "room http may not know config, which is beside it"),
    "src/senders/e.cc": ('#include "dedupe/cache.h"', "room senders may not know dedupe, which is beside it"),
    "src/dedupe/f.cc": ("#include <sys/socket.h>", "room dedupe is logic"),
    "src/app/g.cc": ("#include <nlohmann/json.hpp>", "is no header that the table knows"),
    "src/cli/h.cc": ('#include "helper.h"', "is no header that the table knows"),
    "src/extra/i.cc": ("#include <string>", "is in no room"),
    "src/j.cc": ("#include <string>", "is in no room"),
    "include/hookferry/k.h": ("#include <boost/json.hpp>", "the standard library and itself only"),
    "include/hookferry/l.h": ('#include "base/result.h"', "the standard library and itself only"),
}


class CheckRooms(unittest.TestCase):
    def faults(self, files: dict[str, str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return check_rooms.faults(root)

    def test_says_nothing_of_what_is_allowed(self):
        self.assertEqual(self.faults(ALLOWED), [])

    def test_names_file_line_and_reason(self):
        for name, (include, reason) in BROKEN.items():
            with self.subTest(name):
                found = self.faults({**ALLOWED, name: f"\n{include}\n"})
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{name}:2: "), found)
                self.assertIn(reason, found[0])

    def test_a_library_in_a_header_that_another_room_sees(self):
        found = self.faults({**ALLOWED, "src/kafka/producer.h": '#include "kafka/handles.h"\n'})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith("src/kafka/handles.h:1: <librdkafka/rdkafka.h> in a header"), found)
        self.assertIn("src/app/serve.cc", found[0])


if __name__ == "__main__":
    unittest.main()
