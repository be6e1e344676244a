// Prints one line per event: type, source, subject, id. Records come at least once; each event is printed once.
import { Kafka as Binding } from "cloudevents";
import { Kafka, logLevel } from "kafkajs";

const { KAFKA_BROKERS = "localhost:9092", KAFKA_GROUP = "example-node" } = process.env;
const { KAFKA_TOPICS = "^(glossi|meshqa)\\..*" } = process.env; // the quarantine topics do not match
const REMEMBERED = 100_000; // ids; across restarts they belong where the results are, as a unique key

const kafka = new Kafka({ brokers: KAFKA_BROKERS.split(","), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: KAFKA_GROUP });
const seen = new Set();

// The SDK wants texts, and kafkajs has bytes.
function eventOf(message) {
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return Binding.toEvent({ headers, key: String(message.key), value: String(message.value) });
}

await consumer.connect();
await consumer.subscribe({ topics: [new RegExp(KAFKA_TOPICS)], fromBeginning: true }); // topics that there are by now
await consumer.run({
  eachMessage: async ({ message }) => {
    const event = eventOf(message);
    if (seen.has(event.id)) return;
    console.log([event.type, event.source, event.subject ?? "-", event.id].join("\t"));
    seen.add(event.id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
  },
});
process.once("SIGINT", () => consumer.disconnect());
