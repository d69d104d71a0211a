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
      {"odbc.ini/warehouse/Protocol", "7.4-2"},
      {"odbc.ini/warehouse/ConnSettings", "SET search_path TO x"}};
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

TEST_CASE("defaults are pinned but where the user's own set-up of the session would be undone") {
  const auto& words = dialect_of(product::postgresql);
  const auto pinned = [&](const char* text) {
    return pins(connection_string(text), words, profile);
  };
  const auto all = std::string(words.pinned) + std::string(words.pinned_to_default);
  CHECK(pinned("Driver=PostgreSQL Unicode") == all);
  CHECK(pinned("DSN=unknown") == all);
  CHECK(pinned("Driver=PostgreSQL Unicode;connsettings={SET search_path TO x}") == words.pinned);
  CHECK(pinned("Driver=PostgreSQL Unicode;A6=SET%20search_path%20TO%20x") == words.pinned);
  CHECK(pinned("DSN=warehouse") == words.pinned);
  CHECK(pins(connection_string("Driver=SQLite3"), dialect_of(product::sqlite), profile).empty());
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
  CHECK_FALSE(writer.get("JournalMode"));
  CHECK(writer.get("SyncPragma") == "EXTRA");
  CHECK_FALSE(writer.get("NoCreat"));

  connection_string named("DSN=warehouse");
  add_settings(named, dialect_of(product::postgresql), purpose::write, 5s, profile);
  CHECK_FALSE(named.get("Protocol"));
  CHECK(named.get("BoolsAsChar") == "0");

  connection_string maria("Driver=MariaDB Unicode");
  add_settings(maria, dialect_of(product::mariadb), purpose::read, 1500ms, profile);
  CHECK(maria.get("CONN_TIMEOUT") == "2");
}
