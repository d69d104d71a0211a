#include "runtime/odbc/dialect.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace sluice::odbc;
using namespace std::chrono_literals;

namespace {

/// Stands for odbc.ini and odbcinst.ini.
std::string profile(std::string_view file, std::string_view section, std::string_view key) {
  static const std::map<std::string, std::string> entries{
      {"odbcinst.ini/PostgreSQL Unicode/Driver", "psqlodbcw.so"},
      {"odbcinst.ini/Ours/Driver", "/opt/x/libmaodbc.so"},
      {"odbc.ini/warehouse/Driver", "PostgreSQL Unicode"},
      {"odbc.ini/warehouse/Protocol", "7.4-2"}};
  const auto found =
      entries.find(std::string(file) + "/" + std::string(section) + "/" + std::string(key));
  return found == entries.end() ? "" : found->second;
}

product detected(const char* text) { return detect_driver(connection_string(text), profile); }

}  // namespace

TEST_CASE("the driver is recognised by name and by library and through a data source") {
  CHECK(detected("Driver=PostgreSQL Unicode") == product::postgresql);
  CHECK(detected("DRIVER={PostgreSQL ANSI}") == product::postgresql);
  CHECK(detected("Driver=/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so") == product::postgresql);
  CHECK(detected("Driver=MariaDB Unicode") == product::mariadb);
  CHECK(detected("Driver=Ours") == product::mariadb);
  CHECK(detected("Driver=SQLite3") == product::sqlite);
  CHECK(detected("DSN=warehouse") == product::postgresql);
  CHECK(detected("Driver=FreeTDS") == product::generic);
  CHECK(detected("DSN=unknown") == product::generic);
  CHECK(detected("Driver=/home/mariadb/libtdsodbc.so") == product::generic);
}

TEST_CASE("a driver's settings are added where neither string nor data source has them") {
  connection_string text("Driver=SQLite3;Database=x;stepapi=0");
  add_settings(text, dialect_of(product::sqlite), purpose::read, 5s, profile);
  CHECK(text.get("StepAPI") == "0");
  CHECK(text.get("NoCreat") == "1");
  CHECK(text.get("BigInt") == "1");
  CHECK_FALSE(text.get("JournalMode"));

  connection_string writer("Driver=SQLite3;Database=x");
  add_settings(writer, dialect_of(product::sqlite), purpose::write, 5s, profile);
  CHECK(writer.get("JournalMode") == "WAL");
  CHECK(writer.get("SyncPragma") == "FULL");
  CHECK_FALSE(writer.get("NoCreat"));

  connection_string named("DSN=warehouse");
  add_settings(named, dialect_of(product::postgresql), purpose::write, 5s, profile);
  CHECK_FALSE(named.get("Protocol"));
  CHECK(named.get("BoolsAsChar") == "0");

  connection_string maria("Driver=MariaDB Unicode");
  add_settings(maria, dialect_of(product::mariadb), purpose::read, 1500ms, profile);
  CHECK(maria.get("CONN_TIMEOUT") == "2");
}
