#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "senders/explain_parts.h"
#include "senders/headers.h"
#include "senders/json_tree.h"

namespace hookferry::senders {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\r\n\v\f";
constexpr std::string_view raw_bytes =
    "Pass on the bytes as they came: express.raw() in Express, request.get_data() in Flask, await request.body() in "
    "FastAPI, php://input in PHP; no JSON middleware on the way.";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return out.append(text);
}

std::string_view without_end(std::string_view text, std::string_view characters) {
  return text.substr(0, text.find_last_not_of(characters) + 1);
}

class Variants {
 public:
  explicit Variants(std::string_view body) { out_.push_back({std::string(body), {}}); }

  void add(std::string bytes, std::string_view cause, std::string what, std::string_view remedy) {
    if (std::ranges::any_of(out_, [&](const BodyVariant& known) { return known.bytes == bytes; })) return;
    out_.push_back({std::move(bytes), {Finding{cause, std::move(what), std::string(remedy)}}});
  }
  std::vector<BodyVariant> take() { return std::move(out_); }

 private:
  std::vector<BodyVariant> out_;
};

void add_line_breaks(std::string_view body, Variants& variants) {
  const std::string_view removed =
      "Save and send the bytes as they are: printf instead of echo, curl --data-binary "
      "instead of -d; an editor adds a line break when it saves.";
  const auto say = [&](std::string_view signed_bytes) {
    return cat("The body ends in white space that was not signed: it has ", body.size(),
               " bytes, and the signature is of ", signed_bytes.size(), ".");
  };
  std::string_view shorter = body;
  if (shorter.ends_with('\n')) {
    shorter.remove_suffix(1);
    variants.add(std::string(shorter), "trailing newline added", say(shorter), removed);
    shorter = shorter.ends_with('\r') ? shorter.substr(0, shorter.size() - 1) : shorter;
    variants.add(std::string(shorter), "trailing newline added", say(shorter), removed);
  }
  const std::string_view bare = without_end(body, blanks);
  variants.add(std::string(bare), "trailing newline added", say(bare), removed);
  for (const std::string_view ending : {"\n", "\r\n"}) {
    variants.add(cat(body, ending), "trailing newline removed",
                 cat("The signature is of a body that ends in a line break (", ending.size() == 1 ? "LF" : "CR LF",
                     "), and this one does not."),
                 "Keep the bytes as they are: curl -d and $(…) of a shell drop line breaks (curl --data-binary does "
                 "not), and so do text fields of tools.");
  }
}

void add_white_space(std::string_view body, Variants& variants) {
  constexpr std::string_view text_mode =
      "Transfer and save the body as binary: something treats it as text (an editor, git's autocrlf, FTP).";
  variants.add(replaced(body, "\r\n", "\n"), "line breaks changed",
               "The body has CR LF as line breaks, and LF was signed.", text_mode);
  variants.add(replaced(replaced(body, "\r\n", "\n"), "\n", "\r\n"), "line breaks changed",
               "The body has LF as line breaks, and CR LF was signed.", text_mode);
  if (body.starts_with(byte_order_mark)) {
    variants.add(std::string(body.substr(byte_order_mark.size())), "byte-order mark added",
                 "The body begins with a byte-order mark (EF BB BF) that was not signed.",
                 "Save it as UTF-8 without BOM (an editor on Windows adds it).");
  } else {
    variants.add(cat(byte_order_mark, body), "byte-order mark removed",
                 "A byte-order mark (EF BB BF) was signed before the body, and is not there.",
                 "Keep the bytes as they came: a decoder (utf-8-sig) removes it.");
  }
  const std::size_t begin = body.find_first_not_of(blanks);
  if (begin != std::string_view::npos) {
    variants.add(std::string(without_end(body.substr(begin), blanks)), "white space around the body",
                 "The body has white space before it that was not signed.", "Save and send the bytes as they are.");
  }
}

