// The table that syncs between databases are tested with, the same on every product.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/database_fixture.hpp"
#include "tests/support/http_server.hpp"

namespace sluice::test {

/// CREATE TABLE customers(id, name, balance).
extern const char* const customers_table;

/// Makes `n` rows in one statement; the functions differ from database to database.
std::string fill_customers(odbc::product kind, int n);

/// A mirror of customers into customers, in batches of 200 rows.
nlohmann::json mirror_customers(const database_fixture& from, const database_fixture& to);

/// A mirror of customers into an API, `POST /customers` and `DELETE /customers/ID`, in batches of
/// 50 rows, that tries again quickly and for long.
nlohmann::json mirror_customers(const database_fixture& from, const http_server& to);

/// Every row as `id|name|balance`. Databases write 0.5 and 0.50 for the same decimal, so the
/// balance is compared as a number of cents.
std::vector<std::string> customers_of(const database_fixture& db);

}  // namespace sluice::test
