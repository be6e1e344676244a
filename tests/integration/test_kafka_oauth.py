"""Kafka by SASL OAUTHBEARER: tokens from a token server and from a file, fetched again while events are published."""

import pytest

from harness import hookferry_binary, wait_for
from harness.bridge import SECRET_ENVIRONMENT, environment
from harness.process import Process
from harness.tokens import TokenServer, token
from harness.webhooks import meshqa
from records import ids

EVENT = "validation.completed"
PROPERTIES = {"security.protocol": "SASL_PLAINTEXT"}


@pytest.fixture
def tokens():
    """Makes token servers for the user `writer`."""
    servers = []

    def make(**options) -> TokenServer:
        servers.append(TokenServer("writer", "the client's secret", **options))
        return servers[-1].__enter__()

    yield make
    for server in servers:
        server.__exit__()


@pytest.fixture
def logged_in(bridge, kafka, prefix):
    """A bridge with one event that logs in as kafka.oauth says, as a user with all rights on its topics."""

    def make(oauth: dict):
        kafka.allow("writer", prefix)
        return bridge(sources=("meshqa",), kafka_address=kafka.sasl_address,
                      config={"kafka": {"properties": PROPERTIES, "oauth": oauth}})

    return make


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "client-secret"
    path.write_text("the client's secret\n")
    return path


def by_server(server: TokenServer, secret) -> dict:
    return {"token_url": server.url, "client_id": server.CLIENT, "client_secret": {"file": str(secret)},
            "scope": "kafka:write"}


def test_events_arrive_and_tokens_are_fetched_again(logged_in, kafka, tokens, secret, figure):
    """Kafka ends a connection with its token, so events after that are there by the next one."""
    server = tokens(seconds=4)
    serving = logged_in(by_server(server, secret)).start()
    assert server.scopes[0] == "kafka:write"
    accepted = []

    def renewed_twice():
        answer = serving.post_until_accepted("meshqa", meshqa())
        accepted.append(answer.json()["id"])
        return server.issued >= 3

    wait_for(renewed_twice, 60, lambda: f"tokens; issued {server.issued}\n{serving.log()[-3000:]}")
    figure(f"{len(accepted)} events over {server.issued} tokens of 4 s")
    assert sorted(ids(kafka, serving.topic("meshqa", EVENT))) == sorted(accepted)
    serving.wait_for_readyz(200, '"degraded":[]')
    assert serving.metric("hookferry_kafka_token_fetches_total", result="success") == server.issued
    assert serving.metric("hookferry_kafka_token_fetches_total", result="failure") == 0
    assert "eyJ" not in serving.log() and "client's secret" not in serving.log()


def test_a_wrong_secret_is_said_and_healed_by_the_right_one(logged_in, kafka, tokens, secret):
    secret.write_text("not the secret")
    server = tokens()
    serving = logged_in(by_server(server, secret)).start(ready=False)
    answer = serving.wait_for_readyz(503, "no-token")
    assert "answered 401: invalid_client: no such client" in answer.body.decode()
    serving.wait_for_log("answered 401: invalid_client")
    assert not serving.port_open()
    assert serving.metric("hookferry_kafka_token_fetches_total", result="failure") >= 1

    secret.write_text("the client's secret")
    serving.wait_for_log(r"another kafka\.oauth\.client_secret")
    serving.wait_for_readyz(200, '"degraded":[]')
    answer = serving.post_until_accepted("meshqa", meshqa())
    assert ids(kafka, serving.topic("meshqa", EVENT)) == [answer.json()["id"]]
    assert "not the secret" not in serving.log()


def test_a_token_server_that_goes_away_stops_nothing_and_is_said(logged_in, kafka, tokens, secret):
    server = tokens(seconds=9)
    serving = logged_in(by_server(server, secret)).start()
    server.secret = "another"  # as if the client had been removed
    serving.wait_for_readyz(200, "no-token", seconds=20)
    assert serving.post("meshqa", meshqa()).status == 200


def test_a_token_file_is_read_again_when_it_changes(logged_in, kafka, tmp_path):
    path = tmp_path / "token"
    path.write_text(token("writer", 3600))
    serving = logged_in({"token_file": str(path)}).start()
    first = serving.post("meshqa", meshqa())
    assert first.status == 200
    path.write_text(token("writer", 7200) + "\n")
    serving.wait_for_log(r"another kafka\.oauth\.token_file")
    second = serving.post_until_accepted("meshqa", meshqa())
    assert sorted(ids(kafka, serving.topic("meshqa", EVENT))) == sorted(a.json()["id"] for a in (first, second))


def test_commands_log_in_by_tokens_as_well(logged_in, tokens, secret, tmp_path):
    server = tokens()
    serving = logged_in(by_server(server, secret)).start()
    accepted = serving.post("meshqa", meshqa()).json()["id"]
    command = [hookferry_binary(), "tail", "--config", serving.config_file, "--from", "beginning"]
    tail = Process(command, tmp_path / "tail.log", environment(**SECRET_ENVIRONMENT))
    try:
        wait_for(lambda: accepted[:8] in tail.log(), 30, tail.log)
    finally:
        tail.stop()
