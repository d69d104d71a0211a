// The http destination: what its requests share, and which requests there are.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using nlohmann::json;
using test::good_delete;
using test::good_upsert;
using test::http_connection;
using test::http_problems;
using test::read_http;
using namespace std::chrono_literals;

TEST_CASE("an http destination reads every key") {
  const http_connection connection(R"(
    "headers": {"X-Source": "sluice"},
    "basic_auth": {"user": "reader", "password": "pw"},
    "results": {"items": "/results"},
    "batch_rows": 7, "max_body": "2MiB", "gzip": true,
    "rate_limit": {"requests": 10, "per": "2s"},
    "timeout": "5s",
    "retry": {"base": "100ms", "cap": "3s", "give_up_after": "1m"},
    "idempotency_header": "Idempotency-Key",
    "tls": {"ca": "ca.pem", "certificate": "/tls/client.pem", "key": "client.key"},
    "insert": {"method": "POST", "url": "https://a.example/people", "body": "{{rows}}",
               "item": {"person": "{{row}}"}, "headers": {"X-Kind": "new"}, "batch_rows": 9,
               "results": {"items": "/new"}},
    "update": {"method": "PATCH", "url": "https://a.example/people", "body": "{{rows}}"},
    "delete": {"method": "PUT", "url": "https://a.example/gone/{{key.id}}"})");
  const auto http = connection.read();
  CHECK(http.directory == connection.folder.path() / "connections");
  CHECK(http.basic_auth == config::http_config::credentials{"reader", "pw"});
  CHECK(http.max_body == 2u << 20);
  CHECK(http.gzip);
  CHECK(http.limits.rates == std::vector<config::rate_limit>{{10, 2s}});
  CHECK(http.timeout == 5s);
  CHECK(http.retry == config::http_config::retrying{100ms, 3s, 1min});
  CHECK(http.idempotency_header == "Idempotency-Key");
  CHECK(http.tls.ca == connection.folder.path() / "connections/ca.pem");
  CHECK(http.tls.certificate == "/tls/client.pem");
  CHECK(http.tls.key == connection.folder.path() / "connections/client.key");

  const auto* const insert = request_for(http, operation::insert);
  REQUIRE(insert != nullptr);
  CHECK(insert->name == "insert");
  CHECK(insert->method == "POST");
  CHECK(insert->url == "https://a.example/people");
  CHECK(insert->body == R"("{{rows}}")");
  CHECK(insert->item == R"({"person":"{{row}}"})");
  CHECK(insert->headers == std::vector<std::pair<std::string, std::string>>{{"X-Source", "sluice"},
                                                                            {"X-Kind", "new"}});
  CHECK(insert->batch_rows == 9);
  REQUIRE(insert->results);
  CHECK(insert->results->items == "/new");
  CHECK_FALSE(insert->per_row);
  const auto* const update = request_for(http, operation::update);
  REQUIRE(update != nullptr);
  CHECK(update->method == "PATCH");
  CHECK(update->batch_rows == 7);
  REQUIRE(update->results);
  CHECK(update->results->items == "/results");
  const auto* const erase = request_for(http, operation::erase);
  REQUIRE(erase != nullptr);
  CHECK(erase->per_row);
  CHECK_FALSE(erase->results);
  CHECK(erase->body.empty());
}

TEST_CASE("an http destination needs no more than an upsert") {
  const auto http = read_http(good_upsert);
  CHECK(request_for(http, operation::insert) == request_for(http, operation::update));
  CHECK(request_for(http, operation::erase) == nullptr);
  const auto& upsert = http.requests.at(0);
  CHECK(upsert.batch_rows == config::defaults::http_batch_rows);
  CHECK(upsert.headers.empty());
  CHECK(upsert.item.empty());
  CHECK_FALSE(upsert.results);
  CHECK_FALSE(http.basic_auth);
  CHECK(http.limits == config::request_limits{});
  CHECK_FALSE(http.gzip);
  CHECK(http.max_body == config::defaults::max_body);
  CHECK(http.timeout == config::defaults::http_timeout);
  CHECK(http.retry == config::http_config::retrying{});
  CHECK(http.idempotency_header.empty());
  CHECK(http.tls == config::tls_files{});
}

