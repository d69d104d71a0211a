#include "runtime/config/read_http_body.hpp"

#include <algorithm>
#include <array>

#include "runtime/config/xml_template.hpp"

namespace sluice::config {
namespace {

bool is_rows(const json_value& value) { return is_template_alone(value.raw(), "rows"); }

/// The mapped row, or the key: all of its fields.
bool is_whole_row(const json_value& value) {
  return is_template_alone(value.raw(), "row") || is_template_alone(value.raw(), "key");
}

void check_lines(const json_value& body) {
  const auto check = [](const auto& self, const json_value& value, bool is_line) -> void {
    if (!is_line && is_rows(value))
      value.complain("has {{rows}} inside a line",
                     "in NDJSON each item is a line: \"{{rows}}\" is the body, or an element of a "
                     "body that is an array");
    if (value.raw().is_object())
      for (const auto& [name, member] : value.members()) self(self, member, false);
    if (value.raw().is_array() && !value.raw().empty())
      for (const auto& element : value.elements("")) self(self, element, false);
  };
  if (!body.raw().is_array()) return check(check, body, true);
  for (const auto& line : body.elements(R"([{"source": "crm"}, "{{rows}}"])"))
    check(check, line, true);
}

/// One part of a multipart body that is an object.
void check_part(const json_value& value) {
  section part(value);
  const auto filename = part.member("filename");
  const auto type = part.member("type");
  const auto format = part.member("format");
  const auto body = part.required("body", "say what the part holds");
  static_cast<void>(filename.as_text());
  static_cast<void>(type.as_text());
  for (const auto& line : {filename, type})
    if (line.present() && line.raw().is_string() &&
        line.raw().get_ref<const std::string&>().find_first_of("\r\n") != std::string::npos)
      line.complain("holds a line break", "it stands in a header, which is one line");
  const auto is = read_body_format(format, body_format::json);
  if (!body.present()) return;
  if (is == body_format::form || is == body_format::multipart)
    return format.complain(format.quoted() + " cannot stand in a part",
                           R"(one of "json", "ndjson", "csv" and "xml")");
  if ((is == body_format::csv || is == body_format::ndjson) && !is_rows(body))
    return body.complain("is not \"{{rows}}\"", "a part in this format holds the rows");
  check_body(body, is);
}

/// Pairs of a form, or parts of a multipart body.
void check_pairs(const json_value& pairs, body_format format) {
  if (is_whole_row(pairs)) return;
  if (!pairs.raw().is_object())
    return pairs.complain(
        "is no object: name ← value",
        R"(for example {"email": "{{row.email}}"}, "{{row}}" for all fields, or a )"
        "list of both");
  for (const auto& [name, value] : pairs.members()) {
    if (value.raw().is_null())
      value.complain("is null, which a form cannot say", "remove it, or write \"\"");
    if (format != body_format::multipart) continue;
    if (value.raw().is_array())
      value.complain("is an array", R"(a part is a text, or {"format": "json", "body": […]})");
    if (value.raw().is_object()) check_part(value);
  }
}

void check_columns(const json_value& columns) {
  if (is_whole_row(columns)) return;
  if (!columns.raw().is_object() || columns.raw().empty())
    return columns.complain(
        "is no object: column ← value",
        R"(for example {"Email": "{{row.email}}"}, or "{{row}}" for all fields)");
  for (const auto& [name, value] : columns.members())
    if (is_rows(value))
      value.complain("has {{rows}} in a cell", "in CSV items are lines: \"{{rows}}\" is the body");
}

void check_xml(const json_value& value, xml_extent extent) {
  if (!value.raw().is_string())
    return value.complain("is no text", R"(XML is written as it is sent: "<id>{{key.id}}</id>")");
  const auto parsed = parse_xml_template(value.raw().get_ref<const std::string&>(), extent);
  if (!parsed.malformed.empty())
    return value.complain(parsed.malformed,
                          R"(for example "<p id=\"{{key.id}}\">{{row.name}}</p>")");
  for (const auto& piece : parsed.pieces)
    if (piece.of_attribute && piece.written.find("{{rows}}") != std::string::npos)
      value.complain("has {{rows}} in the attribute \"" + piece.owner + "\"",
                     "items are elements, and stand between tags");
}

}  // namespace

void check_body(const json_value& body, body_format format) {
  switch (format) {
    case body_format::json:
      return;
    case body_format::ndjson:
      return check_lines(body);
    case body_format::form:
    case body_format::multipart:
      if (!body.raw().is_array()) return check_pairs(body, format);
      for (const auto& pairs : body.elements(R"(["{{row}}", {"list": "7"}])"))
        check_pairs(pairs, format);
      return;
    case body_format::csv:
      if (!is_rows(body)) check_columns(body);
      return;
    case body_format::xml:
      return check_xml(body, xml_extent::document);
  }
}

void check_item(const json_value& item, body_format format) {
  if (format == body_format::csv) check_columns(item);
  if (format == body_format::xml) check_xml(item, xml_extent::content);
}

void read_csv_layout(const json_value& value, csv_layout& out) {
  section csv(value);
  const auto delimiter = csv.member("delimiter");
  static constexpr std::array<std::string_view, 4> delimiters{",", ";", "\t", "|"};
  if (const auto which = delimiter.as_one_of(delimiters)) out.delimiter = delimiters[*which][0];
  out.header = csv.member("header").as_boolean().value_or(out.header);
  out.crlf =
      csv.member("line_end").as_word<bool>({{"crlf", true}, {"lf", false}}).value_or(out.crlf);
}

body_format read_body_format(const json_value& format, body_format otherwise) {
  return format
      .as_word<body_format>({{"json", body_format::json},
                             {"ndjson", body_format::ndjson},
                             {"form", body_format::form},
                             {"multipart", body_format::multipart},
                             {"csv", body_format::csv},
                             {"xml", body_format::xml}})
      .value_or(otherwise);
}

}  // namespace sluice::config
