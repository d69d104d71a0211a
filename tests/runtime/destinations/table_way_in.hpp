// A way into one table of a test database.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/support/database_fixture.hpp"

namespace sluice::test {

/// Opened for rows of `context`, by default (id, v), two integers of mode mirror.
inline std::unique_ptr<destinations::destination> way_into(
    const std::string& connection_string, const std::string& table,
    const destinations::delivery_context& context = context_of({{"id", value_kind::integer},
                                                                {"v", value_kind::integer}})) {
  auto out =
      destinations::make_odbc_destination({config::secret_string(connection_string), table, false});
  out->open(context, {});
  return out;
}

/// The same into the table `t`, which may be made.
inline std::unique_ptr<destinations::destination> opened(
    const database_fixture& database, const destinations::delivery_context& context,
    bool create = false) {
  auto out = destinations::make_odbc_destination(
      {config::secret_string(database.connection_string()), "t", create});
  out->open(context, {});
  return out;
}

/// A table for such rows.
inline constexpr auto plain_table = "CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT)";

/// (id, v) for every id in [first, end), v being the id.
inline batch numbered(int first, int end) {
  batch out(1);
  for (int id = first; id < end; ++id) {
    const auto number = std::to_string(id);
    out.append(operation::update, {}, {}, packed({integer(number)}),
               packed({integer(number), integer(number)}));
  }
  return out;
}

inline batch erased(int first, int end) {
  batch out(1);
  for (int id = first; id < end; ++id)
    out.append(operation::erase, {}, {}, packed({integer(std::to_string(id))}), {});
  return out;
}

/// Positions of the rows with this fate.
inline std::vector<std::size_t> with_fate(const batch_outcome& outcome, fate f) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < outcome.fates.size(); ++i)
    if (outcome.fates[i] == f) out.push_back(i);
  return out;
}

/// The first cell of the first row.
inline std::string answer(const database_fixture& database, const std::string& sql) {
  return database.connect().query(sql)[0][0].value_or("NULL");
}

}  // namespace sluice::test
