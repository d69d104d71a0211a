#include "runtime/odbc/connection_string.hpp"

#include <doctest/doctest.h>

#include "runtime/odbc/diagnostics.hpp"

using namespace sluice::odbc;

TEST_CASE("attributes are found without regard to case and the first one counts") {
  const connection_string text(" Driver = PostgreSQL Unicode ;SERVER=a; server=b;;Pwd={x;}}y=};");
  CHECK(text.get("driver") == "PostgreSQL Unicode");
  CHECK(text.get("Server") == "a");
  CHECK(text.get("PWD") == "x;}y=");
  CHECK(text.get("Port") == std::nullopt);
  CHECK(connection_string("Pwd=a=b").get("pwd") == "a=b");
}

TEST_CASE("a default is added only where the user set nothing") {
  connection_string text("Driver=SQLite3;timeout=7");
  text.add_default("Timeout", "20");
  text.add_default("StepAPI", "1");
  CHECK(text.text() == "Driver=SQLite3;timeout=7;StepAPI=1");
  connection_string trailing("Driver=SQLite3;");
  trailing.add_default("StepAPI", "1");
  CHECK(trailing.text() == "Driver=SQLite3;StepAPI=1");
}

TEST_CASE("a malformed connection string is refused without showing a value") {
  for (const auto* bad : {"Driver=x;Pwd={secret", "Driver=x;secret", "=secret", "Pwd={secret}x;a=b",
                          "Pwd=sec;ret;Uid=a"}) {
    CAPTURE(bad);
    try {
      connection_string text{bad};
      FAIL("accepted");
    } catch (const odbc_error& e) {
      CHECK(std::string(e.what()).find("secret") == std::string::npos);
      CHECK(std::string(e.what()).find("ret") == std::string::npos);
      CHECK(e.info().kind == error_class::permanent);
    }
  }
}

TEST_CASE("passwords are masked wherever a message repeats them") {
  const connection_string text("Uid=app;Pwd={p;w}}d};SSLKeyPassword=zzz;Database=shop");
  CHECK(text.without_secrets("no p;w}d, no zzz and zzz") == "no ***, no *** and ***");
  const connection_string warehouse(
      "Host=dbc.example;Auth_AccessToken=dapi12;PRIV_KEY_FILE_PWD=keypwd;Token=tok1;"
      "Url=https://app:urlpwd@ch:8443/;pqopt={sslpassword=libpq1 connect_timeout=5}");
  CHECK(warehouse.without_secrets("dapi12 keypwd tok1 urlpwd libpq1 5 dbc.example") ==
        "*** *** *** *** *** 5 dbc.example");
  // Masking it would hide the user's name as well, and tell nothing that is not told already.
  const connection_string same("Uid=app;Pwd=app");
  CHECK(same.without_secrets("access denied for app") == "access denied for app");
}
