// Credentials that end, rotate and are lost, driven by the real binary.
#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "tests/e2e/customers_api.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_visitor.hpp"
#include "tests/support/token_server.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A node that mirrors customers into an API that wants to see a token.
struct guarded_node {
  explicit guarded_node(int rows, const std::string& grant = "client_credentials") {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, rows)});
    api.server.handle([this](const test::http_request& r) {
      if (ends_at_random && ++requests % 7 == 0) tokens.end_tokens();
      return tokens.is_good(r) ? test::http_reply{} : test::token_server::refusal();
    });
    node.environment["CRM_SECRET"] = secret;
    node.settings["credentials"]["crm"]["oauth2"] = {{"grant", grant},
                                                     {"token_url", tokens.url()},
                                                     {"client_id", "app"},
                                                     {"client_secret", "${env:CRM_SECRET}"},
                                                     {"give_up_after", "30s"}};
    config = test::mirror_customers(source, api.server);
    config["destination"]["auth"] = "crm";
  }
  void start() {
    node.connection("customers", config);
    node.start();
  }
  /// Commands that need no node.
  test::outcome local(std::vector<std::string> arguments, const std::string& input = {}) {
    for (const auto& word : {std::string("--config"), node.config_file().string()})
      arguments.push_back(word);
    return test::run_program({.program = SLUICE_BINARY,
                              .arguments = std::move(arguments),
                              .environment = {{"CRM_SECRET", secret},
                                              {"DISPLAY", std::nullopt},
                                              {"WAYLAND_DISPLAY", std::nullopt}},
                              .input = input},
                             60s);
  }
  /// As if `sluice authorize` had stored it.
  void keep(const std::string& refresh_token) {
    const auto folder = node.path() / "state" / "credentials";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "crm.json")
        << json{{"version", 1}, {"refresh_token", refresh_token},      {"node", "test"},
                {"first", ""},  {"since", "2026-01-31T09:00:00.000Z"}, {"refused", ""}};
  }
  [[nodiscard]] json kept() const {
    std::ifstream in(node.path() / "state" / "credentials" / "crm.json");
    return json::parse(in);
  }
  void check_converged() { CHECK((api.customers() == test::customers_of(source))); }

  static constexpr auto secret = "CANARY_CLIENT_SECRET_2718";
  test::database_fixture source{odbc::product::sqlite};
  test::token_server tokens;
  std::atomic<bool> ends_at_random{false};
  std::atomic<int> requests{0};
  test::customers_api api;
  test::node_fixture node;
  json config;
};

}  // namespace

TEST_CASE("a run whose tokens end all the time loses no row and converges") {
  guarded_node g(2000);
  g.ends_at_random = true;
  // With others under way, a token could end between the refusal of a request and its only
  // repetition.
  g.config["delivery"]["writers"] = 1;
  g.config["destination"]["concurrency"] = 1;
  g.start();
  const auto run = g.node.sync("customers");
  CHECK(run["delivered"] == 2000);
  CHECK(run["rejected"] == 0);
  CHECK(g.tokens.given() > 3);
  g.check_converged();
  CHECK(g.node.terminate() == 0);
}

TEST_CASE("one token serves all connections of a node, and no secret is told anywhere") {
  guarded_node g(200);
  g.node.connection("others", g.config);
  g.start();
  g.node.sync("customers");
  g.node.sync("others");
  CHECK(g.tokens.given() == 1);
  const auto preview = g.node.sluice({"preview", "customers", "--full"});
  CHECK(preview.output.find("Authorization: ***") != std::string::npos);
  const auto listed = g.local({"credentials", "--json"});
  CHECK(g.node.sluice({"credentials", "--json"}).output == listed.output);
  CHECK(json::parse(listed.output)[0]["credential"] == "crm");
  CHECK_FALSE(json::parse(listed.output)[0]["refreshed_at"].is_null());
  const auto settings = g.local({"check", "--show"});
  CHECK(settings.output.find("${env:CRM_SECRET}") != std::string::npos);
  for (const auto& text :
       {preview.output, listed.output, settings.output, g.node.node().errors()}) {
    CHECK(text.find(guarded_node::secret) == std::string::npos);
    CHECK(text.find("access-1") == std::string::npos);
  }
  CHECK(g.local({"check"}).exit_code == 0);
}

TEST_CASE("a token server that refuses the app ends the run with what to do") {
  guarded_node g(20);
  g.tokens.server.handle([](const auto&) {
    return test::http_reply{.status = 401, .body = R"({"error": "invalid_client"})"};
  });
  g.start();
  const auto run = g.node.sync("customers", {}, 1);
  CHECK(test::contains(run["error"]["message"], "invalid_client"));
  CHECK(test::contains(run["error"]["hint"], "client_secret"));
  CHECK(run["rejected"] == 0);
  CHECK(g.local({"check"}).exit_code == 1);
}

TEST_CASE("a stop does not wait for a token server that hangs") {
  guarded_node g(200);
  g.tokens.server.enqueue({.hold = true});
  g.config["delivery"]["drain_timeout"] = "100ms";
  g.start();
  g.node.json({"sync", "customers"});
  REQUIRE(g.tokens.server.wait_for_requests(1, 30s));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(g.node.sluice({"stop", "customers", "--yes", "--wait"}).exit_code == 0);
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  CHECK(g.node.terminate() == 0);
  CHECK(std::chrono::steady_clock::now() - begin < 20s);
}

