"""The tools of the first week: send, verify, tail, completion; the program itself against a real Kafka."""

import base64
import json
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from harness import free_port, hookferry_binary, wait_for
from harness.bridge import SECRET_ENVIRONMENT, environment, hookferry
from harness.process import Process
from harness.webhooks import SECRETS, SIGNATURE_HEADERS, fixtures, glossi, meshqa, request, sign, unique

SAMPLE = next(fixture.body for fixture in fixtures() if fixture.event == "job.complete")


def beside(bridge, *arguments, **options) -> subprocess.CompletedProcess:
    """A command without a configuration file, beside a running instance."""
    return hookferry(*arguments, "--admin", f"127.0.0.1:{bridge.admin_port}", **options)


class Tail(Process):
    """`hookferry tail`, positioned: what is published from now on it prints."""

    def __init__(self, directory: pathlib.Path, *arguments):
        self._errors = directory / f"tail-{unique('')}.err"
        command = [str(part) for part in (hookferry_binary(), "tail", *arguments)]
        shell = ["bash", "-c", f'exec "$@" 2> "{self._errors}"', "bash", *command]
        super().__init__(shell, directory / f"tail-{unique('')}.out", environment())
        wait_for(lambda: "reading" in self.errors(), 30, lambda: f"tail's start\n{self.errors()}")

    def errors(self) -> str:
        return self._errors.read_text() if self._errors.exists() else ""

    def lines(self, count: int) -> list[str]:
        """Waits for so many lines."""
        return wait_for(lambda: len(lines := self.log().splitlines()) >= count and lines, 30,
                        lambda: f"{count} lines of tail\n{self.log()}\n{self.errors()}")


@pytest.fixture
def tail(tmp_path):
    """tail(arguments…): started and positioned; ended after the test."""
    tails = []

    def start(*arguments) -> Tail:
        tails.append(Tail(tmp_path, *arguments))
        return tails[-1]

    yield start
    for started in tails:
        if started.running():
            started.kill()


# send


def test_send_one_with_the_configuration(bridge, kafka):
    serving = bridge().start()
    result = hookferry("send", "--source", "glossi", "--config", serving.config_file)
    assert result.returncode == 0, result
    status, answer = re.search(r"job\.complete +(\d+) +[\d.]+ m?s +(\{.*\})$", result.stdout, re.M).groups()
    assert status == "200" and json.loads(answer)["status"] == "accepted"
    records = kafka.read(serving.topic("glossi", "job.complete"))
    assert [record.header("ce_id") for record in records] == [json.loads(answer)["id"]]
    assert "\x1b" not in result.stdout + result.stderr, "no colour where there is no terminal"


def test_send_without_a_configuration_asks_the_instance(bridge, kafka):
    serving = bridge(config={"sources": [{"name": "shop", "preset": "glossi", "path": "/in/here",
                                          "secrets": [{"env": "GLOSSI_WEBHOOK_SECRET"}]}]}).start()
    result = beside(serving, "send", "--source", "shop", "--event", "model.failed")
    assert result.returncode == 0, result
    [record] = kafka.read(serving.topic("shop", "model.failed"))
    assert re.fullmatch(r"model-[0-9a-f]{16}", record.key.decode())
    assert record.header("ce_type") == "glossi.model.failed"
    unknown = beside(serving, "send", "--source", "glossi")
    assert unknown.returncode == 1 and "shop" in unknown.stderr


def test_what_serve_says_to_try_works(bridge, kafka, tail):
    serving = bridge().start_without_file(kafka.address)
    said = serving.wait_for_log(r"try +hookferry (send .*?) +\(second terminal: hookferry tail (.*?)\)")
    tailing = tail(*said[2].split())
    result = hookferry(*said[1].split())
    assert result.returncode == 0, result
    assert json.loads(result.stdout[result.stdout.index("{"):])["id"][:8] in tailing.lines(1)[0]


