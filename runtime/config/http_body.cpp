#include "runtime/config/http_body.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/config/http_template.hpp"

namespace sluice::config {
namespace {

using nlohmann::ordered_json;

struct known_format {
  body_format format;
  std::string_view word;
  std::string_view type;
};

constexpr std::array<known_format, 6> formats{{
    {body_format::json, "json", "application/json"},
    {body_format::ndjson, "ndjson", "application/x-ndjson"},
    {body_format::form, "form", "application/x-www-form-urlencoded"},
    {body_format::multipart, "multipart", "multipart/form-data"},
    {body_format::csv, "csv", "text/csv"},
    {body_format::xml, "xml", "application/xml"},
}};

const known_format& known(body_format x) {
  return *std::ranges::find(formats, x, &known_format::format);
}

bool names_rows(const ordered_json& value) {
  if (value.is_string()) {
    const auto parsed = parse_http_template(value.get_ref<const std::string&>());
    return std::ranges::any_of(parsed.value.pieces, [](const http_template::piece& piece) {
      return piece.variable && piece.variable->what == template_variable::name::rows;
    });
  }
  return value.is_structured() && std::ranges::any_of(value, names_rows);
}

}  // namespace

std::string_view to_string(body_format x) { return known(x).word; }

std::optional<body_format> body_format_of(std::string_view word) {
  const auto* const found = std::ranges::find(formats, word, &known_format::word);
  return found == formats.end() ? std::nullopt : std::optional(found->format);
}

std::string_view content_type_of(body_format x) { return known(x).type; }

bool is_template_alone(const ordered_json& value, std::string_view name) {
  if (!value.is_string()) return false;
  const auto parsed = parse_http_template(value.get_ref<const std::string&>());
  return parsed.malformed.empty() && parsed.value.stands_alone() &&
         to_text(*parsed.value.pieces.front().variable) == "{{" + std::string(name) + "}}";
}

body_part body_part_of(const ordered_json& value) {
  body_part out;
  out.filename = value.value("filename", std::string());
  out.type = value.value("type", std::string());
  out.format = body_format_of(value.value("format", std::string("json"))).value_or(out.format);
  if (const auto body = value.find("body"); body != value.end()) out.body = *body;
  return out;
}

body_format format_of_items(body_format format, const ordered_json& body) {
  if (format == body_format::form) return body_format::json;
  if (format != body_format::multipart) return format;
  const auto of_parts = [&](const ordered_json& parts) -> std::optional<body_format> {
    if (!parts.is_object()) return std::nullopt;
    for (const auto& [name, part] : parts.items())
      if (part.is_object() && part.contains("body") && names_rows(part["body"]))
        return body_part_of(part).format;
    return std::nullopt;
  };
  if (!body.is_array()) return of_parts(body).value_or(body_format::json);
  for (const auto& parts : body)
    if (const auto found = of_parts(parts)) return *found;
  return body_format::json;
}

}  // namespace sluice::config
