"""Topics, rights and limits: made or missed at the start, said before the first event finds out."""

import pytest

from harness.bridge import hookferry
from harness.kafka import SASL_USERS
from harness.webhooks import fixtures, glossi, meshqa, unique
from records import ids, only_record

EVENT = "validation.completed"


def login(user: str, password) -> dict:
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user,
        "sasl.password": password,
    }


@pytest.fixture
def mesh(bridge):
    """A bridge with one event only: two topics."""

    def make(variables: dict[str, str] | None = None, **kafka_section):
        return bridge(sources=("meshqa",), config={"kafka": kafka_section}, variables=variables)

    return make


@pytest.fixture
def logged_in(mesh, kafka):
    """Such a bridge, with a user's name and password for Kafka."""

    def make(user: str, password: str):
        properties = login(user, {"env": "KAFKA_PASSWORD"})
        return mesh({"KAFKA_PASSWORD": password}, bootstrap_servers=[kafka.sasl_address], properties=properties)

    return make


def test_topics_are_made_as_configured(mesh, kafka):
    serving = mesh(create_topics={"partitions": 5, "config": {"retention.ms": "3600000"}}).start()
    for topic in (serving.topic("meshqa", EVENT), serving.quarantine("meshqa")):
        assert kafka.partitions(topic) == 5
        assert kafka.topic_config(topic) == {"retention.ms": "3600000"}
        assert serving.metric("hookferry_topic_replication_factor", topic=topic) == 1
        assert serving.metric("hookferry_topic_min_insync_replicas", topic=topic) == 1


def test_topics_that_may_not_be_made_are_said_and_waited_for(mesh, kafka):
    serving = mesh(create_topics={"enabled": False}).start(ready=False)
    serving.wait_for_readyz(503, "no-topic")
    serving.wait_for_log(serving.topic("meshqa", EVENT).replace(".", r"\."))
    assert not serving.port_open()

    kafka.create_topic(serving.topic("meshqa", EVENT))
    kafka.create_topic(serving.quarantine("meshqa"))
    serving.wait_for_readyz(200, seconds=90)
    assert serving.post_until_accepted("meshqa", meshqa()).json()["status"] == "accepted"


def test_one_missing_topic_degrades_and_leaves_the_others_alone(mesh, kafka):
    assert mesh().start().stop() == 0
    serving = mesh(create_topics={"enabled": False})
    kafka.delete_topic(serving.quarantine("meshqa"))
    serving.start()
    serving.wait_for_readyz(200, "no-topic")
    assert serving.post("meshqa", meshqa()).json()["status"] == "accepted"
    unknown = b'{"event":"validation.undone"}'
    refused = serving.post("meshqa", unknown)
    assert refused.status == 503 and "retry-after" in refused.headers

    kafka.create_topic(serving.quarantine("meshqa"))
    serving.post_until_accepted("meshqa", unknown, seconds=90)
    assert only_record(kafka, serving.quarantine("meshqa")).value == unknown


def test_no_rights_are_said_and_healed_by_giving_them(logged_in, kafka):
    serving = logged_in("stranger", SASL_USERS["stranger"]).start(ready=False)
    serving.wait_for_readyz(503, "not-authorized")
    serving.wait_for_log("(?i)not.authori[sz]ed|authori[sz]ation")
    assert not serving.port_open()

    kafka.allow("stranger", serving.prefix)
    serving.wait_for_readyz(200, seconds=90)
    assert serving.post_until_accepted("meshqa", meshqa()).json()["status"] == "accepted"
    assert SASL_USERS["stranger"] not in serving.log()


def test_the_rights_that_the_chart_gives_are_enough(logged_in, kafka):
    """strimzi.user of helm/hookferry: on topics alone, with what makes them and reads them back."""
    serving = logged_in("stranger", SASL_USERS["stranger"])
    kafka.allow("stranger", serving.prefix, ("Describe", "DescribeConfigs", "Write", "Read", "Create"))
    serving.start()
    assert serving.post("meshqa", meshqa()).json()["status"] == "accepted"
    serving.wait_for_readyz(200, '"degraded":[]')
    assert serving.metric("hookferry_dedupe_tail_up") == 1