def test_send_many_with_a_latency_summary(bridge, kafka):
    serving = bridge().start()
    result = beside(serving, "send", "--source", "meshqa", "--count", 200, "--concurrency", 8, "--rate", 400)
    assert result.returncode == 0, result
    assert re.search(r"^ +200 accepted +200$", result.stdout, re.M), result.stdout
    assert re.search(r"^200 events in .* events/s · p50 .* · p90 .* · p99 .* · max ", result.stdout, re.M)
    records = kafka.read(serving.topic("meshqa", "validation.completed"))
    assert len({record.key for record in records}) == 200, "each with an id of its own"
    assert result.stderr == "", "no progress bar where there is no terminal"


def test_send_same_is_a_duplicate(bridge, kafka):
    serving = bridge().start()
    result = beside(serving, "send", "--source", "glossi", "--same", "--count", 2)
    assert result.returncode == 0
    answers = [json.loads(line[line.index("{"):]) for line in result.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["accepted", "duplicate"]
    [record] = kafka.read(serving.topic("glossi", "job.complete"))
    assert SAMPLE[SAMPLE.index(b'"data":') + 7:-1] in record.value


def test_send_a_body_byte_for_byte(bridge, kafka, tmp_path):
    serving = bridge().start()
    body = b'{"event" : "never.heard", "raw":"\xff\x00"}\r\n'
    (tmp_path / "body").write_bytes(body)
    result = beside(serving, "send", "--source", "glossi", "--body", tmp_path / "body")
    assert result.returncode == 0 and "quarantined" in result.stdout, result
    [record] = [record for record in kafka.read(serving.quarantine("glossi"))]
    assert record.value == body


def test_send_says_what_the_answer_was(bridge):
    serving = bridge().start()
    refused = beside(serving, "send", "--source", "glossi", "--secret-env", "OTHER",
                     env={**SECRET_ENVIRONMENT, "OTHER": "some-other-secret"})
    assert refused.returncode == 1
    assert "401" in refused.stdout and "401 unauthorized" in refused.stderr and "verify" in refused.stderr
    many = beside(serving, "send", "--source", "glossi", "--count", 50,
                  "--url", f"http://127.0.0.1:{serving.port}/no/such/path")
    assert many.returncode == 1
    assert "50 of 50 answers were 404 not_found" in many.stderr


def test_send_says_what_to_do_where_nobody_is():
    nobody = hookferry("send", "--source", "glossi", "--url", f"http://127.0.0.1:{free_port()}/")
    assert nobody.returncode == 3 and "--url" in nobody.stderr, nobody
    many = hookferry("send", "--source", "glossi", "--count", 1000, "--url", f"http://127.0.0.1:{free_port()}/")
    assert many.returncode == 3 and "an event without an answer" in many.stderr, many
    no_instance = hookferry("send", "--source", "glossi", "--admin", f"127.0.0.1:{free_port()}")
    assert no_instance.returncode == 3 and "--config" in no_instance.stderr
    no_secret = hookferry("send", "--source", "glossi", "--url", "http://127.0.0.1:9/", env={})
    assert no_secret.returncode == 1 and "GLOSSI_WEBHOOK_SECRET" in no_secret.stderr
    no_url = hookferry("send", "--source", "glossi", "--url", "127.0.0.1:80")
    assert no_url.returncode == 1 and "--url" in no_url.stderr
    assert hookferry("send").returncode == 2
    assert hookferry("send", "--source", "glossi", "--count", "0").returncode == 2


def sending_on(bridge, *arguments) -> subprocess.Popen:
    """A `send` of many, once some of them are answered."""
    process = subprocess.Popen([hookferry_binary(), "send", "--source", "glossi", "--rate", "50", *arguments,
                                "--url", f"http://127.0.0.1:{bridge.port}/webhooks/glossi"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment(**SECRET_ENVIRONMENT))
    wait_for(lambda: bridge.metric("hookferry_requests_total", source="glossi", code="200") >= 5, 20, "answers")
    return process


def test_send_counts_what_has_no_answer_and_goes_on(bridge):
    serving = bridge().start()
    sending = sending_on(serving, "--count", "100")
    serving.kill()
    out, errors = sending.communicate(timeout=40)
    assert sending.returncode == 3, errors
    answered, failed = (int(re.search(rf"^ +{what} +(\d+)$", out, re.M)[1]) for what in ("200 accepted", "no answer"))
    assert answered >= 5 and failed >= 1 and answered + failed == 100
    assert "without an answer" in errors


def test_send_that_is_interrupted_sums_up(bridge):
    serving = bridge().start()
    sending = sending_on(serving, "--count", "100000")
    sending.send_signal(signal.SIGINT)
    out, errors = sending.communicate(timeout=40)
    assert sending.returncode == 1, errors
    assert re.search(r"^\d+ events in .* p99 ", out, re.M), out
    assert re.search(r"interrupted after \d+ of 100000 events", errors)


# verify


@pytest.fixture
def verify(tmp_path):
    def run(body: bytes, *headers: str, source: str = "glossi", env=None, more=()):
        (tmp_path / "body").write_bytes(body)
        arguments = [part for header in headers for part in ("--header", header)]
        return hookferry("verify", "--source", source, "--body", tmp_path / "body", *arguments, *more, env=env)

    return run


def signature(body: bytes, secret: str = SECRETS["glossi"], change=lambda value: value) -> str:
    return f"{SIGNATURE_HEADERS['glossi']}: {change(sign(body, secret))}"


def test_verify_what_verifies(verify):
    for fixture in fixtures():
        header = f"{SIGNATURE_HEADERS[fixture.source]}: {sign(fixture.body, SECRETS[fixture.source])}"
        result = verify(fixture.body, "Host: example.com", header, source=fixture.source)
        assert result.returncode == 0, result
        assert "verifies" in result.stdout and fixture.id in result.stdout and fixture.event in result.stdout
    unknown = b'{"event":"never.heard"}'
    result = verify(unknown, signature(unknown))
    assert result.returncode == 0 and "would be quarantined: unknown_event" in result.stdout


CASES = {
    "wrong secret": (SAMPLE, signature(SAMPLE, "some-other-secret")),
    "another secret": (SAMPLE, signature(SAMPLE, SECRETS["meshqa"])),
    "trailing newline added": (SAMPLE + b"\n", signature(SAMPLE)),
    "trailing newline removed": (SAMPLE, signature(SAMPLE + b"\n")),
    "re-serialised body": (json.dumps(json.loads(SAMPLE)).encode(), signature(SAMPLE)),
    "base64 instead of hex": (SAMPLE, signature(SAMPLE, change=lambda value: base64.b64encode(bytes.fromhex(value))
                                                .decode())),
    "prefix": (SAMPLE, signature(SAMPLE, change=lambda value: f"sha256={value}")),
    "upper case": (SAMPLE, signature(SAMPLE, change=str.upper)),
    "truncated signature": (SAMPLE, signature(SAMPLE, change=lambda value: value[:40])),
    "byte-order mark added": (b"\xef\xbb\xbf" + SAMPLE, signature(SAMPLE)),
    "signature missing": (SAMPLE, "Host: example.com"),
    "secret with white space around it": (SAMPLE, signature(SAMPLE, SECRETS["glossi"] + "\n")),
}


@pytest.mark.parametrize("cause", CASES)
def test_verify_names_the_cause(verify, cause):
    body, header = CASES[cause]
    result = verify(body, header)
    assert result.returncode == 1, result
    assert result.stdout.splitlines()[0] == f"does not verify: {cause}"
    said = result.stdout + result.stderr
    assert "→" in said, "says what to do"
    for secret in SECRETS.values():
        assert secret not in said
    assert sign(body, SECRETS["glossi"]) not in said and sign(SAMPLE, SECRETS["glossi"]) not in said


def test_verify_shows_a_right_signature_only_when_asked(verify):
    body, header = CASES["wrong secret"]
    assert sign(body, SECRETS["glossi"]) in verify(body, header, more=("--show-expected",)).stdout


def test_verify_takes_the_secrets_of_a_configuration(verify, tmp_path):
    (tmp_path / "old").write_text("the-old-secret-of-the-shop\n")
    config = tmp_path / "hookferry.yaml"
    config.write_text("sources: [{name: shop, preset: glossi, secrets: [{env: NOT_SET_HERE}, {file: %s}]}]" %
                      (tmp_path / "old"))
    result = verify(SAMPLE, signature(SAMPLE, "the-old-secret-of-the-shop"), source="shop",
                    more=("--config", config), env={})
    assert result.returncode == 0, result
    assert f"file {tmp_path / 'old'}" in result.stdout
    (tmp_path / "old").unlink()
    none = verify(SAMPLE, signature(SAMPLE), source="shop", more=("--config", config), env={})
    assert none.returncode == 1 and "NOT_SET_HERE is not set" in none.stderr and str(tmp_path / "old") in none.stderr


def test_verify_what_cannot_be_verified(verify, tmp_path):
    body, header = CASES["wrong secret"]
    no_secret = verify(body, header, env={})
    assert no_secret.returncode == 1 and "GLOSSI_WEBHOOK_SECRET" in no_secret.stderr
    assert verify(body, "no header").returncode == 1
    assert verify(body, header, more=("--at", "yesterday")).returncode == 1
    assert "nothing is too old" in verify(body, header, more=("--at", "2025-01-15T10:30:00Z")).stdout
    assert hookferry("verify", "--source", "glossi").returncode == 2
    missing = hookferry("verify", "--source", "glossi", "--body", tmp_path / "none")
    assert missing.returncode == 1 and "none" in missing.stderr


def test_verify_reads_the_body_from_stdin():
    result = subprocess.run([hookferry_binary(), "verify", "--source", "glossi", "--body", "-", "--header",
                             signature(SAMPLE)], input=SAMPLE, capture_output=True, timeout=30,
                            env=environment(**SECRET_ENVIRONMENT))
    assert result.returncode == 0, result


def listening(directory: pathlib.Path, *arguments) -> tuple[subprocess.Popen, int]:
    """`verify --listen` in that directory, once its port is open."""
    process = subprocess.Popen([hookferry_binary(), "verify", "--source", "glossi", "--listen", "127.0.0.1:0", *arguments],
                               cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment(**SECRET_ENVIRONMENT))
    line = process.stderr.readline()
    return process, int(re.search(r"on port (\d+)", line)[1])


def test_verify_captures_a_request_and_explains_it(tmp_path):
    process, port = listening(tmp_path)
    try:
        assert request(port, "GET", "/healthz").status == 405  # a health check does not count
        answer = request(port, "POST", "/webhooks/glossi", SAMPLE + b"\n",
                         {"X-Glossi-Signature": sign(SAMPLE, SECRETS["glossi"]), "X-Other": "1"})
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert answer.status == 503 and answer.headers["retry-after"], "its sender sends it again"
    assert process.returncode == 1 and "does not verify: trailing newline added" in out, out
    head, body = (next(tmp_path.glob(f"captured-glossi-*.{ending}")) for ending in ("head", "body"))
    assert body.read_bytes() == SAMPLE + b"\n"
    assert head.read_bytes().startswith(b"POST /webhooks/glossi HTTP/1.1\r\n")
    assert b"X-Other: 1\r\n" in head.read_bytes()
    assert [stat.S_IMODE(file.stat().st_mode) for file in (head, body)] == [0o600, 0o600]
    again = hookferry("verify", "--source", "glossi", "--header", f"@{head}", "--body", body)
    assert again.stdout.startswith("does not verify: trailing newline added")


def test_verify_captures_for_good_when_told_to(tmp_path):
    process, port = listening(tmp_path, "--answer", "200")
    head = (f"POST / HTTP/1.1\r\nHost: localhost\r\n{signature(SAMPLE)}\r\nExpect: 100-continue\r\n"
            "Transfer-Encoding: chunked\r\n\r\n")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (SAMPLE[:100], SAMPLE[100:])) + b"0\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as client, client.makefile("rb") as answers:
            client.sendall(head.encode())
            assert answers.readline() == b"HTTP/1.1 100 Continue\r\n" and answers.readline() == b"\r\n"
            client.sendall(chunks)
            answer = answers.read()
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b'{"status":"captured"}')
    assert process.returncode == 0 and "verifies" in out, out
    assert next(tmp_path.glob("captured-glossi-*.body")).read_bytes() == SAMPLE, "without the chunks' framing"


