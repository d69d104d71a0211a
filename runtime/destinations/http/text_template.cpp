#include "runtime/destinations/http/text_template.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/config/field_path.hpp"
#include "runtime/config/json_document.hpp"
#include "runtime/config/references.hpp"
#include "runtime/http/percent_encoding.hpp"
#include "runtime/http/reference_value.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/log/secret_name.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::destinations {
namespace {

using name = config::template_variable::name;
using escape = text_template::escape;
using nlohmann::ordered_json;

/// `text` with its references replaced. `before`: the part of an address in front of it.
std::string resolved(const std::string& text, const text_template::context& c,
                     http::reference_place at, std::string_view before) {
  std::string out;
  for (const auto& piece : config::parse_references(text).pieces) {
    if (c.refer == text_template::references::as_written) {
      out += config::to_text(piece);
      continue;
    }
    if (piece.what == config::text_piece::kind::literal) {
      out += piece.text;
      continue;
    }
    auto here = at;
    std::string setting;
    if (at.in == http::reference_place::kind::server) {
      const auto address = std::string(before) + out;
      const auto query = address.find('?');
      here.in = query != std::string::npos              ? http::reference_place::kind::query
                : log::path_of_address(address).empty() ? http::reference_place::kind::server
                                                        : http::reference_place::kind::path;
      setting = address.substr(address.find_last_of("?&") + 1);
      setting = setting.substr(0, setting.find('='));
      here.name = query == std::string::npos ? std::string_view() : setting;
    }
    out += http::reference_value(piece, here, c.directory);
  }
  return out;
}

}  // namespace

std::size_t position_of(const config::template_variable& variable, const row_schema& schema) {
  const auto& fields = variable.what == name::row ? schema.fields : schema.keys;
  const auto found = std::ranges::find(fields, variable.path, &field::path);
  if (found != fields.end()) return static_cast<std::size_t>(found - fields.begin());
  std::string known;
  for (const auto& f : fields)
    known += (known.empty() ? "" : ", ") + config::field_path_text(f.path);
  throw failure(
      errc::invalid_config, "lay out request", to_text(variable),
      variable.what == name::row ? "the mapping has no such field" : "the key has no such column",
      "there are: " + known);
}

std::string plain_text(const value_view& value) {
  std::string scratch;
  return std::string(values::text_of(value, scratch));
}

