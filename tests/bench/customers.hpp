// The sample table of the bench: seven columns, about 95 bytes a row.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/bare_loop.hpp"
#include "tests/support/database_fixture.hpp"

namespace sluice::bench {

/// Creates `customers` and, on the server, its rows 1 to `rows`.
void make_customers(const test::database_fixture& db, std::uint64_t rows);
void make_empty_customers(const test::database_fixture& db);

/// A mirror of `customers` into a JSON Lines file beside the configuration.
nlohmann::json to_file(const test::database_fixture& from);
/// A mirror of `customers` into the table of the same name.
nlohmann::json to_table(const test::database_fixture& from, const test::database_fixture& to);

/// Seconds that a plain loop takes to read all of `customers`, of `sample_rows()` rows.
double bare_read_seconds(const test::database_fixture& from, const read_way& way);
/// The way that is fastest here and now; the first read of all warms the caches.
read_way fastest_way(const test::database_fixture& from);

/// Seconds between start and end of an ended run.
double run_seconds(const nlohmann::json& run);
/// Milliseconds between two of its times; REQUIRES: both are there.
double milliseconds(const nlohmann::json& run, const char* from, const char* to);

}  // namespace sluice::bench