def test_verify_stops_listening_when_it_is_interrupted(tmp_path):
    process, _ = listening(tmp_path)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 3 and not list(tmp_path.iterdir())


# tail


def test_tail_prints_events_as_they_arrive(bridge, tail):
    serving = bridge().start()
    tailing = tail("--config", serving.config_file)
    answer = serving.post("glossi", glossi(jobId="job-ü-1")).json()
    [line] = tailing.lines(1)
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} glossi +job\.complete +" + answer["id"][:8] + "  " +
                        re.escape(serving.topic("glossi", "job.complete")) + r"\[\d+\]@0  job-ü-1", line), line
    serving.post("meshqa", b"not json \x1b[31m")
    line = tailing.lines(2)[1]
    assert re.search(r" meshqa +- +quarantined not_json  .*-quarantine\[\d+\]@0  14 bytes$", line), line
    assert "\x1b" not in tailing.log()
    assert tailing.stop() == 0


def test_tail_json_has_the_whole_record(bridge, kafka, tail):
    serving = bridge().start()
    bodies = [glossi(), glossi("model.processed", modelId="m"), meshqa(), glossi("render.failed")]
    ids = {serving.post(source, body).json()["id"] for source, body in
           zip(("glossi", "glossi", "meshqa", "glossi"), bodies)}
    serving.post("glossi", b"\xff\xfe")
    serving.post("glossi", b"plain\ntext")
    serving.post("glossi", b'{"event":"never.heard",\n"a": 1.50}')
    tailing = tail("--from", "beginning", "--json", "--admin", f"127.0.0.1:{serving.admin_port}")
    records = [json.loads(line) for line in tailing.lines(7)]
    events = [record for record in records if "ce_id" in record["headers"]]
    assert {record["value"]["id"] for record in events} == ids
    for record in events:
        [stored] = [stored for stored in kafka.read(record["topic"])
                    if (stored.partition, stored.offset) == (record["partition"], record["offset"])]
        assert record["key"] == stored.key.decode()
        assert record["headers"] == dict(stored.headers)
        assert stored.value.decode() in tailing.log(), "its value byte for byte"
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
    quarantined = [record for record in records if "hookferry-reason" in record["headers"]]
    assert {"//4="} == {record.get("value_base64") for record in quarantined} - {None}
    assert {"plain\ntext"} == {record.get("value_text") for record in quarantined} - {None}
    assert [{"event": "never.heard", "a": 1.5}] == [record["value"] for record in quarantined if "value" in record]
    assert tailing.stop() == 0