namespace {

void append_json_text(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  out.append(quoted, 1, quoted.size() - 2);
}

void append_escaped(std::string& out, const value_view& value, bool as_string, escape as) {
  switch (as) {
    case escape::json_value:
      if (as_string) return append_json_string(out, plain_text(value));
      return append_json_value(out, value);
    case escape::json_text:
      return append_json_text(out, plain_text(value));
    case escape::header:
      out += plain_text(value);
      return;
    case escape::url_path:
    case escape::url_query:
      return http::append_percent_encoded(out, plain_text(value));
  }
}

/// Whether the value takes at most `room` bytes in its slot.
bool fits(const value_view& value, escape as, std::size_t room) {
  const auto bytes = value.bytes.size();
  const bool is_binary = value.kind == value_kind::binary;
  switch (as) {
    case escape::json_value:
    case escape::json_text:
      return fits_as_json(value, room);
    case escape::header:
      return is_binary ? bytes <= room / 2 : bytes <= room;  // written as base64
    case escape::url_path:
    case escape::url_query:
      if (bytes < room / 4) return true;
      return !is_binary && bytes <= room && http::percent_encoded_bytes(value.bytes) <= room;
  }
  return false;
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

void text_template::add_literal(std::string_view text) {
  if (segments_.empty() || segments_.back().variable) segments_.emplace_back();
  segments_.back().literal += text;
}

void text_template::add_variable(const config::template_variable& variable, escape as,
                                 const context& c) {
  if (variable.what == name::connection || variable.what == name::run) {
    const std::string_view text = variable.what == name::run ? std::string_view(c.run.run)
                                                             : std::string_view(c.run.connection);
    std::string escaped;
    values::chain functions(variable.apply);
    const auto made = functions.apply({value_kind::text, text});
    if (!made)
      throw failure(errc::invalid_config, "lay out request", to_text(variable), functions.problem(),
                    "remove the function");
    append_escaped(escaped, *made, made->kind == value_kind::text || variable.as_string, as);
    return add_literal(escaped);
  }
  add_literal("");
  auto& here = segments_.back();
  here.variable = variable;
  here.as = as;
  if (!variable.apply.empty()) here.apply = std::make_shared<values::chain>(variable.apply);
  if (variable.of_row() && !variable.path.empty()) here.value = position_of(variable, c.run.schema);
}

void text_template::add_text(const config::http_template& text, form where, const context& c,
                             std::string_view member) {
  using kind = http::reference_place::kind;
  const auto place = where == form::header ? http::reference_place{kind::header, c.header}
                     : where == form::url  ? http::reference_place{kind::server}
                                           : http::reference_place{kind::json, member};
  std::string address;
  for (const auto& piece : text.pieces) {
    const auto literal = resolved(piece.literal, c, place, address);
    address += literal;
    const bool in_query = address.find('?') != std::string::npos;
    if (where == form::json) {
      std::string escaped;
      append_json_text(escaped, literal);
      add_literal(escaped);
    } else {
      add_literal(literal);
    }
    if (!piece.variable) continue;
    add_variable(*piece.variable,
                 where == form::json     ? escape::json_text
                 : where == form::header ? escape::header
                 : in_query              ? escape::url_query
                                         : escape::url_path,
                 c);
  }
}

text_template::text_template(const std::string& written, form where, const context& c) {
  add_text(config::parse_http_template(written).value, where, c);
}

text_template text_template::of_json(const std::string& document, const context& c) {
  text_template out;
  // Recursion is bounded by config::limits::depth.
  const auto add = [&](const auto& self, const ordered_json& value, std::string_view name) -> void {
    if (value.is_string()) {
      const auto text = config::parse_http_template(value.get_ref<const std::string&>()).value;
      if (text.stands_alone()) {
        out.add_variable(*text.pieces.front().variable, escape::json_value, c);
      } else {
        out.add_literal("\"");
        out.add_text(text, form::json, c, name);
        out.add_literal("\"");
      }
    } else if (value.is_object()) {
      const char* before = "{";
      for (const auto& [key, member] : value.items()) {
        std::string quoted = before;
        append_json_string(quoted, key);
        out.add_literal(quoted + ":");
        self(self, member, key);
        before = ",";
      }
      out.add_literal(value.empty() ? "{}" : "}");
    } else if (value.is_array()) {
      const char* before = "[";
      for (const auto& element : value) {
        out.add_literal(before);
        self(self, element, name);
        before = ",";
      }
      out.add_literal(value.empty() ? "[]" : "]");
    } else {
      out.add_literal(value.dump());
    }
  };
  add(add, config::parse_dumped(document), {});
  return out;
}

std::optional<std::string> text_template::append(std::string& out, const template_row& row,
                                                 std::string_view rows,
                                                 object_renderers& render) const {
  std::string problem;
  const auto most = std::numeric_limits<std::size_t>::max();
  if (append_within(out, row, rows, render, most, problem) == fit::yes) return std::nullopt;
  return problem;
}

text_template::fit text_template::append_within(std::string& out, const template_row& row,
                                                std::string_view rows, object_renderers& render,
                                                std::size_t most, std::string& problem) const {
  for (const auto& s : segments_) {
    out += s.literal;
    if (out.size() > most) return fit::too_long;
    if (!s.variable) continue;
    const auto& variable = *s.variable;
    if (variable.what == name::rows) {
      if (rows.size() > room_behind(out, most)) return fit::too_long;
      out += rows;
      continue;
    }
    if (variable.of_row() && variable.path.empty()) {
      const bool of_key = variable.what == name::key;
      if (!(of_key ? render.key : render.row).append_within(out, of_key ? row.key : row.row, most))
        return fit::too_long;
      continue;
    }
    std::string number;
    auto value = value_of(s, row, number);
    if (s.apply != nullptr) {
      const auto made = s.apply->apply(value);
      if (!made) {
        problem = to_text(variable) + ": " + s.apply->problem();
        return fit::refused;
      }
      value = *made;
    }
    if (auto why = misfit(s, value); !why.empty()) {
      problem = to_text(variable) + why;
      return fit::refused;
    }
    if (!fits(value, s.as, room_behind(out, most))) return fit::too_long;
    append_escaped(out, value, variable.as_string, s.as);
  }
  return out.size() <= most ? fit::yes : fit::too_long;
}

value_view text_template::value_of(const segment& s, const template_row& row, std::string& number) {
  switch (s.variable->what) {
    case name::row:
      return row.row_values[s.value];
    case name::key:
      return row.key_values[s.value];
    case name::op:
      return {value_kind::text, row.op};
    case name::index:
      number = std::to_string(row.index);
      return {value_kind::integer, number};
    case name::id:
      return {value_kind::text, row.id};
    case name::rows:
    case name::connection:
    case name::run:
      break;  // are literals, or no values
  }
  return {value_kind::text, {}};
}

std::string text_template::misfit(const segment& s, const value_view& value) {
  if (s.as == escape::header && has_line_break(value.bytes))
    return " has a line break, and stands in a header";
  // "." and ".." survive encoding, and servers take them for steps through the path.
  if (s.as == escape::url_path &&
      (value.bytes.empty() || value.bytes == "." || value.bytes == ".."))
    return " is \"" + std::string(value.bytes) + "\", which would make it another address";
  return {};
}

bool text_template::names(name what) const {
  return std::ranges::any_of(
      segments_, [&](const segment& s) { return s.variable && s.variable->what == what; });
}

bool text_template::names_values() const {
  return std::ranges::any_of(segments_, [](const segment& s) {
    return s.variable && s.variable->of_row() && !s.variable->path.empty();
  });
}

bool text_template::literals_have_line_break() const {
  return std::ranges::any_of(segments_, [](const segment& s) { return has_line_break(s.literal); });
}

std::string_view text_template::leading_literal() const {
  return segments_.empty() ? std::string_view() : segments_.front().literal;
}

}  // namespace sluice::destinations