void add_wrappings(std::string_view body, Variants& variants) {
  const std::size_t line = body.find("\r\n\r\n");
  if (line != std::string_view::npos && body.substr(0, body.find("\r\n")).find(" HTTP/1.") != std::string_view::npos) {
    variants.add(std::string(body.substr(line + 4)), "head in the body's file",
                 "The file has the request's head before the body.",
                 "Give as --body what follows the first empty line alone.");
  }
  const auto tree = body.starts_with('"') ? parse_json(body) : std::nullopt;
  if (const auto inner = tree ? tree->string() : std::nullopt) {
    variants.add(*inner, "body inside a JSON string", "The body is a JSON string that has the signed body in it.",
                 "Take the body out of the string (jq -j .): a log or a tool has wrapped it.");
  }
  if (!body.empty()) {
    variants.add({}, "an empty body was signed", "The signature is of an empty body, and this one is not empty.",
                 "Whoever signs read the body before it was there, or after something else had consumed it.");
  }
}

struct Writer {
  std::string_view name;
  JsonStyle style;
};

/// Who writes JSON how: each of them as it comes, with its members sorted, and with its escapes.
constexpr std::array<Writer, 6> writers{{
    {"compactly (as JSON.stringify does)", {.escapes = JsonStyle::Escapes::as_written}},
    {"with a blank after ',' and ':' (as Python's json.dumps does)", {.blanks = true}},
    {"indented by 2", {.blanks = true, .indent = 2}},
    {"indented by 4", {.blanks = true, .indent = 4}},
    {"indented by 3", {.blanks = true, .indent = 3}},
    {"indented by 1", {.blanks = true, .indent = 1}},
}};

std::string_view escapes_of(JsonStyle::Escapes escapes) {
  switch (escapes) {
    case JsonStyle::Escapes::plain:
      return ", characters beyond ASCII as they are";
    case JsonStyle::Escapes::ascii:
      return ", characters beyond ASCII as \\uXXXX";
    case JsonStyle::Escapes::slashes:
      return ", characters beyond ASCII as \\uXXXX and '/' as '\\/' (as PHP's json_encode does)";
    case JsonStyle::Escapes::as_written:
      break;
  }
  return {};
}

void add_renderings(std::string_view body, Variants& variants) {
  const auto tree = parse_json(body);
  if (!tree || (tree->kind != JsonNode::Kind::object && tree->kind != JsonNode::Kind::array)) return;
  using Escapes = JsonStyle::Escapes;
  for (const bool sorted : {false, true}) {
    for (const Escapes escapes : {Escapes::as_written, Escapes::plain, Escapes::ascii, Escapes::slashes}) {
      for (const Writer& writer : writers) {
        JsonStyle style = writer.style;
        style.sorted = sorted;
        style.escapes = escapes;
        variants.add(render_json(*tree, style), "re-serialised body",
                     cat("The body was parsed and written again: the same JSON was signed written ", writer.name,
                         escapes_of(escapes), sorted ? ", members sorted by name" : "", "."),
                     raw_bytes);
      }
    }
  }
}

std::optional<std::size_t> announced_size(std::span<const HeaderView> headers) {
  const std::string_view text = find_header(headers, "Content-Length").value;
  std::size_t size = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

}  // namespace

std::vector<BodyVariant> body_variants(std::string_view body) {
  Variants variants(body);
  add_line_breaks(body, variants);
  add_white_space(body, variants);
  add_wrappings(body, variants);
  add_renderings(body, variants);
  return variants.take();
}

std::vector<Finding> odd_body(std::span<const HeaderView> headers, std::string_view body) {
  if (body.empty()) {
    return {{"empty body", "The body has no bytes.",
             "Look at how it was captured: a framework that has read the body already leaves nothing of it."}};
  }
  std::vector<Finding> findings;
  if (const auto size = announced_size(headers); size && *size != body.size()) {
    findings.push_back({*size > body.size() ? "truncated body" : "lengthened body",
                        cat("Content-Length says ", *size, " bytes, and the body has ", body.size(), "."),
                        "Capture all of the body, and nothing else: hookferry verify --listen does."});
  }
  if (body.starts_with("\x1f\x8b")) {
    findings.push_back({"compressed body", "The body is compressed (gzip).",
                        "The sender signs what it had before: take the compression off on the way."});
  } else if (!parse_json(body)) {
    findings.push_back({"not JSON", "The body is not JSON: it may be cut off, or not be the body.",
                        "Capture the bytes as they came: hookferry verify --listen does."});
  } else if (without_end(body, blanks) != render_json(*parse_json(body), {})) {
    findings.push_back({"perhaps a re-serialised body",
                        "The body is JSON that is not written compactly, as the sender writes it: it may have been "
                        "parsed and written again.",
                        std::string(raw_bytes)});
  }
  return findings;
}

}  // namespace hookferry::senders
