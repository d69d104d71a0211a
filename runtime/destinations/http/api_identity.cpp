#include "runtime/destinations/http/api_identity.hpp"

#include <algorithm>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "runtime/config/field_path.hpp"

namespace sluice::destinations {
namespace {

using path = std::vector<std::string>;

const config::http_identity* said_of(const config::http_config& config, const path& name) {
  const auto found = std::ranges::find(config.identity, name, &config::http_identity::path);
  return found == config.identity.end() ? nullptr : &*found;
}

/// The setting for a mapped field that copies the key column.
const config::http_identity* said_of_copies(const config::http_config& config,
                                            const row_schema& schema, const field& key) {
  for (const auto& field : schema.fields) {
    if (field.column.empty() || field.column != key.path.front()) continue;
    if (const auto* const said = said_of(config, field.path)) return said;
  }
  return nullptr;
}

identity_column column_by(const config::http_identity* said, value_kind kind) {
  const auto canonical = canonical_form(kind);
  if (said == nullptr || canonical != identity_form::text) return canonical;
  return {said->form.value_or(canonical), said->steps};
}

const config::http_identity* said_of_key(const config::http_config& config,
                                         const row_schema& schema, const field& key) {
  const auto* said = said_of(config, key.path);
  if (said == nullptr) said = said_of_copies(config, schema, key);
  return said == nullptr ? said_of(config, {}) : said;
}

identity_column column_of_key(const config::http_config& config, const row_schema& schema,
                              const field& key) {
  return column_by(said_of_key(config, schema, key), key.kind);
}

bool has(const std::vector<field>& fields, const path& name) {
  return std::ranges::find(fields, name, &field::path) != fields.end();
}

}  // namespace

identity_rule api_identity(const config::http_config& config, const row_schema& schema) {
  for (const auto& each : config.identity)
    if (each.insists && !each.path.empty() && !has(schema.keys, each.path) &&
        !has(schema.fields, each.path))
      throw failure(errc::invalid_config, "tell rows apart", "destination.identity",
                    "\"" + config::field_path_text(each.path) +
                        "\" is neither a mapped field nor a key column",
                    "name the field by which the API finds a row, or the key column");
  identity_rule out;
  for (const auto& key : schema.keys) out.columns.push_back(column_of_key(config, schema, key));
  return out;
}

std::vector<std::string> keys_of_unsaid_identity(const config::http_config& config,
                                                 const row_schema& schema) {
  std::vector<std::string> names;
  for (const auto& key : schema.keys)
    if (canonical_form(key.kind) == identity_form::text &&
        said_of_key(config, schema, key) == nullptr)
      names.push_back(config::field_path_text(key.path));
  return names;
}

identity_column identity_of_value(const config::http_config& config, const row_schema& schema,
                                  const config::template_variable& variable) {
  const bool of_key = variable.what == config::template_variable::name::key;
  const auto& among = of_key ? schema.keys : schema.fields;
  const auto value = std::ranges::find(among, variable.path, &field::path);
  expect(value != among.end(), "identify rows", "a value that the rows have");
  if (of_key) return column_of_key(config, schema, *value);
  if (const auto* const said = said_of(config, value->path)) return column_by(said, value->kind);
  const auto key = std::ranges::find_if(schema.keys, [&](const field& each) {
    return !value->column.empty() && each.path == path{value->column};
  });
  return key == schema.keys.end() ? canonical_form(value->kind)
                                  : column_of_key(config, schema, *key);
}

}  // namespace sluice::destinations