def test_tail_from_a_while_back(bridge, kafka, tail):
    serving = bridge(sources=("glossi",), config={"kafka": {"create_topics": {"partitions": 1}}}).start()
    serving.post("glossi", glossi(jobId="before"))
    topic = serving.topic("glossi", "job.complete")
    wait_for(lambda: len(kafka.read(topic)) == 1, 20, "the first event")
    first = time.time()
    time.sleep(5)  # what is told apart by time needs time between, more than a slow start of tail
    serving.post("glossi", glossi(jobId="after"))
    back = int((time.time() - first) * 1000) - 250
    tailing = tail("--from", f"{back}ms", "--topic", topic, "--config", serving.config_file)
    [line] = tailing.lines(1)
    assert line.endswith("  after") and re.match(r"\d{4}-\d\d-\d\dT", line)
    everything = tail("--from", "1h", "--topic", topic, "--config", serving.config_file)
    assert [line.split()[-1] for line in everything.lines(2)] == ["before", "after"]
    serving.post("glossi", glossi(jobId="later"))
    assert everything.lines(3)[2].endswith("  later") and tailing.lines(2)[1].endswith("  later")


def test_tail_finds_topics_and_partitions_that_are_new(bridge, kafka, tail, prefix):
    topic = f"{prefix}.new"
    tailing = tail("--kafka", kafka.address, "--topic", topic)
    assert f"topic {topic} is not there" in tailing.errors()
    kafka.create_topic(topic)
    send_raw(kafka, topic, 0, "first")
    assert "[0]@0" in tailing.lines(1)[0]
    kafka.topics_tool("--alter", "--topic", topic, "--partitions", "2")
    send_raw(kafka, topic, 1, "second")
    assert "[1]@0" in tailing.lines(2)[1]
    assert tailing.stop() == 0


