import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Prints one line per event: type, source, subject, id. Records come at least once; each event is printed once. */
public final class Consume {
  /** Ids; across restarts they belong where the results are, as a unique key. */
  private static final int REMEMBERED = 100_000;

  public static void main(String[] arguments) {
    Map<String, Object> config = Map.of(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, setting("KAFKA_BROKERS", "localhost:9092"),
        ConsumerConfig.GROUP_ID_CONFIG, setting("KAFKA_GROUP", "example-java"),
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    Pattern topics = Pattern.compile(setting("KAFKA_TOPICS", "^(glossi|meshqa)\\..*")); // not the quarantine topics
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Set<String> seen = rememberedIds();
    try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new CloudEventDeserializer())) {
      consumer.subscribe(topics);
      while (true) {
        // A poll commits what those before have returned, all of which is dealt with by then.
        for (ConsumerRecord<String, CloudEvent> record : consumer.poll(Duration.ofSeconds(1))) {
          CloudEvent event = record.value();
          if (!seen.add(event.getId())) continue;
          String subject = Objects.requireNonNullElse(event.getSubject(), "-");
          out.println(String.join("\t", event.getType(), event.getSource().toString(), subject, event.getId()));
        }
      }
    }
  }

  private static Set<String> rememberedIds() {
    return Collections.newSetFromMap(new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
        return size() > REMEMBERED;
      }
    });
  }

  private static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }
}
