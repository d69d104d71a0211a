// Bodies of requests: their formats, and how their parts are written. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

/// How a body is written.
enum class body_format : std::uint8_t {
  json,
  ndjson,     ///< JSON documents, one on each line (application/x-ndjson)
  form,       ///< pairs of name and value (WHATWG URL, application/x-www-form-urlencoded)
  multipart,  ///< multipart/form-data (RFC 7578)
  csv,        ///< RFC 4180
  xml,        ///< XML 1.0, a text with templates
};

/// Its name in the configuration.
[[nodiscard]] std::string_view to_string(body_format x);
[[nodiscard]] std::optional<body_format> body_format_of(std::string_view word);

/// The media type that a body of this format has by itself. That of `multipart` lacks its boundary.
[[nodiscard]] std::string_view content_type_of(body_format x);

struct csv_layout {
  char delimiter = ',';
  bool header = true;  ///< the first line has the columns' names
  bool crlf = true;    ///< lines end in CR LF; otherwise in LF
  bool operator==(const csv_layout&) const = default;
};

/// The member of an object of JSON whose value, {{row}} or {{key}}, stands for its own members.
inline constexpr std::string_view spread_name = "...";

/// Whether `value` is a string that is this template and nothing else: `"{{rows}}"`.
[[nodiscard]] bool is_template_alone(const nlohmann::ordered_json& value, std::string_view name);

/// The part of a multipart body that is written as an object. A string is a text.
struct body_part {
  std::string filename;  ///< empty: the part is no file
  std::string type;      ///< empty: that of its format
  body_format format = body_format::json;
  nlohmann::ordered_json body;
};
/// REQUIRES: an object that was checked when it was read.
[[nodiscard]] body_part body_part_of(const nlohmann::ordered_json& value);

/// How items are written in a body of this format: JSON in a form; in a multipart body as the part
/// that names {{rows}}.
[[nodiscard]] body_format format_of_items(body_format format, const nlohmann::ordered_json& body);

}  // namespace sluice::config
