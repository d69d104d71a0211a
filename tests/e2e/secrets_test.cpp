// Passwords as canaries: whatever the real binary prints, answers or stores, none of them is in it.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "messages/base64.hpp"

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string password_key = "Pwd=";

/// A connection string whose password is `password`, which may be a reference.
std::string with_password(const std::string& connection_string, const std::string& password) {
  const auto at = connection_string.find(password_key);
  REQUIRE(at != std::string::npos);
  REQUIRE(connection_string.back() == '}');  // the password of the test servers stands last
  return connection_string.substr(0, at) + password_key + password;
}

/// The password of the test servers, without the braces of the connection string.
std::string real_password(const std::string& connection_string) {
  const auto at = connection_string.find(password_key) + password_key.size() + 1;
  auto text = connection_string.substr(at, connection_string.size() - at - 1);
  const auto doubled = text.find("}}");
  REQUIRE(doubled != std::string::npos);
  return text.erase(doubled, 1);
}

/// Everything that was printed, answered or stored.
class witness {
 public:
  test::outcome hear(test::outcome ended) {
    heard_ += ended.output + ended.errors;
    return ended;
  }
  void read(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      heard_.append(std::istreambuf_iterator<char>(file), {});
      ++files_;
    }
  }
  /// The whole secret, and as it looks inside braces and inside JSON.
  void check_ignorant_of(const std::string& secret) const {
    auto braced = secret;
    if (const auto brace = braced.find('}'); brace != std::string::npos) braced.insert(brace, "}");
    for (const auto& form : {secret, braced, json(secret).dump(), json(braced).dump()}) {
      const auto at = heard_.find(form);
      INFO("around it: ",
           at == std::string::npos ? "" : heard_.substr(at < 200 ? 0 : at - 200, 400));
      CHECK(at == std::string::npos);
    }
  }
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] int files() const { return files_; }

 private:
  std::string heard_;
  int files_ = 0;
};

/// Every command about every connection, as text and as JSON, with a node that logs all it can.
void use_everything(test::node_fixture& node, const std::vector<std::string>& names,
                    const std::string& log_format, witness& w) {
  node.settings["log"] = {{"level", "debug"}, {"format", log_format}};
  node.start();
  for (const bool as_json : {false, true}) {
    const auto with_format = [&](std::vector<std::string> words) {
      if (as_json) words.emplace_back("--json");
      return words;
    };
    for (const auto& name : names) {
      for (const auto& words : std::vector<std::vector<std::string>>{
               {"sync", name, "--watch"}, {"status", name}, {"runs", name}, {"rejected", name}})
        w.hear(node.sluice(with_format(words)));
    }
    w.hear(node.sluice(with_format({"connections"})));
    w.hear(test::run_program(
        {.program = SLUICE_BINARY,
         .arguments = with_format({"check", "--config", node.config_file().string()}),
         .environment = node.environment},
        60s));
    w.hear(test::run_program(
        {.program = SLUICE_BINARY,
         .arguments = with_format({"check", "--config", node.config_file().string(), "--show"}),
         .environment = node.environment},
        60s));
  }
  node.node().signal(SIGTERM);
  const auto ended = node.node().wait(30s);
  REQUIRE(ended);
  CHECK(ended->exit_code == 0);
  w.hear(*ended);
  w.read(node.path() / "state");
}

}  // namespace

