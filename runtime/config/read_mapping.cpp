// The mapping section: destination fields and where their values come from.
#include <algorithm>
#include <iterator>

#include "runtime/config/field_path.hpp"
#include "runtime/config/read_calls.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/values/lua_program.hpp"

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
                  "{column} stands for a column, {column | trim} for what functions make of it; {{ "
                  "and }} are braces");
  for (const auto& piece : parsed.value.pieces) check_calls(text, piece.apply);
  return std::move(parsed.value);
}

std::vector<std::string> read_columns(const json_value& columns, const char* example) {
  std::vector<std::string> out;
  for (const auto& each : columns.elements(example)) out.push_back(each.as_text().value_or(""));
  return out;
}

column_value read_coalesce(const json_value& columns) {
  auto names = read_columns(columns, R"(["mobile", "phone"])");
  column_value out;
  if (names.empty()) return out;
  out.column = std::move(names.front());
  out.otherwise.assign(std::move_iterator(names.begin() + 1), std::move_iterator(names.end()));
  return out;
}

lua_value read_program(const json_value& program) {
  lua_value out{program.as_text().value_or("")};
  if (out.program.empty()) return out;
  if (const auto problem = values::problem_of_program(out.program); !problem.empty())
    program.complain("is no program in Lua: " + problem,
                     R"(for example "return row.first .. ' ' .. row.last")");
  return out;
}

/// What only goes with values that another connection remembers.
struct known_details {
  explicit known_details(section& form)
      : of(form.member("of")), by(form.member("by")), on_miss(form.member("on_miss")) {}

  [[nodiscard]] known_value read(const json_value& known) const {
    known_value out{.name = known.as_text().value_or(""), .of = {}, .by = {}};
    if (!of.present() || !by.present()) {
      known.complain(
          "needs \"of\" and \"by\": whose row, and which one",
          R"(for example {"known": "record_id", "of": "companies", "by": "company_id"})");
      return out;
    }
    out.of = connection_name(of.as_text().value_or(""));
    out.by = by.raw().is_string() ? std::vector{by.as_text().value_or("")}
                                  : read_columns(by, R"(["region", "id"])");
    on_miss.defaults_to("reject");
    out.on_miss = on_miss
                      .as_word<known_value::miss>({{"reject", known_value::miss::reject},
                                                   {"null", known_value::miss::null}})
                      .value_or(out.on_miss);
    return out;
  }

  json_value of;
  json_value by;
  json_value on_miss;
};

/// What goes with values that are computed for each row.
struct value_details {
  explicit value_details(section& form)
      : as(form.member("as")), omit_null(form.member("omit_null")), apply(form.member("apply")) {}

  [[nodiscard]] cast type() const {
    return as
        .as_word<cast>({{"string", cast::string},
                        {"number", cast::number},
                        {"boolean", cast::boolean},
                        {"json", cast::json}})
        .value_or(cast::none);
  }
  [[nodiscard]] bool omits_null() const { return omit_null.as_boolean().value_or(false); }
  /// Complains about those that do not go with `kind`.
  void refuse(std::initializer_list<const json_value*> details, const std::string& kinds) const {
    for (const auto* detail : details)
      if (detail->present()) detail->complain("goes with " + kinds + " only", "remove it");
  }

  json_value as;
  json_value omit_null;
  json_value apply;
};

using mapped_value = decltype(mapped_field::value);

mapped_value read_value(const json_value& value) {
  if (value.raw().is_string()) return column_value{value.as_text().value_or("")};
  section form(value);
  const auto column = form.member("column");
  const value_details details(form);
  const auto coalesce = form.member("coalesce");
  const auto constant = form.member("constant");
  const auto text = form.member("template");
  const auto lua = form.member("lua");
  const auto known = form.member("known");
  const known_details of_known(form);
  if (!form) return column_value{};
  if (column.present() + coalesce.present() + constant.present() + text.present() + lua.present() +
          known.present() !=
      1) {
    value.complain(
        R"(must have exactly one of "column", "coalesce", "constant", "template", "lua" and "known")",
        R"(for example {"column": "id", "as": "string"} or {"constant": "shop"})");
    return column_value{};
  }
  if (constant.present() || text.present())
    details.refuse({&details.as, &details.omit_null}, R"("column", "coalesce", "lua" and "known")");
  if (!known.present())
    details.refuse({&of_known.of, &of_known.by, &of_known.on_miss}, R"("known")");
  if (constant.present()) {
    details.refuse({&details.apply}, R"("column", "coalesce", "template", "lua" and "known")");
    return read_constant(constant);
  }
  if (text.present()) {
    auto out = read_template(text);
    out.apply = read_calls(details.apply);
    return out;
  }
  const auto finished = [&](auto out) -> mapped_value {
    out.as = details.type();
    out.omit_null = details.omits_null();
    out.apply = read_calls(details.apply);
    return out;
  };
  if (lua.present()) return finished(read_program(lua));
  if (known.present()) return finished(of_known.read(known));
  if (coalesce.present()) return finished(read_coalesce(coalesce));
  return finished(column_value{column.as_text().value_or("")});
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
  return value != nullptr && value->column == column && value->as == column_value::cast::none &&
         value->otherwise.empty() && value->apply.empty();
}

}  // namespace sluice::config