def send_raw(kafka, topic: str, partition: int, value: str) -> None:
    subprocess.run(["kcat", "-P", "-b", kafka.address, "-t", topic, "-p", str(partition)], input=value, text=True,
                   check=True, timeout=30)


def test_tail_ends_when_nobody_reads(bridge):
    serving = bridge().start()
    reading, writing = os.pipe()
    tailing = subprocess.Popen([hookferry_binary(), "tail", "--config", serving.config_file], stdout=writing,
                               stderr=subprocess.PIPE, text=True, env=environment())
    try:
        os.close(writing)
        assert "reading" in tailing.stderr.readline()
        os.close(reading)
        assert tailing.wait(30) == 0
    finally:
        tailing.kill()


def test_tail_says_what_is_wrong(kafka):
    away = hookferry("tail", "--kafka", f"127.0.0.1:{free_port()}", "--topic", "t")
    assert away.returncode == 3 and "Kafka can't be reached" in away.stderr and "--kafka" in away.stderr
    nobody = hookferry("tail", "--admin", f"127.0.0.1:{free_port()}")
    assert nobody.returncode == 3 and "--config" in nobody.stderr
    assert hookferry("tail", "--from", "yesterday").returncode == 1
    assert hookferry("tail", "--kafka", kafka.address, "--topic", "t", "-X", "no-equals").returncode == 2
    assert hookferry("tail", "--kafka", kafka.address, "--topic", "t", "-X", "no.such=1").returncode == 1


