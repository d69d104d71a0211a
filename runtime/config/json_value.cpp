#include "runtime/config/json_value.hpp"

#include <simdjson.h>

#include <algorithm>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "messages/utf8.hpp"
#include "runtime/config/byte_size.hpp"
#include "runtime/config/duration.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

std::string type_of(const ordered_json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_string()) return "a string";
  if (value.is_boolean()) return "a boolean";
  if (value.is_null()) return "null";
  return "a number";
}

}  // namespace

void json_value::complain(std::string message, std::string hint) const {
  context_->found.add(pointer_, std::move(message), std::move(hint));
}

void json_value::complain_type(const std::string& expected) const {
  complain("is " + type_of(*json_), "it must be " + expected);
}

std::string json_value::quoted() const {
  constexpr std::size_t longest = 60;
  auto text = raw().dump();
  if (text.size() <= longest) return text;
  return std::string(whole_characters(text, longest)) + "…";
}

bool json_value::is_object() const {
  if (present() && !json_->is_object()) complain_type("an object");
  return present() && json_->is_object();
}

json_value json_value::member(std::string_view key) const {
  const ordered_json* found = nullptr;
  if (present() && json_->is_object()) {
    if (const auto it = json_->find(key); it != json_->end()) found = &*it;
  }
  return {found, context_, child_pointer(pointer_, key)};
}

std::vector<std::pair<std::string, json_value>> json_value::members() const {
  expect(raw().is_object(), "read configuration", "an object");
  std::vector<std::pair<std::string, json_value>> out;
  for (const auto& [key, value] : raw().items())
    out.emplace_back(key, json_value(&value, context_, child_pointer(pointer_, key)));
  return out;
}

std::vector<json_value> json_value::elements(const std::string& example) const {
  std::vector<json_value> out;
  if (!present()) return out;
  if (!json_->is_array()) {
    complain_type("an array: " + example);
    return out;
  }
  if (json_->empty()) complain("is empty", "for example " + example);
  if (json_->size() > limits::elements) {
    complain("has " + std::to_string(json_->size()) + " elements",
             "it may have " + std::to_string(limits::elements));
    return out;
  }
  for (std::size_t i = 0; i < json_->size(); ++i)
    out.push_back({&(*json_)[i], context_, child_pointer(pointer_, std::to_string(i))});
  return out;
}

std::optional<std::string> json_value::as_text(
    const std::function<std::string(const std::string&)>& escape) const {
  return resolved_by([&](const text_piece& piece) {
    const bool as_it_is = !escape || piece.what == text_piece::kind::literal;
    auto value = value_of(piece, directory());
    return as_it_is ? value : escape(value);
  });
}