TEST_CASE("a wrong password appears in no output, no log line and no file of the node") {
  const test::database_fixture good(odbc::product::sqlite);
  good.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 3)});
  const std::vector<std::string> secrets{"canary-env-7391",      "canary-file-1107",
                                         "canary-literal-8264",  "canary;with}braces-5520",
                                         "canary-attributes-93", "canary-driver-4417"};
  test::node_fixture node;
  node.environment = {{"CANARY", secrets[0]}, {"CANARY_BRACES", secrets[3]}};
  std::ofstream(node.path() / "connections/canary") << secrets[1] << "\n";
  std::vector<std::string> names;
  for (const auto kind : {odbc::product::postgresql, odbc::product::mariadb}) {
    const test::database_fixture server(kind);
    const auto odbc = [&](const std::string& password) {
      return with_password(server.connection_string(), password);
    };
    const auto attributes = "CANARY_ATTRIBUTES_" + std::string(to_string(kind));
    node.environment[attributes] = odbc(secrets[4]);
    const std::pair<std::string, std::string> ways[] = {
        {"env", odbc("${env:CANARY}")},
        {"file", odbc("${file:canary}")},
        {"literal", odbc(secrets[2])},
        {"braces", odbc("${env:CANARY_BRACES}")},
        {"attributes", "${env:" + attributes + "}"},
        {"driver", "Driver=/nonexistent.so;Uid=x;Password=" + secrets[5]}};
    for (const auto& [way, text] : ways) {
      auto config = test::mirror_customers(good, good);
      names.push_back(std::string(to_string(kind)) + "-" + way + "-source");
      config["source"]["odbc"] = text;
      node.connection(names.back(), config);
      config = test::mirror_customers(good, good);
      names.push_back(std::string(to_string(kind)) + "-" + way + "-destination");
      config["destination"]["odbc"] = text;
      node.connection(names.back(), config);
    }
  }
  witness w;
  use_everything(node, names, "text", w);
  use_everything(node, names, "json", w);
  // Each of them did fail, and said so.
  node.start();
  for (const auto& name : names) {
    CAPTURE(name);
    const auto run = node.json({"status", name})["run"];
    CHECK(run["state"] == "failed");
    CHECK(run["error"]["code"] ==
          (name.ends_with("source") ? "source_failed" : "destination_failed"));
    CHECK(w.heard().find(name) != std::string::npos);
  }
  CHECK(w.files() > 2);
  CHECK(w.heard().find("password authentication failed") != std::string::npos);
  CHECK(w.heard().find("Access denied") != std::string::npos);
  for (const auto& secret : secrets) w.check_ignorant_of(secret);
  for (const std::string beginning : {"canary-", "canary;"}) w.check_ignorant_of(beginning);
}

TEST_CASE("a password that works appears in no output, no log line and no file of the node") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::mariadb);
  source.run({test::customers_table, test::fill_customers(odbc::product::postgresql, 100),
              "UPDATE customers SET name = NULL WHERE id = 50"});
  target.run(
      {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100) NOT NULL, balance "
       "DECIMAL(12,2))"});
  const auto secret = real_password(source.connection_string());
  REQUIRE(secret == real_password(target.connection_string()));
  test::node_fixture node;
  node.environment = {{"CANARY", secret}};
  auto config = test::mirror_customers(source, target);
  node.connection("literal", config);
  config["source"]["odbc"] = with_password(source.connection_string(), "${env:CANARY}");
  config["destination"]["odbc"] = with_password(target.connection_string(), "${env:CANARY}");
  node.connection("env", config);
  witness w;
  use_everything(node, {"literal", "env"}, "text", w);
  node.start();
  for (const auto* name : {"literal", "env"})
    CHECK(node.json({"status", name})["run"]["state"] == "succeeded");
  w.check_ignorant_of(secret);
}