TEST_CASE("rows can be written by an upsert or by insert and update, not by both or half of it") {
  const std::string request =
      R"({"method": "POST", "url": "https://a.example/p", "body": "{{rows}}"})";
  CHECK(http_problems(R"("insert": )" + request + R"(, "update": )" + request).empty());
  const std::string missing =
      "/destination: says not how rows are written; give an \"upsert\" request, or \"insert\" and "
      "\"update\"\n";
  CHECK(http_problems(R"("insert": )" + request) == missing);
  CHECK(http_problems(R"("update": )" + request) == missing);
  CHECK(http_problems(good_delete) == missing);
  CHECK(http_problems(good_upsert + R"(, "insert": )" + request) ==
        "/destination/insert: repeats what \"upsert\" does; give \"upsert\", or \"insert\" and "
        "\"update\"\n");
  CHECK(http_problems(good_upsert + R"(, "update": )" + request) ==
        "/destination/update: repeats what \"upsert\" does; give \"upsert\", or \"insert\" and "
        "\"update\"\n");
}

TEST_CASE("a mode asks for the requests that it sends and for no others") {
  const std::string request = R"({"method": "POST", "url": "https://api.example.com/v1/{{key.id}}",
                                  "body": "{{row}}"})";
  const auto insert = "\"insert\": " + request, update = "\"update\": " + request;
  CHECK(http_problems(insert, "insert").empty());
  CHECK(http_problems(update, "update").empty());
  for (const auto* mode : {"insert", "update", "append"})
    CHECK(http_problems(good_upsert, mode).empty());
  CHECK(http_problems(update, "insert") ==
        "/destination: says not how rows are inserted; give an \"insert\" or an \"upsert\" "
        "request\n");
  CHECK(http_problems(insert, "update") ==
        "/destination: says not how rows are updated; give an \"update\" or an \"upsert\" "
        "request\n");
  for (const auto* mode : {"upsert", "append"})
    CHECK(http_problems(insert, mode) ==
          "/destination: says not how rows are written; give an \"upsert\" request, or \"insert\" "
          "and \"update\"\n");
}

TEST_CASE("the mode mirror asks for a request that deletes") {
  CHECK(http_problems(good_upsert, "mirror") ==
        "/mode: \"mirror\" deletes rows, and the destination has no \"delete\"; add a \"delete\" "
        "request, or use \"upsert\"\n");
  CHECK(http_problems(good_upsert + ", " + good_delete, "mirror").empty());
  CHECK(http_problems(good_upsert + ", " + good_delete, "upsert").empty());
}

TEST_CASE("all problems of an http destination are reported at once") {
  CHECK(http_problems(R"("uspert": 1, "upsert": {"method": "GET", "body": {"a": "{{rows}}"}},
                         "basic_auth": {"pasword": "x"}, "max_body": "1B", "gzip": 1,
                         "rate_limit": {"requests": 0}, "timeout": "0s",
                         "retry": {"base": "1x", "tries": 3}, "idempotency_header": "a b",
                         "tls": {"certificate": "c.pem"}, "batch_rows": 0)") ==
        "/destination/uspert: unknown key \"uspert\"; did you mean \"upsert\"?\n"
        "/destination/batch_rows: 0 is not allowed; it must be a whole number from 1 to 100000\n"
        "/destination/upsert/method: \"GET\" is not known; known here: \"POST\", \"PUT\", "
        "\"PATCH\", \"DELETE\"\n"
        "/destination/upsert/url: is missing; say where to send it\n"
        "/destination/basic_auth/pasword: unknown key \"pasword\"; did you mean \"password\"?\n"
        "/destination/basic_auth/user: is missing; name the user\n"
        "/destination/max_body: \"1B\" is not allowed; it must be from 1kB to 256MB\n"
        "/destination/gzip: is a number; it must be true or false\n"
        "/destination/rate_limit/requests: 0 is not allowed; it must be a whole number from 1 to "
        "1000000000\n"
        "/destination/rate_limit/per: is missing; say in which time, for example \"1s\"\n"
        "/destination/timeout: \"0s\" is not allowed; it must be from 1ms to 1d\n"
        "/destination/retry/tries: unknown key \"tries\"; known here: \"base\", \"cap\", "
        "\"give_up_after\"\n"
        "/destination/retry/base: \"1x\" is not a duration; write a whole number and a unit: "
        "\"250ms\", \"30s\", \"15m\", \"24h\", \"7d\"\n"
        "/destination/idempotency_header: \"a b\" cannot name a header; a name has letters, digits "
        "and dashes\n"
        "/destination/tls: \"certificate\" and \"key\" go together; give both, or neither if the "
        "server asks for no certificate\n");
}

