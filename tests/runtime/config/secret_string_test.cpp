#include "runtime/config/secret_string.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "runtime/log/redactor.hpp"
#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using sluice::config::secret_string;

TEST_CASE("a connection string without references is passed on as it was written") {
  const std::string text = "Driver=X; Server = a ;Pwd={b;c};;";
  CHECK(secret_string(text).resolve() == "Driver=X; Server = a ;Pwd={b;c}");
}

TEST_CASE("references are resolved at every use") {
  const secret_string secret("Driver=X;Pwd=${env:SLUICE_TEST_PASSWORD}");
  {
    const test::variable password("SLUICE_TEST_PASSWORD", "first");
    CHECK(secret.resolve() == "Driver=X;Pwd=first");
  }
  const test::variable password("SLUICE_TEST_PASSWORD", "second");
  CHECK(secret.resolve() == "Driver=X;Pwd=second");
}

TEST_CASE("no password can add attributes") {
  const test::variable password("SLUICE_TEST_PASSWORD", "x};SERVER=evil");
  CHECK(secret_string("Server=a;Pwd=${env:SLUICE_TEST_PASSWORD};Uid=u").resolve() ==
        "Server=a;Pwd={x}};SERVER=evil};Uid=u");
  CHECK(secret_string("Server=a;Pwd={${env:SLUICE_TEST_PASSWORD}}").resolve() ==
        "Server=a;Pwd={x}};SERVER=evil}");
}

TEST_CASE("a reference in place of attributes stands for attributes") {
  const test::variable all("SLUICE_TEST_ODBC", "Driver=X;Pwd={a;b}");
  CHECK(secret_string("${env:SLUICE_TEST_ODBC};Uid=u").resolve() == "Driver=X;Pwd={a;b};Uid=u");
}

TEST_CASE("attributes that resolve to nonsense are refused without being quoted") {
  const test::variable all("SLUICE_TEST_ODBC", "Driver=X;canary");
  try {
    static_cast<void>(secret_string("${env:SLUICE_TEST_ODBC}").resolve());
    FAIL("must throw");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::invalid_config);
    CHECK(std::string(f.what()).find("part 2 of the connection string has no =") !=
          std::string::npos);
    CHECK(std::string(f.what()).find("canary") == std::string::npos);
  }
}

TEST_CASE("what is shown keeps references and masks literal passwords") {
  CHECK(secret_string("Driver=X;Uid=u;Pwd=${env:A};Password=b;AccessToken={c}").shown() ==
        "Driver=X;Uid=u;Pwd=${env:A};Password=***;AccessToken=***");
  CHECK(secret_string("Pwd=half${env:A}").shown() == "Pwd=***");
  CHECK(secret_string("${env:ODBC}").shown() == "${env:ODBC}");
  CHECK(secret_string("Driver=X;Pwd={open").shown() == "***");
}

TEST_CASE("resolving registers passwords with the log and leaves other values alone") {
  const test::variable password("SLUICE_TEST_PASSWORD", "rotated-canary");
  const test::variable server("SLUICE_TEST_SERVER", "db.example.com");
  static_cast<void>(
      secret_string("Server=${env:SLUICE_TEST_SERVER};Pwd=${env:SLUICE_TEST_PASSWORD}").resolve());
  static_cast<void>(secret_string("Pwd={literal;canary};Token= spaced-canary ").resolve());
  CHECK(log::secrets().masked("rotated-canary literal;canary spaced-canary db.example.com") ==
        "*** *** *** db.example.com");
}

TEST_CASE("a relative SQLite database is relative to the configuration file") {
  const auto resolved = [](const char* text) {
    return secret_string(text, "/etc/sluice").resolve();
  };
  CHECK(resolved("Driver=SQLite3;Database=../shop.db;Timeout=5") ==
        "Driver=SQLite3;Database=/etc/shop.db;Timeout=5");
  CHECK(resolved("Driver=/usr/lib/libsqlite3odbc.so;database=a.db") ==
        "Driver=/usr/lib/libsqlite3odbc.so;database=/etc/sluice/a.db");
  CHECK(resolved("Driver=SQLite3;Database=/abs.db") == "Driver=SQLite3;Database=/abs.db");
  CHECK(resolved("Driver=SQLite3;Database=:memory:") == "Driver=SQLite3;Database=:memory:");
  CHECK(resolved("Driver=SQLite3;Database=file:a.db?mode=ro") ==
        "Driver=SQLite3;Database=file:a.db?mode=ro");
  CHECK(resolved("Driver=PostgreSQL Unicode;Database=shop") ==
        "Driver=PostgreSQL Unicode;Database=shop");
}
