// The kind `odbc`: a table; rows are flat, complete, and contain the key.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/mode_rules.hpp"
#include "runtime/config/destination_kind.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/config/odbc_place.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

void check_flat(const json_value& mapping) {
  for (const auto& [name, value] : mapping.members()) {
    const auto path = parse_field_path(name);
    if (path && path->size() > 1)
      value.complain("a table has no nested fields",
                     R"(name a column; write "\\." for a dot in its name)");
  }
}

void check_complete(const json_value& mapping) {
  for (const auto& [name, value] : mapping.members()) {
    const auto omit_null = value.member("omit_null");
    if (omit_null.present() && omit_null.raw() == true)
      omit_null.complain("a table always has the column", "remove it: NULL is written as NULL");
  }
}

/// Without the key among the fields, the row to update or delete cannot be found.
void check_key_is_copied(const json_value& root, const connection_config& connection) {
  const auto key = root.member("source").member("key");
  const auto& columns = connection.source.key;
  const bool readable = key.present() && key.raw().size() == columns.size();
  if (!readable) return;  // has been reported
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool copied = std::ranges::any_of(
        connection.mapping, [&](const auto& field) { return copies(field, columns[i]); });
    if (copied) continue;
    const auto column = key.raw()[i].dump();  // as it was written
    root.member("mapping").complain(
        fmt::format("no field is a plain copy of the key column {}", column),
        fmt::format("an ODBC destination finds rows by it: add {0}: {0}", column));
  }
}

void check_create(const json_value& root, const connection_config& connection,
                  const odbc_config& table) {
  if (table.create && connection.mode == sync_mode::update)
    root.member("destination")
        .member("create")
        .complain("\"update\" adds no rows, and a table that is created has none",
                  "remove it, or use another mode");
}

}  // namespace

void read_kind(section& destination, odbc_config& out) {
  out.odbc = destination.required("odbc", "give the ODBC connection string")
                 .as_secret()
                 .value_or(out.odbc);
  out.table = destination.required("table", "name the table to write").as_text().value_or("");
  out.create = destination.boolean("create", out.create);
  out.unverified = destination.boolean("unverified", out.unverified);
  out.answer_timeout = destination.duration("answer_timeout", limits::answer_timeout_min,
                                            limits::answer_timeout_max, out.answer_timeout);
}

void check_kind(const json_value& root, const connection_config& connection,
                const odbc_config& of) {
  check_create(root, connection, of);
  const auto mapping = root.member("mapping");
  const bool given = mapping.present() && mapping.raw().is_object() && !mapping.raw().empty();
  if (!given) return;
  check_flat(mapping);
  check_complete(mapping);
  // Events are only added, so no row has to be found.
  if (connection.mode != sync_mode::append) check_key_is_copied(root, connection);
}

std::optional<unmet_requirement> no_marking(const odbc_config&) { return std::nullopt; }

std::optional<sole_file> file_of(const odbc_config&) { return std::nullopt; }

std::vector<late_secret> late_secrets(const odbc_config& of) { return {{&of.odbc, "odbc"}}; }

nlohmann::ordered_json identity_of(const odbc_config& of) {
  auto out = identity_of(of.odbc);
  out["kind"] = odbc_config::kind_name;
  out["table"] = of.table;
  return out;
}

std::uint32_t usual_batch_rows(const odbc_config&) { return defaults::batch_rows; }

std::optional<double> rows_per_second(const odbc_config&, operation) { return std::nullopt; }

std::chrono::milliseconds request_timeout(const odbc_config&) { return {}; }

bool remembers_answers(const odbc_config&) { return false; }

}  // namespace sluice::config