TEST_CASE("what several requests share is reported once") {
  CHECK(http_problems(good_upsert + ", " + good_delete + R"(, "batch_rows": 0,
                         "headers": {"X Y": "a", "X-Z": "{{nope}}"},
                         "results": {"items": "no pointer"})") ==
        "/destination/batch_rows: 0 is not allowed; it must be a whole number from 1 to 100000\n"
        "/destination/headers/X Y: \"X Y\" cannot name a header; a name has letters, digits and "
        "dashes\n"
        "/destination/headers/X-Z: names {{nope}}, which is not known; known here: {{rows}}, "
        "{{row}}, {{row.FIELD}}, {{key}}, {{key.COLUMN}}, {{op}}, {{connection}}, {{run}}, "
        "{{index}}, {{id}}, {{lookup.NAME}}\n"
        "/destination/results/items: \"no pointer\" is no JSON pointer; for example \"/results\" "
        "or \"/0/id\"\n");
}

TEST_CASE("settings of the wrong type are problems and end nothing") {
  for (const auto* wrong : {"null", "true", "7", "\"x\"", "[]", "[[1]]", "{}", "{\"x\": 1}"}) {
    for (const auto* key :
         {"upsert", "delete", "headers", "basic_auth", "results", "batch_rows", "max_body", "gzip",
          "rate_limit", "concurrency", "quota_headers", "account", "timeout", "retry",
          "idempotency_header", "identity", "tls", "preset", "with"}) {
      INFO(key, ": ", wrong);
      std::string members;
      if (std::string_view(key) != "upsert") members.append(good_upsert).append(", ");
      members.append("\"").append(key).append("\": ").append(wrong);
      const http_connection connection(members);
      const auto loaded = connection.folder.load();
      CHECK(loaded.config.has_value() == loaded.problems.empty());
    }
  }
  CHECK(http_problems(good_upsert + R"(, "basic_auth": {"user": 7, "password": 8})") ==
        "/destination/basic_auth/user: is a number; it must be a string\n"
        "/destination/basic_auth/password: is a number; it must be a string\n");
}

TEST_CASE("identity says of one value or of every key how the API tells rows apart") {
  using config::http_identity;
  using enum identity_step;
  const auto identity = [](const std::string& written) {
    return read_http(good_upsert + R"(, "identity": )" + written).identity;
  };
  CHECK(identity(R"("lower")") == std::vector<http_identity>{{{}, {}, {lower}}});
  CHECK(
      identity(R"(["trim", "casefold", "nfc", "nfkc", "unaccent", "digits", "sha256"])") ==
      std::vector<http_identity>{{{}, {}, {trim, casefold, nfc, nfkc, unaccent, digits, sha256}}});
  CHECK(identity(R"({"id": "number", "name.first": ["lower", "md5"]})") ==
        std::vector<http_identity>{{{"id"}, identity_form::number, {}},
                                   {{"name", "first"}, {}, {lower, md5}}});
  CHECK(identity(R"("exact")") == std::vector<http_identity>{{}});
  CHECK(read_http(good_upsert).identity.empty());
  CHECK(json::parse(http_connection(good_upsert).shown())["identity"] == "exact");
}