def test_tail_with_a_login(kafka, prefix, tail, tmp_path):
    topic = f"{prefix}.secret"
    kafka.create_topic(topic)
    login = ("-X", "security.protocol=sasl_plaintext", "-X", "sasl.mechanism=PLAIN", "-X", "sasl.username=writer",
             "-X", "sasl.password=writer-password", "--kafka", kafka.sasl_address, "--topic", topic)
    refused = hookferry("tail", *login)
    assert refused.returncode == 3 and topic in refused.stderr, refused
    kafka.allow("writer", prefix)
    tailing = tail(*login)
    send_raw(kafka, topic, 0, "x")
    assert f"{topic}[0]@0" in tailing.lines(1)[0]


# completion


def complete(line: str) -> list[str]:
    """What bash offers at the end of the line."""
    words = line.split(" ")
    script = """
source <("$1" completion bash)
complete -p hookferry > /dev/null || exit 1
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_hookferry
printf '%s\\n' "${COMPREPLY[@]}"
"""
    result = subprocess.run(["bash", "-euc", script, "bash", hookferry_binary(), *words], capture_output=True, text=True,
                            timeout=30)
    assert result.returncode == 0 and result.stderr == "", result
    return result.stdout.split()


def test_completion_in_bash(tmp_path):
    commands = complete("hookferry ")
    assert {"serve", "demo", "check", "send", "verify", "tail", "completion", "healthcheck", "version"} <= set(commands)
    assert complete("hookferry ver") == ["verify", "version"]
    assert complete("hookferry send --co") == ["--count", "--concurrency", "--config"]
    assert complete("hookferry tail --jso") == ["--json"]
    assert "--topic" in complete("hookferry tail --kafka a:9092 -")
    assert complete("hookferry completion ") == ["bash", "zsh", "fish"]
    assert complete("hookferry verify --answer ") == ["200", "503"]
    assert complete("hookferry verify --answer = 5") == ["503"]
    assert complete("hookferry tail --topic ") == []
    (tmp_path / "one-file.yaml").touch()
    assert complete(f"hookferry serve --config {tmp_path}/one") == [f"{tmp_path}/one-file.yaml"]
    assert complete(f"hookferry check {tmp_path}/one") == [f"{tmp_path}/one-file.yaml"]


def test_completion_knows_all_that_the_help_knows():
    for command in complete("hookferry "):
        if command.startswith("-"):
            continue
        options = set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", hookferry(command, "--help").stdout, re.M))
        assert options <= set(complete(f"hookferry {command} --")), command


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_for_other_shells_has_every_command(shell):
    script = hookferry("completion", shell).stdout
    for command in ("serve", "send", "verify", "tail", "completion"):
        assert command in script
    assert hookferry("completion", "tcsh").returncode == 2


def test_every_command_teaches_with_an_example():
    for command in ("send", "verify", "tail", "completion"):
        help_text = hookferry(command, "--help")
        assert help_text.returncode == 0 and f"hookferry {command} " in help_text.stdout.split("Options:")[1]
