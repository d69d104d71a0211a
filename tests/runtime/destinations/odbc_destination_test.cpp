#include "runtime/destinations/odbc_destination.hpp"

#include "tests/runtime/destinations/people_table.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;

namespace {

struct postgresql_people : people_table {
  postgresql_people() : people_table(odbc::product::postgresql) {}
};
struct mariadb_people : people_table {
  mariadb_people() : people_table(odbc::product::mariadb) {}
};
struct sqlite_people : people_table {
  sqlite_people() : people_table(odbc::product::sqlite) {}
};

}  // namespace

SLUICE_DESTINATION_CONTRACT("odbc on PostgreSQL", postgresql_people)
SLUICE_DESTINATION_CONTRACT("odbc on MariaDB", mariadb_people)
SLUICE_DESTINATION_CONTRACT("odbc on SQLite", sqlite_people)
