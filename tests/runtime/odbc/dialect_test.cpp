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

TEST_CASE("a server is what it says it is and not what its protocol is") {
  const auto is = [](product expected, const char* version, const char* dbms = "") {
    return identify_server(expected, {.version = version, .dbms_name = dbms});
  };
  for (const auto* version :
       {"PostgreSQL 15.6 (Debian 15.6-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian "
        "12.2.0-14) 12.2.0, 64-bit",
        "PostgreSQL 17devel on aarch64-apple-darwin23.4.0, compiled by Apple clang, 64-bit",
        "PostgreSQL 14.6 on aarch64-unknown-linux-gnu, compiled by gcc (GCC) 7.4.0, 64-bit",
        "PostgreSQL 16.1, compiled by Visual C++ build 1937, 64-bit"})
    CHECK_MESSAGE(is(product::postgresql, version).kind == product::postgresql, version);
  CHECK(is(product::postgresql, "PostgreSQL 15.6 (Debian 1) on x, 64-bit").name ==
        "PostgreSQL 15.6");
  struct relative {
    const char* version;
    const char* name;
  };
  for (const auto& [version, name] :
       {relative{"PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 "
                 "(Red Hat 3.4.2-6.fc3), Redshift 1.0.63205",
                 "Amazon Redshift"},
        relative{"CockroachDB CCL v23.1.0 (x86_64-pc-linux-gnu, built 2023/05/12)", "CockroachDB"},
        relative{"PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang, 64-bit",
                 "YugabyteDB"},
        relative{"PostgreSQL 9.4.26 (Greenplum Database 6.20.0) on x86_64, compiled by gcc, 64-bit",
                 "Greenplum"},
        relative{"PostgreSQL 15.2 (EnterpriseDB Advanced Server 15.2.0) on x, 64-bit",
                 "EnterpriseDB"},
        relative{"PostgreSQL 9.5.0 on x86_64-unknown-linux-gnu (Materialize v0.80.0)",
                 "Materialize"},
        relative{"PostgreSQL 8.2.23 server protocol using H2 2.1.214 (2022-06-13)", "H2"},
        relative{"PostgreSQL 12.3, compiled by Newcomer 1.0, 64-bit, Newcomer", "PostgreSQL 12.3"},
        relative{"Newcomer 1.0", "Newcomer 1.0"}, relative{"", ""}}) {
    CAPTURE(version);
    CHECK(is(product::postgresql, version).kind == product::generic);
    CHECK(is(product::postgresql, version).name == name);
  }
  CHECK(is(product::mariadb, "10.11.6-MariaDB-0+deb12u1", "MariaDB").kind == product::mariadb);
  CHECK(is(product::mariadb, "10.11.6-MariaDB-0+deb12u1", "MySQL").kind == product::mariadb);
  for (const auto* version : {"8.0.36", "8.0.36-28", "5.7.25-TiDB-v6.5.0", "5.7.32", ""})
    CHECK_MESSAGE(is(product::mariadb, version, "MySQL").kind == product::generic, version);
  CHECK(is(product::mariadb, "8.0.36", "MySQL").name == "MySQL 8.0.36");
  CHECK(is(product::sqlite, "", "SQLite").kind == product::sqlite);
}

TEST_CASE("a driver's settings are added where neither string nor data source has them") {
  connection_string text("Driver=SQLite3;Database=x;stepapi=0");
  add_settings(text, dialect_of(product::sqlite), purpose::read, {.connect = 5s, .answer = 0s},
               profile);
  CHECK(text.get("StepAPI") == "0");
  CHECK(text.get("NoCreat") == "1");
  CHECK(text.get("BigInt") == "1");
  CHECK_FALSE(text.get("JournalMode"));

  connection_string writer("Driver=SQLite3;Database=x");
  add_settings(writer, dialect_of(product::sqlite), purpose::write, {.connect = 5s, .answer = 0s},
               profile);
  CHECK_FALSE(writer.get("JournalMode"));
  CHECK(writer.get("SyncPragma") == "EXTRA");
  CHECK_FALSE(writer.get("NoCreat"));

  connection_string named("DSN=warehouse");
  add_settings(named, dialect_of(product::postgresql), purpose::write,
               {.connect = 5s, .answer = 0s}, profile);
  CHECK_FALSE(named.get("Protocol"));
  CHECK(named.get("BoolsAsChar") == "0");

  connection_string maria("Driver=MariaDB Unicode");
  add_settings(maria, dialect_of(product::mariadb), purpose::read,
               {.connect = 1500ms, .answer = 90s}, profile);
  CHECK(maria.get("CONN_TIMEOUT") == "2");
  CHECK(maria.get("READ_TIMEOUT") == "90");
  connection_string patient("Driver=MariaDB Unicode");
  add_settings(patient, dialect_of(product::mariadb), purpose::read, {.connect = 5s, .answer = 0s},
               profile);
  CHECK_FALSE(patient.get("READ_TIMEOUT"));
}
