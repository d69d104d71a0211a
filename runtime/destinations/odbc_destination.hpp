// The `odbc` destination: writes rows by key to a table of any ODBC database; in mode append,
// events.
#pragma once

#include <memory>

#include "runtime/destinations/destination.hpp"

namespace sluice::config {
struct odbc_config;
}

namespace sluice::destinations {

/// A batch is one transaction; its rows are `delivered` once it is committed. Rows that the
/// database refuses are rejected with the database's reason; the rest is delivered. A nested field
/// goes to the column named by its path, joined by dots. Several writers may use one table at once,
/// each for keys of its own.
std::unique_ptr<destination> make_odbc_destination(const config::odbc_config& config);

}  // namespace sluice::destinations
