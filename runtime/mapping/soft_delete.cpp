#include "runtime/mapping/soft_delete.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/mapping/constant.hpp"

namespace sluice::mapping {
namespace {

/// Whether a constant of the kind `given` can stand where values of the kind `declared` do.
bool fits(value_kind declared, value_kind given) {
  using enum value_kind;
  if (given == null || declared == null || given == declared) return true;
  switch (given) {
    case integer:
      return declared == decimal || declared == real;
    case decimal:
      return declared == real;
    case text:  // JSON has no other form for these
      return declared == date || declared == value_kind::time || declared == timestamp ||
             declared == timestamp_tz || declared == uuid;
    default:
      return declared == json;
  }
}

bool is_key(const field& f, const row_schema& schema) {
  return !f.column.empty() &&
         std::ranges::any_of(schema.keys, [&](const auto& key) { return key.column == f.column; });
}

}  // namespace

soft_delete compile_on_delete(const std::string& connection,
                              const std::vector<config::set_field>& set, const row_schema& schema) {
  soft_delete out;
  std::vector<std::string> problems;
  for (const auto& [path, value] : set) {
    const auto role = fmt::format("field '{}'", config::field_path_text(path));
    const auto found = std::ranges::find(schema.fields, path, &field::path);
    if (found == schema.fields.end()) {
      problems.push_back(role + " does not exist");
      continue;
    }
    if (is_key(*found, schema)) problems.push_back(role + " is part of the key");
    const auto constant = compile_constant(connection, "on_delete, " + role, value);
    if (!fits(found->kind, constant.kind))
      problems.push_back(fmt::format("{} is of type {}, which {} does not fit", role,
                                     to_string(found->kind), value.json));
    out.fields.push_back(static_cast<std::size_t>(found - schema.fields.begin()));
    out.packed += constant.packed;
  }
  if (!problems.empty())
    throw failure(errc::invalid_config, "compile on_delete", connection,
                  fmt::format("what it sets does not fit the rows: {}", fmt::join(problems, "; ")),
                  "correct on_delete.set, or map the fields: a row that comes back is set back by "
                  "its mapping");
  return out;
}

}  // namespace sluice::mapping