TEST_CASE("an identity that makes no sense is refused") {
  const auto problems = [](const std::string& written) {
    return http_problems(good_upsert + R"(, "identity": )" + written);
  };
  CHECK(problems(R"("upper")")
            .starts_with("/destination/identity: \"upper\" is not known; known here: \"exact\", "
                         "\"number\", \"uuid\", \"trim\", \"lower\""));
  CHECK(problems(R"(["exact", "lower"])") ==
        "/destination/identity/0: \"exact\" stands alone; remove it, or everything else\n");
  CHECK(problems(R"({"id": ["md5", "lower"]})") ==
        "/destination/identity/id/1: follows a hash, of which nothing is to be changed; put the "
        "hash last\n");
}

TEST_CASE("identity names fields and key columns, as far as they are known") {
  const auto problems = [](const std::string& identity, const std::string& more) {
    return http_connection(good_upsert + R"(, "identity": {)" + identity + "}", "upsert", more)
        .problems();
  };
  const std::string mapping = R"(, "mapping": {"email": "mail", "name.first": "first"})";
  CHECK(problems(R"("email": "lower", "id": "trim", "name.first": "nfc")", mapping).empty());
  CHECK(problems(R"("mail": "lower")", mapping) ==
        "/destination/identity: \"mail\" is neither a mapped field nor a key column; name the "
        "field by which the API finds a row, or the key column\n");
  CHECK(problems(R"("mail": "lower")", "").empty());  // the model will tell
}

TEST_CASE("a user may go without a password") {
  const config::http_config::credentials expected{"write-key", ""};
  CHECK(read_http(good_upsert + R"(, "basic_auth": {"user": "write-key"})").basic_auth == expected);
  CHECK(read_http(good_upsert + R"(, "basic_auth": {"user": "write-key", "password": ""})")
            .basic_auth == expected);
}

TEST_CASE("references in an http destination must have a value and stay as they were written") {
  const test::variable token("SLUICE_TEST_TOKEN", "canary");
  const auto http = read_http(good_upsert +
                              R"(, "headers": {"Authorization": "Bearer ${env:SLUICE_TEST_TOKEN}"},
           "basic_auth": {"user": "u", "password": "${env:SLUICE_TEST_TOKEN}"})");
  CHECK(http.requests.at(0).headers.at(0).second == "Bearer ${env:SLUICE_TEST_TOKEN}");
  CHECK(http.basic_auth->password == "${env:SLUICE_TEST_TOKEN}");
  CHECK(http_problems(good_upsert + R"(, "headers": {"A": "${env:SLUICE_TEST_UNSET}"})") ==
        "/destination/headers/A: ${env:SLUICE_TEST_UNSET}: the environment variable is not set; "
        "set it in the environment of the node\n");
}

TEST_CASE("batches of an http destination are as large as its largest request") {
  const auto batch_rows = [](const std::string& members, const std::string& more = "") {
    return http_connection(members, "upsert", more).folder.customers().delivery.batch_rows;
  };
  CHECK(batch_rows(good_upsert) == config::defaults::http_batch_rows);
  CHECK(batch_rows(good_upsert + R"(, "batch_rows": 2500)") == 2500);
  CHECK(batch_rows(good_upsert + R"(, "batch_rows": 5)") == config::defaults::http_batch_rows);
  // A request for a single row has no batches.
  CHECK(batch_rows(R"("batch_rows": 2500, "upsert": {"method": "PUT",
                      "url": "https://a.example/{{key.id}}", "body": "{{row}}"})") ==
        config::defaults::http_batch_rows);
  CHECK(batch_rows(good_upsert + R"(, "batch_rows": 2500)",
                   R"(, "delivery": {"batch_rows": 10})") == 10);
}

