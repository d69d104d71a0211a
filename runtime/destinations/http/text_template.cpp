#include "runtime/destinations/http/text_template.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/config/field_path.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::destinations {
namespace {

using name = config::template_variable::name;
using content = text_template::content;

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

/// Appends a value as JSON. REQUIRES: `as` is not `text`.
void append_json(std::string& out, const value_view& value, bool as_string, content as) {
  if (as == content::json_text) return append_json_text(out, plain_text(value));
  if (as_string) return append_json_string(out, plain_text(value));
  append_json_value(out, value);
}

/// Whether the text of the value has at most `room` bytes.
bool fits_as_text(const value_view& value, std::size_t room) {
  const bool is_binary = value.kind == value_kind::binary;  // written as base64
  return value.bytes.size() <= (is_binary ? room / 2 : room);
}

}  // namespace

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
      if (append_object(out, s, row, render, most) != fit::yes) return fit::too_long;
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
    if (const auto is = append_value(out, s, value, most, problem); is != fit::yes) {
      if (is == fit::refused) problem.insert(0, to_text(variable));
      return is;
    }
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
    case name::lookup:
    case name::known:
      return row.beside[s.value];
    case name::rows:
    case name::connection:
    case name::run:
      break;  // are literals, or no values
  }
  return {value_kind::text, {}};
}

text_template::fit text_template::append_value(std::string& out, const segment& s,
                                               const value_view& value, std::size_t most,
                                               std::string& problem) {
  const auto room = room_behind(out, most);
  const bool as_string = s.variable->as_string;
  if (s.as != content::text && s.in == carrier::plain) {
    if (!fits_as_json(value, room)) return fit::too_long;
    append_json(out, value, as_string, s.as);
    return fit::yes;
  }
  // NULL is an empty cell, "" a cell of two quotes.
  if (s.in == carrier::csv_cell && s.as == content::text && value.kind == value_kind::null)
    return fit::yes;
  std::string made;
  std::string_view text;
  if (s.as == content::text) {
    if (!fits_as_text(value, room)) return fit::too_long;
    text = values::text_of(value, made);
  } else {
    if (!fits_as_json(value, room)) return fit::too_long;
    append_json(made, value, as_string, s.as);
    text = made;
  }
  if (auto why = uncarried(text, s.in); !why.empty()) {
    problem = std::move(why);
    return fit::refused;
  }
  if (carried_bytes(text, s.in) > room) return fit::too_long;
  append_carried(out, text, s.in);
  return fit::yes;
}

text_template::fit text_template::append_object(std::string& out, const segment& s,
                                                const template_row& row, object_renderers& render,
                                                std::size_t most) {
  const bool of_key = s.variable->what == name::key;
  auto& renderer = of_key ? render.key : render.row;
  const auto packed = of_key ? row.key : row.row;
  if (s.in == carrier::plain && s.spread == spreads::no)
    return renderer.append_within(out, packed, most) ? fit::yes : fit::too_long;
  std::string object;
  const auto room = room_behind(out, most);
  if (!renderer.append_within(object, packed, room)) return fit::too_long;
  if (s.spread != spreads::no) {  // its members, without the braces
    object.pop_back();
    if (s.spread == spreads::first || object.size() == 1) {
      object.erase(0, 1);
    } else {
      object.front() = ',';
    }
  }
  if (carried_bytes(object, s.in) > room) return fit::too_long;
  append_carried(out, object, s.in);
  return fit::yes;
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
  return std::ranges::any_of(segments_, [](const segment& s) {
    return s.literal.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
  });
}

std::string_view text_template::leading_literal() const {
  return segments_.empty() ? std::string_view() : segments_.front().literal;
}

}  // namespace sluice::destinations
