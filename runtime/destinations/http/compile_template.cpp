// The compilation of text_template.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/config/http_body.hpp"
#include "runtime/config/references.hpp"
#include "runtime/destinations/http/text_template.hpp"
#include "runtime/destinations/http/values_beside.hpp"
#include "runtime/http/reference_value.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/log/secret_name.hpp"

namespace sluice::destinations {
namespace {

using name = config::template_variable::name;
using content = text_template::content;
using nlohmann::ordered_json;

/// `text` with its references replaced by what they stand for, as `in` carries that; its literals
/// stay. `before`: the part of an address in front of it.
std::string resolved(const std::string& text, const text_template::context& c,
                     http::reference_place at, std::string_view before = {},
                     carrier in = carrier::plain) {
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
    append_carried(out, http::reference_value(piece, here, c.directory), in);
  }
  return out;
}

}  // namespace

void text_template::add_literal(std::string_view text) {
  if (segments_.empty() || segments_.back().variable) segments_.emplace_back();
  segments_.back().literal += text;
}

void text_template::add_styled(std::string_view text, style s) {
  std::string escaped;
  if (s.as == content::text) {
    append_carried(escaped, text, s.in);
  } else {
    std::string json;
    append_json_text(json, text);
    append_carried(escaped, json, s.in);
  }
  add_literal(escaped);
}

void text_template::add_variable(const config::template_variable& variable, style s,
                                 const context& c) {
  if (variable.what == name::connection || variable.what == name::run) {
    const std::string_view text = variable.what == name::run ? std::string_view(c.run.run)
                                                             : std::string_view(c.run.connection);
    values::chain functions(variable.apply);
    const auto made = functions.apply({value_kind::text, text});
    if (!made)
      throw failure(errc::invalid_config, "lay out request", to_text(variable), functions.problem(),
                    "remove the function");
    return add_known(variable, *made, s);
  }
  const bool provided = c.beside != nullptr && c.beside->has(variable.what);
  if (variable.beside_row() && !provided && c.refer == references::as_written) {
    const bool in_address = s.in == carrier::url_path || s.in == carrier::url_query;
    const auto shown = to_text(variable);
    return in_address ? add_literal(shown) : add_known(variable, {value_kind::text, shown}, s);
  }
  add_literal("");
  auto& here = segments_.back();
  here.variable = variable;
  here.as = s.as;
  here.in = s.in;
  if (!variable.apply.empty()) here.apply = std::make_shared<values::chain>(variable.apply);
  if (variable.beside_row()) {
    values_beside none;
    here.value = (c.beside != nullptr ? *c.beside : none).position_of(variable);
  } else if (variable.of_row() && !variable.path.empty()) {
    here.value = position_of(variable, c.run.schema);
  }
}

void text_template::add_known(const config::template_variable& variable, const value_view& value,
                              style s) {
  std::string escaped, problem;
  const segment slot{{}, variable, 0, s.as, s.in, spreads::no, {}};
  static_cast<void>(append_value(escaped, slot, value, escaped.max_size(), problem));
  add_literal(escaped);
}

void text_template::add_text(const config::http_template& text, style s, const context& c) {
  const http::reference_place place{http::reference_place::kind::json, c.name};
  for (const auto& piece : text.pieces) {
    if (!piece.literal.empty()) add_styled(resolved(piece.literal, c, place), s);
    if (piece.variable) add_variable(*piece.variable, s, c);
  }
}

void text_template::add_line(const config::http_template& text, line where, const context& c) {
  using kind = http::reference_place::kind;
  const auto place = where == line::header ? http::reference_place{kind::header, c.name}
                                           : http::reference_place{kind::server};
  std::string address;
  for (const auto& piece : text.pieces) {
    const auto literal = resolved(piece.literal, c, place, address);
    address += literal;
    add_literal(literal);
    if (!piece.variable) continue;
    const auto in = where == line::header                    ? carrier::header
                    : address.find('?') != std::string::npos ? carrier::url_query
                                                             : carrier::url_path;
    add_variable(*piece.variable, {content::text, in}, c);
  }
}

void text_template::add_xml(const config::xml_piece& piece, const context& c) {
  if (!piece.is_value) return add_literal(piece.written);
  const http::reference_place place{http::reference_place::kind::json, piece.owner};
  // The literals are XML already; what references stand for is not.
  for (const auto& part : config::parse_http_template(piece.written).value.pieces) {
    add_literal(resolved(part.literal, c, place, {}, carrier::xml));
    if (part.variable) add_variable(*part.variable, {content::text, carrier::xml}, c);
  }
}

