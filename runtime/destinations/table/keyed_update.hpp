// UPDATE of one row by its key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "messages/expect.hpp"
#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {

class keyed_update {
 public:
  /// Prepared when it is first run. All arguments must outlive it.
  keyed_update(odbc::connection& connection, const table_layout& layout,
               const statement_parts& parts)
      : connection_(connection), layout_(layout), parts_(parts) {}

  /// Returns the affected rows, as the driver counts them: some drivers report 0 for an update that
  /// changed nothing, or always -1. REQUIRES: a key, and columns outside of it.
  std::int64_t run(const rows_view& rows, std::size_t r) {
    if (!statement_) {
      expect(!layout_.keys.empty() && layout_.keys.size() < layout_.columns.size(), "update row",
             "a key, and columns outside of it");
      statement_ = connection_.prepare(sql());
    }
    std::size_t parameter = 0;
    for (const auto c : parts_.others()) statement_->bind(parameter++, rows.at(r, c));
    for (const auto k : layout_.keys) statement_->bind(parameter++, rows.at(r, k));
    return statement_->execute();
  }

 private:
  [[nodiscard]] std::string sql() const {
    const auto equal = [&](std::size_t c) { return parts_.name(c) + " = ?"; };
    return "UPDATE " + layout_.table + " SET " + parts_.each_other(", ", equal) + " WHERE " +
           parts_.each_key(" AND ", equal);
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts& parts_;
  std::optional<odbc::statement> statement_;
};

}  // namespace sluice::destinations
