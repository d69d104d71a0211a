// Writes rows that take unique values from each other.
#pragma once

#include "messages/batch.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/destinations/table/table_connection.hpp"

namespace sluice::destinations {

/// Two rows that swap a unique value cannot be written in any order: each stands in the other's
/// way. So, in one transaction, all of them give their unique values away first (for NULL, or for
/// one that nobody has) and are written then. A row that cannot be written with the others is left
/// out, and the transaction begun again: nothing that was given away is ever committed.
///
/// Gives the rows that it writes the fate `delivered`, all others of `rows` `rejected`.
void exchange_values(table_connection& target, const prepared_batch& rows, batch_outcome& outcome);

}  // namespace sluice::destinations