void text_template::add_json(const ordered_json& value, carrier in, const context& c) {
  // Recursion is bounded by config::limits::depth.
  const auto punctuation = [&](std::string_view text) { add_styled(text, {content::text, in}); };
  if (value.is_string()) {
    const auto text = config::parse_http_template(value.get_ref<const std::string&>()).value;
    if (text.stands_alone())
      return add_variable(*text.pieces.front().variable, {content::json_value, in}, c);
    punctuation("\"");
    add_text(text, {content::json_text, in}, c);
    return punctuation("\"");
  }
  if (value.is_object()) return add_object(value, in, c);
  if (!value.is_array()) return punctuation(value.dump());
  const char* before = "[";
  for (const auto& element : value) {
    punctuation(before);
    add_json(element, in, c);
    before = ",";
  }
  punctuation(value.empty() ? "[]" : "]");
}

void text_template::add_object(const ordered_json& value, carrier in, const context& c) {
  const auto punctuation = [&](std::string_view text) { add_styled(text, {content::text, in}); };
  const char* before = "{";
  for (const auto& [key, member] : value.items()) {
    if (key == config::spread_name) continue;
    std::string quoted = before;
    append_json_string(quoted, key);
    punctuation(quoted + ":");
    auto of_member = c;
    of_member.name = key;
    add_json(member, in, of_member);
    before = ",";
  }
  const auto spread = value.find(config::spread_name);
  if (spread == value.end()) return punctuation(value.empty() ? "{}" : "}");
  const bool alone = value.size() == 1;
  if (alone) punctuation("{");
  const auto text = config::parse_http_template(spread->get_ref<const std::string&>()).value;
  const auto& variable = *text.pieces.front().variable;
  for (const auto& field : variable.what == name::row ? c.run.schema.fields : c.run.schema.keys)
    if (value.contains(field.path.front()))
      throw failure(errc::invalid_config, "lay out request", to_text(variable),
                    "its field \"" + field.path.front() + "\" is also written beside it",
                    "name it otherwise, or leave one of the two out");
  add_variable(variable, {content::json_value, in}, c);
  segments_.back().spread = alone ? spreads::first : spreads::behind_others;
  punctuation("}");
}

text_template::text_template(const std::string& written, line where, const context& c) {
  add_line(config::parse_http_template(written).value, where, c);
}

text_template text_template::of_json(const ordered_json& document, const context& c, carrier in) {
  text_template out;
  const bool cell = in == carrier::csv_cell;
  const auto text = document.is_string()
                        ? config::parse_http_template(document.get_ref<const std::string&>()).value
                        : config::http_template();
  // A whole document in a cell is quoted; a variable alone sees to that itself.
  const bool quoted = cell && !text.stands_alone();
  if (quoted) out.add_literal("\"");
  out.add_json(document, quoted ? carrier::csv_text : in, c);
  if (quoted) out.add_literal("\"");
  return out;
}

text_template text_template::of_text(const std::string& written, carrier in, const context& c) {
  text_template out;
  const auto text = config::parse_http_template(written).value;
  const bool varies = std::ranges::any_of(
      text.pieces, [](const auto& piece) { return piece.variable.has_value(); });
  // Alone, a literal or a value is quoted where it has to be.
  const bool quoted = in == carrier::csv_cell && varies && !text.stands_alone();
  if (quoted) out.add_literal("\"");
  out.add_text(text, {content::text, quoted ? carrier::csv_text : in}, c);
  if (quoted) out.add_literal("\"");
  return out;
}

text_template text_template::of_xml(const std::string& written, config::xml_extent extent,
                                    const context& c) {
  text_template out;
  for (const auto& piece : config::parse_xml_template(written, extent).pieces)
    out.add_xml(piece, c);
  return out;
}

text_template text_template::of_value(const config::template_variable& variable, carrier in,
                                      const context& c) {
  text_template out;
  out.add_variable(variable, {content::text, in}, c);
  return out;
}

void text_template::prepend(std::string_view text) {
  if (segments_.empty()) segments_.emplace_back();
  segments_.front().literal.insert(0, text);
}

}  // namespace sluice::destinations
