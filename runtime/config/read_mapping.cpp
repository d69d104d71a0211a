// The mapping section: destination fields and where their values come from.
#include <algorithm>

#include "runtime/config/field_path.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

using cast = column_value::cast;

/// The constant with the references in its strings resolved. Recursion is bounded by limits::depth.
ordered_json resolved_constant(const json_value& constant) {
  if (constant.raw().is_object()) {
    auto out = ordered_json::object();
    for (const auto& [key, member] : constant.members()) out[key] = resolved_constant(member);
    return out;
  }
  if (constant.raw().is_array()) {
    auto out = ordered_json::array();
    if (constant.raw().empty()) return out;
    for (const auto& element : constant.elements("")) out.push_back(resolved_constant(element));
    return out;
  }
  if (constant.raw().is_string() && !constant.raw().get_ref<const std::string&>().empty())
    return constant.as_text().value_or("");
  return constant.raw();
}

/// Braces in a resolved reference must not be taken for a placeholder.
std::string braces_doubled(const std::string& text) {
  std::string out;
  for (const char c : text) out.append(c == '{' || c == '}' ? 2 : 1, c);
  return out;
}

template_value read_template(const json_value& text) {
  const auto resolved = text.as_text(braces_doubled);
  if (!resolved) return {};
  auto parsed = parse_template(*resolved);
  if (!parsed.malformed.empty())
    text.complain("the template " + parsed.malformed,
                  "{column} stands for a column; {{ and }} are braces");
  return std::move(parsed.value);
}

std::variant<column_value, constant_value, template_value> read_value(const json_value& value) {
  if (value.raw().is_string()) return column_value{value.as_text().value_or("")};
  section form(value);
  const auto column = form.member("column");
  const auto as = form.member("as");
  const auto omit_null = form.member("omit_null");
  const auto constant = form.member("constant");
  const auto text = form.member("template");
  if (!form) return column_value{};
  if (column.present() + constant.present() + text.present() != 1) {
    value.complain("must have exactly one of \"column\", \"constant\" and \"template\"",
                   R"(for example {"column": "id", "as": "string"} or {"constant": "shop"})");
    return column_value{};
  }
  for (const auto& detail : {as, omit_null})
    if (detail.present() && !column.present())
      detail.complain("goes with \"column\" only", "remove it");
  if (constant.present()) return read_constant(constant);
  if (text.present()) return read_template(text);
  column_value out;
  out.column = column.as_text().value_or("");
  out.as = as.as_word<cast>({{"string", cast::string},
                             {"number", cast::number},
                             {"boolean", cast::boolean},
                             {"json", cast::json}})
               .value_or(cast::none);
  out.omit_null = omit_null.as_boolean().value_or(false);
  return out;
}

bool is_prefix(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.size() <= b.size() && std::equal(a.begin(), a.end(), b.begin());
}

/// A field cannot be a value and an object with fields of its own.
void check_overlap(const std::vector<std::pair<json_value, mapped_field>>& fields) {
  std::vector<const std::pair<json_value, mapped_field>*> sorted;
  sorted.reserve(fields.size());
  for (const auto& field : fields) sorted.push_back(&field);
  std::ranges::sort(sorted, {}, [](const auto* field) { return field->second.path; });
  // In sorted order, paths inside a field follow it at once.
  const std::pair<json_value, mapped_field>* outer = nullptr;
  for (const auto* field : sorted) {
    if (outer == nullptr || !is_prefix(outer->second.path, field->second.path)) {
      outer = field;
    } else {
      field->first.complain("lies inside the field at " + outer->first.pointer() +
                                ", which is a value and not an object",
                            "rename one of the two");
    }
  }
}

}  // namespace

constant_value read_constant(const json_value& constant) {
  return {resolved_constant(constant).dump()};
}

std::vector<mapped_field> read_mapping(const json_value& mapping) {
  if (!mapping.is_object()) return {};
  std::vector<std::pair<json_value, mapped_field>> fields;
  for (const auto& [name, value] : mapping.members()) {
    auto path = parse_field_path(name);
    if (!path)
      value.complain("the field name has an empty part or a wrong escape",
                     R"(a dot nests; write "\\." for a dot and "\\\\" for a backslash in a name)");
    auto read = read_value(value);
    if (path) fields.push_back({value, {std::move(*path), std::move(read)}});
  }
  if (mapping.raw().empty())
    mapping.complain("maps no field", "leave it out to copy every column under its own name");
  check_overlap(fields);

  std::vector<mapped_field> out;
  out.reserve(fields.size());
  for (auto& [value, field] : fields) out.push_back(std::move(field));
  return out;
}

bool copies(const mapped_field& field, const std::string& column) {
  const auto* const value = std::get_if<column_value>(&field.value);
  return value != nullptr && value->column == column && value->as == column_value::cast::none;
}

}  // namespace sluice::config
