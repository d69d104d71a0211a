#include "runtime/source/consistency.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "messages/error.hpp"
#include "messages/hex.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/identifiers.hpp"

namespace sluice::source {
namespace {

/// The engine of a MariaDB table where its rows lie with another server; empty elsewhere.
std::string remote_engine(odbc::connection& on, const std::string& table) {
  constexpr std::array<std::string_view, 3> remote{"federated", "spider", "connect"};
  const auto parts = odbc::split_qualified_name(table);
  const auto text = [](std::string_view name) { return "_utf8mb4 X'" + to_hex(name) + "'"; };
  const auto rows = on.query("SELECT engine FROM information_schema.tables WHERE table_schema = " +
                             (parts.size() > 1 ? text(parts[parts.size() - 2]) : "DATABASE()") +
                             " AND table_name = " + text(parts.back()));
  if (rows.empty() || !rows[0][0]) return {};
  const bool found =
      std::find(remote.begin(), remote.end(), odbc::lower(*rows[0][0])) != remote.end();
  return found ? *rows[0][0] : "";
}

}  // namespace

void check_consistency(const std::string& connection, odbc::connection& on,
                       const config::source_config& source) {
  if (!source.mirrored || source.consistent_reads) return;
  std::string where;
  if (on.kind() == odbc::product::generic) {
    where = on.server();
  } else if (on.kind() == odbc::product::mariadb && source.table) {
    if (const auto engine = remote_engine(on, *source.table); !engine.empty())
      where = "a " + engine + " table of MariaDB";
  }
  if (where.empty()) return;
  throw failure(
      errc::source_failed, "read model", connection,
      "mode mirror deletes every row that a pass does not see, and a pass over " + where +
          " may skip rows that others move meanwhile, for all that is known",
      "use mode upsert; or, if every SELECT there reads one state of the database, say so "
      "with \"consistent_reads\": true in source");
}

}  // namespace sluice::source