TEST_CASE("statuses can be said for all requests and for one of them") {
  const auto http = read_http(R"(
    "statuses": {"430": "retry", "4xx": "road", "409": "delivered", "422": "exists",
                 "41x": "missing"},
    "upsert": {"method": "POST", "url": "https://a.example/p", "body": "{{rows}}",
               "statuses": {"409": "row", "5xx": "credentials"}},
    "delete": {"method": "DELETE", "url": "https://a.example/p/{{key.id}}"})");
  const auto& upsert = request_for(http, operation::insert)->statuses;
  const auto& gone = request_for(http, operation::erase)->statuses;
  using config::status_class;
  CHECK(upsert.find(430) == status_class::retry);
  CHECK(upsert.find(431) == status_class::road);
  CHECK(upsert.find(422) == status_class::exists);
  CHECK(upsert.find(418) == status_class::missing);
  CHECK(upsert.find(409) == status_class::row);
  CHECK(upsert.find(599) == status_class::credentials);
  CHECK_FALSE(upsert.find(302));
  CHECK(gone.find(409) == status_class::delivered);
  CHECK_FALSE(gone.find(599));
}

TEST_CASE("a status that is none and a class that is none are problems") {
  CHECK(
      http_problems(good_upsert +
                    R"(, "statuses": {"43": "retry", "430": "rtry", "x00": "row"})") ==
      "/destination/statuses/43: \"43\" names no status; a status from 200 to 999, or a range such "
      "as \"52x\" or \"5xx\"\n"
      "/destination/statuses/430: \"rtry\" is not known; did you mean \"retry\"?\n"
      "/destination/statuses/x00: \"x00\" names no status; a status from 200 to 999, or a range "
      "such as \"52x\" or \"5xx\"\n");
  CHECK(
      http_problems(good_upsert + R"(, "statuses": ["430"])") ==
      "/destination/statuses: must be an object: status ← class; for example {\"430\": \"retry\", "
      "\"52x\": \"retry\"}\n");
}

TEST_CASE("an http destination is shown with defaults and references and without secrets") {
  const test::variable token("SLUICE_TEST_TOKEN", "canary");
  const auto shown = json::parse(http_connection(R"(
      "headers": {"Authorization": "Bearer ${env:SLUICE_TEST_TOKEN}", "X-Api-Key": "canary",
                  "Cookie": "canary=${env:SLUICE_TEST_TOKEN}", "X-Source": "sluice"},
      "basic_auth": {"user": "canary", "password": "canary"},
      "upsert": {"method": "POST", "url": "https://a.example/p?v=1&api_key=canary&x=2",
                 "headers": {"authorization": "Token canary"},
                 "body": {"people": "{{rows}}", "auth_token": "canary",
                          "credentials": {"name": ["canary"]}}})")
                                     .shown());
  CHECK(shown.dump().find("canary") == std::string::npos);
  CHECK(shown["headers"] == json{{"Authorization", "Bearer ${env:SLUICE_TEST_TOKEN}"},
                                 {"X-Api-Key", "***"},
                                 {"Cookie", "***"},
                                 {"X-Source", "sluice"}});
  CHECK(shown["basic_auth"] == json{{"user", "***"}, {"password", "***"}});
  CHECK(shown["upsert"]["url"] == "https://a.example/p?v=1&api_key=***&x=2");
  CHECK(shown["upsert"]["headers"]["authorization"] == "***");
  CHECK(shown["upsert"]["body"]["people"] == "{{rows}}");
  CHECK(shown["batch_rows"] == 100);
  CHECK(shown["max_body"] == "1MB");
  CHECK(shown["gzip"] == false);
  CHECK(shown["timeout"] == "30s");
  CHECK(shown["retry"] == json{{"base", "500ms"}, {"cap", "1m"}, {"give_up_after", "10m"}});
}

TEST_CASE("credentials are shown with their references") {
  const test::variable token("SLUICE_TEST_TOKEN", "canary");
  const auto shown = json::parse(
      http_connection(good_upsert + R"(, "basic_auth": {"user": "${env:SLUICE_TEST_TOKEN}",
                                                        "password": "a${env:SLUICE_TEST_TOKEN}"})")
          .shown());
  CHECK(shown["basic_auth"] == json{{"user", "${env:SLUICE_TEST_TOKEN}"}, {"password", "***"}});
}