std::optional<std::string> json_value::resolved_by(
    const std::function<std::string(const text_piece&)>& resolve) const {
  if (!present()) return std::nullopt;
  if (!json_->is_string()) {
    complain_type("a string");
    return std::nullopt;
  }
  const auto& written = json_->get_ref<const std::string&>();
  if (written.find('\0') != std::string::npos) {
    complain("holds a zero byte", "remove the \\u0000");
    return std::nullopt;
  }
  const auto parsed = parse_references(written);
  if (!parsed.malformed.empty()) {
    complain(parsed.malformed, "write $${ for a literal ${");
    return std::nullopt;
  }
  std::string text;
  bool complete = true;
  for (const auto& piece : parsed.pieces) {
    try {
      text += resolve(piece);
    } catch (const failure& f) {  // go on: every reference without a value is reported
      complain(f.info().object + ": " + f.info().cause, f.info().hint);
      complete = false;
    }
  }
  if (!complete) return std::nullopt;
  if (text.empty()) {
    complain(written.empty() ? "is empty" : "resolves to nothing", "it must not be empty");
    return std::nullopt;
  }
  if (!simdjson::validate_utf8(text)) {
    complain("resolves to text that is not UTF-8", "references must yield UTF-8");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> json_value::as_written() const {
  const auto value = resolved_by([&](const text_piece& piece) {
    // A program that is there counts as a value: it is run when the text is used.
    const bool runs = piece.what == text_piece::kind::exec;
    return value_without_running(piece, directory()) + (runs ? to_text(piece) : "");
  });
  if (!value) return std::nullopt;
  return json_->get<std::string>();
}

std::optional<secret_string> json_value::as_secret() const {
  if (!present()) return std::nullopt;
  if (!json_->is_string()) {
    complain_type("an ODBC connection string");
    return std::nullopt;
  }
  const auto& written = json_->get_ref<const std::string&>();
  const auto* const example = "for example \"Driver=PostgreSQL Unicode;Server=…;Database=…\"";
  if (written.find_first_not_of(" \t\r\n;") == std::string::npos) {
    complain("is empty", example);
    return std::nullopt;
  }
  if (written.find('\0') != std::string::npos) {
    complain("holds a zero byte", "remove the \\u0000");
    return std::nullopt;
  }
  secret_string secret(written, directory());
  if (const auto why = secret.malformed(); !why.empty()) {
    complain(why, example);
    return std::nullopt;
  }
  is_shown_as(secret.shown());
  return secret;
}

std::optional<std::filesystem::path> json_value::as_path() const {
  const auto text = as_text();
  if (!text) return std::nullopt;
  return (directory() / *text).lexically_normal();
}

std::optional<std::filesystem::path> json_value::as_private_key() const {
  auto path = as_path();
  // A file that a reference names is checked as a secret already.
  if (path && !parse_references(json_->get_ref<const std::string&>()).has_references())
    context_->notes.private_keys.push_back(*path);
  return path;
}

void json_value::defaults_to(ordered_json otherwise) const {
  if (!present()) context_->notes.defaults.emplace_back(pointer_, std::move(otherwise));
}

void json_value::is_shown_as(ordered_json instead) const {
  context_->notes.shown.emplace_back(pointer_, std::move(instead));
}

std::optional<std::string> json_value::as_name() const {
  auto text = as_text();
  if (!text || is_name(*text)) return text;
  complain(quoted() + " cannot be a name", name_rule());
  return std::nullopt;
}

std::optional<std::uint32_t> json_value::as_number(range allowed) const {
  if (!present()) return std::nullopt;
  const auto rule =
      "a whole number from " + std::to_string(allowed.from) + " to " + std::to_string(allowed.to);
  if (!json_->is_number()) {
    complain_type(rule);
    return std::nullopt;
  }
  const bool fits = json_->is_number_unsigned() && json_->get<std::uint64_t>() >= allowed.from &&
                    json_->get<std::uint64_t>() <= allowed.to;
  if (!fits) {
    complain(quoted() + " is not allowed", "it must be " + rule);
    return std::nullopt;
  }
  return json_->get<std::uint32_t>();
}

std::optional<bool> json_value::as_boolean() const {
  if (!present()) return std::nullopt;
  if (!json_->is_boolean()) {
    complain_type("true or false");
    return std::nullopt;
  }
  return json_->get<bool>();
}

std::optional<std::chrono::milliseconds> json_value::as_duration(
    std::chrono::milliseconds from, std::chrono::milliseconds to) const {
  if (!present()) return std::nullopt;
  if (!json_->is_string()) {
    complain_type("a duration in quotes, for example \"30s\"");
    return std::nullopt;
  }
  const auto text = as_text();
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (!duration) {
    complain(quoted() + " is not a duration",
             "write a whole number and a unit: \"250ms\", \"30s\", \"15m\", \"24h\", \"7d\"");
  } else if (*duration < from || *duration > to) {
    complain(quoted() + " is not allowed",
             "it must be from " + to_text(from) + " to " + to_text(to));
    return std::nullopt;
  }
  return duration;
}

std::optional<std::uint64_t> json_value::as_bytes(std::uint64_t from, std::uint64_t to) const {
  const auto text = as_text();
  if (!text) return std::nullopt;
  const auto bytes = parse_byte_size(*text);
  if (!bytes) {
    complain(quoted() + " is not a size",
             "write a whole number and a unit: \"64kB\", \"1MB\", \"2MiB\"");
  } else if (*bytes < from || *bytes > to) {
    complain(quoted() + " is not allowed",
             "it must be from " + byte_size_text(from) + " to " + byte_size_text(to));
    return std::nullopt;
  }
  return bytes;
}

std::optional<std::size_t> json_value::as_one_of(std::span<const std::string_view> words) const {
  const auto text = as_text();
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(words, *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  complain(quoted() + " is not known", suggestion(raw().get_ref<const std::string&>(), words));
  return std::nullopt;
}

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= limits::name && text.front() != '.' &&
         std::ranges::all_of(text, allowed);
}

std::string name_rule() {
  return "a name has 1 to " + std::to_string(limits::name) +
         " letters, digits, '.', '_' or '-' and does not begin with '.', since it names a "
         "directory";
}

}  // namespace sluice::config
