// Writes rows that take unique values from each other.
#pragma once

#include "messages/batch.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/destinations/table/table_connection.hpp"

namespace sluice::destinations {

/// Two rows that swap a unique value cannot be written in any order, since each blocks the other.
/// So one transaction first replaces the unique values of all rows (with NULL, or a value that no
/// row has), and then writes the rows. If a row cannot be written with the others, the transaction
/// begins again without it; replaced values are never committed.
///
/// Written rows get the fate `delivered`, all others of `rows` get `rejected`.
void exchange_values(table_connection& target, const prepared_batch& rows, batch_outcome& outcome);

}  // namespace sluice::destinations
