// docs/configuration.md, from the table.
#include "base/text.h"
#include "config/property.h"

namespace hookferry::config {
namespace {

constexpr std::string_view introduction =
    R"(<!-- Generated from src/config/properties.cc and source_properties.cc: HOOKFERRY_WRITE_DOCS=1 build/dev/config_test -->
# Configuration

The file is YAML: `hookferry serve --config FILE`. Check it before it counts: `hookferry check FILE` tells everything that is
wrong with it, each with its line and column.

- Durations are a whole number and one of `us ms s m h d`; sizes one of `B KiB MiB GiB`.
- An unknown or repeated key, another type or unit, and a value out of range are errors. So are anchors, aliases, tags, a
  second document, and quotes that do not end on their line.
- A secret is never a plain value: `{env: NAME}` takes it from the environment, `{file: PATH}` from a file, without one line
  break at its end. It is never printed.
- A running `hookferry serve` reads the file again on SIGHUP, and when its content, or that of a file that it names (a
  secret, a certificate), has changed. Sources, secrets, the files of `http.tls`, `log.level`, `log.events`, `log.addresses`,
  the name and password of a SASL login, `kafka.oauth`, and certificates for Kafka are applied at once; a new source is served
  once its topics are there. What needs a restart is named in the log and in `/readyz`. A file that is not valid changes nothing. What comes from the
  environment stays as it was at the start.
- Without a file, each sender whose secret is in the environment is a source, and everything else is as written here.

The smallest file:
```yaml
sources:
  - name: glossi
    preset: glossi
    secrets: [{env: GLOSSI_WEBHOOK_SECRET}]
```

)";

template <class Owner>
void append_property(std::string& out, std::string_view prefix, const Property<Owner>& property) {
  out += cat("### `", prefix, property.name(), "`\n", property.type());
  if (!property.allowed().empty()) out += cat(": ", property.allowed());
  if (const std::string value = property.default_text(); !value.empty()) out += cat(" · default `", value, "`");
  out += cat("\n\n", property.description(), "\n\n");
}

/// The last word of a key, indented as deep as it stands.
std::string yaml_key(const std::string& name) {
  std::string out;
  std::string_view rest = name;
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    out += "  ";
    rest.remove_prefix(dot + 1);
  }
  return cat(out, rest, ":");
}

/// Its presence alone means something.
bool is_absent_by_default(const Property<Config>& property) {
  return property.name() == "spool" || property.name().starts_with("spool.") || property.name() == "http.tls" ||
         property.name() == "kafka.oauth";
}

/// All keys that have a default, with it, as a file that could be loaded but for its sources.
std::string defaults(const Table<Config>& table) {
  std::string out;
  for (const Property<Config>& property : table) {
    if (is_absent_by_default(property)) continue;
    const std::string value = property.default_text();
    if (property.is_section()) {
      out += cat(yaml_key(property.name()), "\n");
    } else if (!value.empty()) {
      out += cat(yaml_key(property.name()), " ", value, "\n");
    }
  }
  return out;
}

}  // namespace

std::string reference() {
  const Table<Config> table = properties();
  std::string out(introduction);
  for (const Property<Config>& property : table) {
    if (property.is_section() && property.name().find('.') == std::string::npos) {
      out += cat("## ", property.name(), "\n", property.description(), "\n\n");
    } else if (property.is_section()) {
      out += cat("### `", property.name(), "`\n", property.description(), "\n\n");
    } else if (property.name() == "sources") {
      out +=
          cat("## sources\n", property.description(), " ", property.allowed(), " of them, each with these keys:\n\n");
      for (const Property<Source>& item : source_properties()) append_property(out, "sources[].", item);
    } else {
      append_property(out, {}, property);
    }
  }
  out += cat("## All defaults\n```yaml\n", defaults(table), "```\n");
  return out;
}

}  // namespace hookferry::config