TEST_CASE("an invalid configuration is explained without the passwords in it") {
  const test::database_fixture database(odbc::product::sqlite);
  const auto valid = test::mirror_customers(database, database);
  witness w;
  for (const std::string odbc :
       {"Driver=PostgreSQL Unicode;Pwd={canary-open-1", "Driver=X;Pwd=canary-{brace-2}x;",
        "Driver=X;Pwd={canary-tail-3}tail", "canary-alone-4", "Pwd=canary-${env:NOT_SET-5",
        "Driver=X;Pwd=canary-${env:NOT_SET_6}", "Driver=X;Pwd=canary-7;Pwd=canary-8"}) {
    CAPTURE(odbc);
    test::node_fixture node;
    for (const auto* side : {"source", "destination"}) {
      auto config = valid;
      config[side]["odbc"] = odbc;
      config[side]["obdc"] = "Pwd=canary-misspelt-9";
      config["mode"] = "mirrror";
      node.connection(side, config);
    }
    CHECK(w.hear(node.start_and_fail()).exit_code == 2);
    std::vector<std::string> words{"check", "--config", node.config_file().string()};
    for (int as = 0; as < 2; ++as) {
      CHECK(w.hear(test::run_program({.program = SLUICE_BINARY, .arguments = words}, 30s))
                .exit_code == 2);
      words.emplace_back("--json");
    }
  }
  CHECK(w.heard().find("mirror") != std::string::npos);
  w.check_ignorant_of("canary");
}

TEST_CASE("an API repeats secrets in other spellings and none is printed, answered or stored") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 5)});
  test::http_server server;
  // It says all that it was sent, as JSON within JSON, in a message and in a header.
  const auto repeated = [](const test::http_request& r) {
    json sent = json::object({{"target", r.target}, {"body", r.body}});
    for (const auto* name : {"Authorization", "X-Api-Key", "X-Tenant"})
      sent[name] = r.headers.value(name);
    return sent.dump();
  };
  for (const int status : {422, 401}) {
    CAPTURE(status);
    server.handle([&](const test::http_request& r) {
      const auto told = repeated(r);
      return test::http_reply{.status = status,
                              .headers = {{"X-Repeated", r.headers.value("Authorization")}},
                              .body = json{{"message", "refused: " + told}}.dump()};
    });
    test::node_fixture node;
    const std::string quoted = R"(canary"quoted\7391/ä&<+)";
    node.environment = {{"CANARY_PW", "canary-password-1107"},
                        {"CANARY_TOKEN", quoted},
                        {"CANARY_STEP", "canary-step-8264"},
                        {"CANARY_HOOK", server.url("/services/T0/canary-hook-5520?key=canary-9")}};
    const auto to_api = [&](const json& destination) {
      auto config = test::mirror_customers(source, source);
      config["mode"] = "upsert";
      config["row_log"] = true;
      config["destination"] = destination;
      config["destination"]["kind"] = "http";
      config["notify"] = {{{"on", {"failed", "rejected"}}, {"url", "${env:CANARY_HOOK}"}}};
      return config;
    };
    const auto request = [&](const std::string& path, const json& body) {
      return json{{"method", "POST"}, {"url", server.url(path)}, {"body", body}};
    };
    node.connection("basic",
                    to_api({{"basic_auth", {{"user", "u"}, {"password", "${env:CANARY_PW}"}}},
                            {"upsert", request("/", {{"rows", "{{rows}}"}})}}));
    node.connection("body",
                    to_api({{"headers",
                             {{"Authorization", "Bearer canary-literal-4417"},
                              {"X-Tenant", "${env:CANARY_PW}"}}},
                            {"upsert", request("/${env:CANARY_STEP}/x?api_key=canary-query-93",
                                               {{"api_token", "${env:CANARY_TOKEN}"},
                                                {"login", {{"password", "canary-member-2"}}},
                                                {"rows", "{{rows}}"}})}}));
    witness w;
    use_everything(node, {"basic", "body"}, "json", w);
    CHECK(w.heard().find("refused: ") != std::string::npos);
    CHECK(w.heard().find("***") != std::string::npos);
    std::string base64;
    append_base64(base64, "u:canary-password-1107");
    CHECK(w.heard().find(base64.substr(4, 20)) == std::string::npos);
    w.check_ignorant_of("canary-");
    w.check_ignorant_of("canary\"");
    w.check_ignorant_of(json(json(quoted).dump()).dump().substr(5, 20));
    w.check_ignorant_of("quoted");
  }
}