def test_a_missing_right_to_write_is_said_once_it_shows_and_healed_by_giving_it(logged_in, kafka):
    serving = logged_in("stranger", SASL_USERS["stranger"])
    kafka.allow("stranger", serving.prefix, ("Create", "Describe", "DescribeConfigs"))
    serving.start()
    answer = serving.post("meshqa", meshqa())
    assert answer.status == 503
    serving.wait_for_readyz(200, "not-authorized")
    serving.wait_for_log("lacks the right WRITE")

    kafka.allow("stranger", serving.prefix)
    assert serving.post_until_accepted("meshqa", meshqa()).json()["status"] == "accepted"
    serving.wait_for_readyz(200, '"degraded":[]')


def test_a_wrong_password_is_said_without_it(logged_in):
    serving = logged_in("writer", "not-the-password").start(ready=False)
    serving.wait_for_log("(?i)authentication failed|invalid username or password")
    serving.wait_for_readyz(503)
    assert not serving.port_open()
    assert "not-the-password" not in serving.log()


def test_properties_of_the_command_line_reach_the_client(bridge, kafka, prefix):
    kafka.allow("writer", prefix)
    properties = login("writer", SASL_USERS["writer"])
    arguments = [part for name, value in properties.items() for part in ("-X", f"{name}={value}")]
    serving = bridge(sources=("glossi",), kafka_address=kafka.sasl_address, arguments=tuple(arguments)).start()
    answer = serving.post("glossi", glossi())
    assert answer.status == 200
    assert ids(kafka, serving.topic("glossi", "job.complete")) == [answer.json()["id"]]


def test_a_record_that_its_topic_cannot_take_is_quarantined(mesh, kafka):
    assert mesh().start().stop() == 0
    serving = mesh()
    topic = serving.topic("meshqa", EVENT)
    kafka.set_topic_config(topic, max_message_bytes=2000)
    serving.start()
    serving.wait_for_log("max.message.bytes")

    large = meshqa(grade="x" * 3000)
    answer = serving.post("meshqa", large)
    assert (answer.status, answer.json()) == (200, {"status": "quarantined", "reason": "too_large"})
    record = only_record(kafka, serving.quarantine("meshqa"))
    assert (record.value, record.header("hookferry-reason")) == (large, "too_large")
    small = serving.post("meshqa", meshqa())
    assert ids(kafka, topic) == [small.json()["id"]]


def test_a_limit_made_smaller_while_serving_loses_nothing(mesh, kafka):
    serving = mesh().start()
    kafka.set_topic_config(serving.topic("meshqa", EVENT), max_message_bytes=2000)
    large = meshqa(grade="x" * 3000)
    answer = serving.post("meshqa", large)
    # Kafka refuses the record; by then the bridge may or may not know of the new limit.
    assert answer.status == 503 or answer.json() == {"status": "quarantined", "reason": "too_large"}, answer
    small = serving.post_until_accepted("meshqa", meshqa())
    assert ids(kafka, serving.topic("meshqa", EVENT)) == [small.json()["id"]]


@pytest.mark.parametrize("level, status", [("warn", 200), ("require", 503)])
def test_a_durability_below_the_minimum_is_said(mesh, level, status):
    serving = mesh(min_durability=level).start(ready=False)
    serving.wait_for_readyz(status, "min_durability")
    serving.wait_for_log("min_durability")
    assert serving.port_open() == (status == 200)


REFUSED = {
    "acks": "1",
    "enable.idempotence": "false",
    "message.timeout.ms": "5000",
    "partitioner": "random",
    "no.such.property": "1",
    "socket.timeout.ms": "soon",
}


@pytest.mark.parametrize("name", REFUSED)
def test_properties_that_the_promises_rest_on_are_refused(mesh, name):
    value = REFUSED[name]
    from_file = hookferry("check", mesh(properties={name: value}).config_file)
    assert from_file.returncode == 1 and name in from_file.stderr + from_file.stdout, from_file
    flag = hookferry("serve", "--kafka", "127.0.0.1:9", "--listen", "127.0.0.1:0", "-X", f"{name}={value}")
    assert flag.returncode == 1 and name in flag.stderr, flag


def test_without_a_file_topics_have_six_partitions(bridge, kafka):
    """Both presets by the environment alone; the topics' names are then the presets' own."""
    serving = bridge().start_without_file(kafka.address)
    fixture = fixtures()[0]
    assert kafka.partitions(fixture.topic) == 6
    answer = serving.post("glossi", glossi("model.processed", modelId=unique("model")))
    assert answer.json()["status"] == "accepted"
    assert ids(kafka, fixture.topic) == [answer.json()["id"]]
