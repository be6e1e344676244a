"""Prints one line per event: type, source, subject, id. Records come at least once; each event is printed once."""

import os
from collections import OrderedDict

from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event
from confluent_kafka import Consumer, KafkaException

REMEMBERED = 100_000  # ids; across restarts they belong where the results are, as a unique key


def main() -> None:
    consumer = Consumer({
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        "group.id": os.environ.get("KAFKA_GROUP", "example-python"),
        "auto.offset.reset": "earliest",
        "enable.auto.offset.store": False,  # done below, once an event is dealt with
    })
    consumer.subscribe([os.environ.get("KAFKA_TOPICS", r"^(glossi|meshqa)\..*")])  # the quarantine topics do not match
    seen = OrderedDict()
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            # Not from_kafka_event: it takes the ce_ headers, which are there for filtering, for binary mode.
            event = from_structured_event(KafkaMessage(dict(message.headers()), message.key(), message.value()))
            if event.get_id() not in seen:
                print(event.get_type(), event.get_source(), event.get_subject() or "-", event.get_id(), sep="\t", flush=True)
                seen[event.get_id()] = True
                if len(seen) > REMEMBERED:
                    seen.popitem(last=False)
            consumer.store_offsets(message)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


main()
