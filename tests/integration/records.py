"""What a consumer makes of a record, read with the CloudEvents SDK."""

import json
import re

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event

from harness.kafka import Kafka, Record
from harness.webhooks import event_id  # noqa: F401  for the tests


def cloud_event(record: Record) -> BaseCloudEvent:
    """The event as the SDK reads it, which refuses what is not valid; headers and body say the same."""
    assert record.header("content-type") == "application/cloudevents+json; charset=UTF-8"
    headers = {name: value.encode() for name, value in record.headers}
    event = from_structured_event(KafkaMessage(headers, record.key, record.value))
    assert event.get_specversion() == "1.0"
    assert event.get_datacontenttype() == "application/json"
    assert record.header("ce_id") == event.get_id()
    assert record.header("ce_type") == event.get_type()
    assert record.header("ce_source") == event.get_source()
    return event


def attributes(record: Record) -> dict:
    """The members of the envelope beside the data, as JSON has them."""
    return {name: value for name, value in json.loads(record.value).items() if name != "data"}


def only_record(kafka: Kafka, topic: str) -> Record:
    records = kafka.read(topic)
    assert len(records) == 1, f"{topic} has {len(records)} records: {records}"
    return records[0]


def ids(kafka: Kafka, topic: str) -> list[str]:
    """The CloudEvents id of each record of the topic."""
    found = [record.header("ce_id") for record in kafka.read(topic)]
    assert all(re.fullmatch("[0-9a-f]{32}", name or "") for name in found), found
    return found