TEST_CASE(
    "a node killed while it has a new refresh token goes on, or asks for a person, and never "
    "loops") {
  guarded_node g(200, "refresh_token");
  g.tokens.rotate("first");
  g.keep("first");

  // The new one is durable, and its access token was not used: nothing is lost.
  g.node.environment["SLUICE_FAIL_POINT"] = "token_stored";
  g.start();
  auto sync = g.node.begin({"sync", "customers"});
  g.node.wait_for_crash();
  CHECK(g.kept()["refresh_token"] == g.tokens.present_refresh_token());
  g.node.environment.erase("SLUICE_FAIL_POINT");
  g.node.start();
  g.node.sync("customers");
  g.check_converged();
  CHECK(g.tokens.given() == 2);
  CHECK(g.node.terminate() == 0);

  // Before it was durable: the old one is dead, which the token server is asked once.
  g.node.environment["SLUICE_FAIL_POINT"] = "token_answered";
  g.node.start();
  sync = g.node.begin({"sync", "customers", "--full"});
  g.node.wait_for_crash();
  CHECK(g.kept()["refresh_token"] != g.tokens.present_refresh_token());
  g.node.environment.erase("SLUICE_FAIL_POINT");
  g.node.start();
  for (int i = 0; i < 3; ++i) {
    const auto run = g.node.sync("customers", {}, 1);
    CHECK(test::contains(run["error"]["message"], "invalid_grant"));
    CHECK(run["error"]["hint"] == "authorise again: `sluice authorize crm`");
  }
  CHECK(g.tokens.server.requests().size() == 4);
  const auto listed = json::parse(g.local({"credentials", "--json"}).output);
  CHECK(test::contains(listed[0]["error"]["message"], "invalid_grant"));
}

TEST_CASE("a node that is killed at random while tokens rotate never uses one twice") {
  guarded_node g(400, "refresh_token");
  g.tokens.rotate("first");
  g.keep("first");
  g.ends_at_random = true;
  g.config["delivery"]["batch_rows"] = 10;
  g.config["destination"]["batch_rows"] = 5;
  g.start();
  std::mt19937 random(std::random_device{}());
  for (int i = 0; i < 5; ++i) {
    const auto sync = g.node.begin({"sync", "customers", "--full"});
    const auto seen = g.api.server.requests().size();
    static_cast<void>(g.api.server.wait_for_requests(seen + random() % 40, 5s));
    g.node.kill();
    g.node.start();
    if (g.tokens.is_revoked()) break;
  }
  g.ends_at_random = false;
  // Either all is well, or a person is asked for: the node died between an answer and the disk.
  const auto ended = g.node.sluice({"sync", "customers", "--wait", "--json"});
  const auto run = json::parse(ended.output);
  if (ended.exit_code == 0)
    g.check_converged();
  else
    CHECK(run["error"]["hint"] == "authorise again: `sluice authorize crm`");
}

TEST_CASE("a person authorises in the browser, and the node that runs goes on") {
  guarded_node g(20, "refresh_token");
  g.node.settings["credentials"]["crm"]["oauth2"]["authorize_url"] = "https://login.example/auth";
  g.start();
  CHECK(g.node.sync("customers", {}, 1)["error"]["hint"] ==
        "authorise again: `sluice authorize crm`");
  g.tokens.rotate("none yet");
  test::process authorize(
      {.program = SLUICE_BINARY,
       .arguments = {"authorize", "crm", "--config", g.node.config_file().string()},
       .environment = {{"CRM_SECRET", guarded_node::secret},
                       {"DISPLAY", std::nullopt},
                       {"WAYLAND_DISPLAY", std::nullopt}}});
  REQUIRE(authorize.wait_for_errors("code_challenge_method=S256", 30s));
  const auto printed = test::form_fields([&] {
    const auto text = authorize.errors();
    const auto query = text.find("https://login.example/auth?") + 27;
    return text.substr(query, text.find('\n', query) - query);
  }());
  const auto& back = printed.at("redirect_uri");
  const auto port = static_cast<std::uint16_t>(std::stoi(back.substr(back.rfind(':') + 1)));
  CHECK(test::get(port, "/favicon.ico").status == 404);
  CHECK(test::get(port, "/callback?code=good-code&state=" + printed.at("state")).status == 200);
  const auto done = authorize.wait(30s);
  REQUIRE(done);
  CHECK(done->exit_code == 0);
  CHECK(g.kept()["refresh_token"] == "refresh-1");
  g.node.sync("customers");
  g.check_converged();
}

TEST_CASE("an address can be pasted, and one of another authorisation is refused") {
  guarded_node g(1, "refresh_token");
  g.node.settings["credentials"]["crm"]["oauth2"]["authorize_url"] = "https://login.example/auth";
  g.start();
  const auto refused =
      g.local({"authorize", "crm", "--paste"}, "http://127.0.0.1:8765/callback?code=x&state=y\n");
  CHECK(refused.exit_code == 1);
  CHECK(refused.errors.find("does not belong to this authorisation") != std::string::npos);
  CHECK(g.tokens.server.requests().empty());
  CHECK(g.local({"authorize", "nobody"}).exit_code == 2);
}
