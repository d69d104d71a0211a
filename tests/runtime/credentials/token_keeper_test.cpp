#include "runtime/credentials/token_keeper.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <vector>

#include "messages/error.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/token_server.hpp"

using namespace sluice;
using namespace sluice::credentials;
using namespace std::chrono_literals;
using test::http_reply;

namespace {

using grant_type = config::oauth2_credential::grant_type;

/// What a request would show, `Bearer access-1`.
std::string shown_by(token_keeper& keeper, credential::shown* what = nullptr,
                     const std::stop_token& stop = {}) {
  http::http_request request{"POST", "https://a.example/", {}, {}, false};
  const auto shown = keeper.authorize(request, nullptr, stop);
  if (what != nullptr) *what = shown;
  return request.headers.back().substr(15);
}

error failure_of(token_keeper& keeper, const std::stop_token& stop = {}) {
  try {
    FAIL("it has a token: ", shown_by(keeper, nullptr, stop));
    return {};
  } catch (const failure& f) {
    return f.info();
  }
}

struct keeper_fixture {
  [[nodiscard]] config::credential_config settings(
      grant_type grant = grant_type::client_credentials) const {
    config::oauth2_credential app;
    app.grant = grant;
    app.token_url = tokens.url();
    app.client_id = "app";
    app.client_secret = "secret";
    config::credential_config out;
    out.kind = app;
    out.timeout = 10s;
    out.give_up_after = 20s;
    return out;
  }
  [[nodiscard]] home where(const std::string& node = "a") const {
    return {"salesforce", node_name(node), folder, log::logger({.level = log::level::error})};
  }
  std::unique_ptr<token_keeper> make(grant_type grant = grant_type::client_credentials) const {
    return std::make_unique<token_keeper>(settings(grant), where());
  }
  /// What the keeper says to one who waits for a server that hangs and is stopped.
  error stopped_while_it_waits(token_keeper& keeper) {
    tokens.server.enqueue({.hold = true});
    std::stop_source stop;
    auto waiting =
        std::async(std::launch::async, [&] { return failure_of(keeper, stop.get_token()); });
    REQUIRE(tokens.server.wait_for_requests(1, 10s));
    stop.request_stop();
    return waiting.get();
  }
  /// With a refresh token that is good once.
  std::unique_ptr<token_keeper> make_rotating() {
    tokens.rotate("first");
    file.write({"first", node_name("a"), {}, {}, {}});
    return make(grant_type::refresh_token);
  }

  test::temp_dir dir;
  std::filesystem::path folder = dir.path() / "credentials";
  token_file file{folder, "salesforce"};
  test::token_server tokens;
};

}  // namespace

TEST_CASE_FIXTURE(keeper_fixture, "one token is shown by all requests of its life") {
  const auto keeper = make();
  CHECK(shown_by(*keeper) == "Bearer access-1");
  CHECK(shown_by(*keeper) == "Bearer access-1");
  CHECK(tokens.server.requests().size() == 1);
}

TEST_CASE_FIXTURE(keeper_fixture, "writers that need a token at a time wait for the same one") {
  tokens.server.enqueue(
      {.body = R"({"access_token": "held-1", "expires_in": 3600})", .hold = true});
  const auto keeper = make();
  std::vector<std::future<std::string>> writers(16);
  for (auto& writer : writers)
    writer = std::async(std::launch::async, [&] { return shown_by(*keeper); });
  REQUIRE(tokens.server.wait_for_requests(1, 10s));
  tokens.server.release();
  for (auto& writer : writers) CHECK(writer.get() == "Bearer held-1");
  CHECK(tokens.server.requests().size() == 1);
}

TEST_CASE_FIXTURE(keeper_fixture, "a token that the API refuses is replaced once for all") {
  const auto keeper = make();
  credential::shown first;
  static_cast<void>(shown_by(*keeper, &first));
  CHECK(keeper->ended(first));
  credential::shown second;
  CHECK(shown_by(*keeper, &second) == "Bearer access-2");
  CHECK(keeper->ended(first));  // another writer's request had shown the first one, too
  CHECK(shown_by(*keeper) == "Bearer access-2");
  CHECK(tokens.given() == 2);
}

TEST_CASE_FIXTURE(keeper_fixture, "a token that is due is used while the next one is asked for") {
  tokens.set_life(0s);  // it tells none
  auto config = settings();
  std::get<config::oauth2_credential>(config.kind).expires_after = 10s;
  token_keeper keeper(config, where());
  CHECK(shown_by(keeper) == "Bearer access-1");
  // 80 % of a life of one second: as good as at once, and the server does not answer.
  tokens.server.enqueue({.body = R"({"access_token": "short-1", "expires_in": 1})"});
  credential::shown shown;
  static_cast<void>(shown_by(keeper, &shown));
  static_cast<void>(keeper.ended(shown));
  CHECK(shown_by(keeper) == "Bearer short-1");
}

TEST_CASE_FIXTURE(keeper_fixture, "a stop ends the wait for a token server that hangs") {
  CHECK(stopped_while_it_waits(*make()).code == errc::cancelled);
}

TEST_CASE_FIXTURE(keeper_fixture, "the end of a keeper does not wait for a server that hangs") {
  tokens.server.enqueue({.hold = true});
  const auto begin = std::chrono::steady_clock::now();
  static_cast<void>(stopped_while_it_waits(*make()));
  CHECK(std::chrono::steady_clock::now() - begin < 8s);  // the time-out is 10 s
}

TEST_CASE_FIXTURE(keeper_fixture, "a token server in trouble is asked again, with pauses") {
  tokens.server.enqueue({.status = 503});
  tokens.server.enqueue({.status = 429, .headers = {{"Retry-After", "1"}}});
  const auto begin = std::chrono::steady_clock::now();
  CHECK(shown_by(*make()) == "Bearer access-1");
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
  CHECK(tokens.server.requests().size() == 3);
}

TEST_CASE_FIXTURE(keeper_fixture, "who waits gives up in time, with the server's last words") {
  tokens.server.handle(
      [](const auto&) { return http_reply{.status = 503, .body = "maintenance"}; });
  auto config = settings();
  config.give_up_after = 300ms;
  token_keeper keeper(config, where());
  const auto why = failure_of(keeper);
  CHECK(why.code == errc::destination_failed);
  CHECK(why.cause.find("maintenance") != std::string::npos);
  CHECK(why.hint.find("give_up_after") != std::string::npos);
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a server that asks for a longer pause than anybody waits is believed") {
  tokens.server.enqueue({.status = 429, .headers = {{"Retry-After", "3600"}}});
  const auto begin = std::chrono::steady_clock::now();
  CHECK(failure_of(*make()).code == errc::destination_failed);
  CHECK(std::chrono::steady_clock::now() - begin < 15s);
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a client that is refused fails at once, and the next run asks anew") {
  tokens.server.enqueue({.status = 401, .body = R"({"error": "invalid_client"})"});
  const auto keeper = make();
  const auto why = failure_of(*keeper);
  CHECK(why.cause.starts_with("invalid_client"));
  CHECK(why.hint.find("client_secret") != std::string::npos);
  CHECK(tokens.server.requests().size() == 1);
  CHECK(shown_by(*keeper) == "Bearer access-1");
}

TEST_CASE_FIXTURE(keeper_fixture, "a 200 with an error is no token") {
  tokens.server.enqueue(
      {.body = R"({"error": "invalid_client", "error_description": "it has ended"})"});
  CHECK(failure_of(*make()).cause == "invalid_client: it has ended (HTTP 200)");
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a refresh token that is good once is on disk before its token is shown") {
  const auto keeper = make_rotating();
  for (int i = 1; i <= 3; ++i) {
    credential::shown shown;
    CHECK(shown_by(*keeper, &shown) == "Bearer access-" + std::to_string(i));
    CHECK(file.read()->refresh_token == tokens.present_refresh_token());
    static_cast<void>(keeper->ended(shown));
  }
  CHECK_FALSE(tokens.is_revoked());
}

TEST_CASE_FIXTURE(keeper_fixture, "another keeper goes on with the refresh token of the first") {
  static_cast<void>(shown_by(*make_rotating()));
  CHECK(shown_by(*make(grant_type::refresh_token)) == "Bearer access-2");
  CHECK_FALSE(tokens.is_revoked());
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a dead refresh token is used once, and never again until a person acts") {
  const auto keeper = make_rotating();
  tokens.rotate("somebody else has it");
  const auto why = failure_of(*keeper);
  CHECK(why.cause.starts_with("invalid_grant"));
  CHECK(why.hint == "authorise again: `sluice authorize salesforce`");
  const auto asked = tokens.server.requests().size();
  CHECK(asked == 1);
  CHECK(failure_of(*keeper).hint == why.hint);
  CHECK(failure_of(*make(grant_type::refresh_token)).cause == why.cause);  // after a restart
  CHECK(tokens.server.requests().size() == asked);
}

TEST_CASE_FIXTURE(keeper_fixture, "a new refresh token on disk is taken without a restart") {
  const auto keeper = make(grant_type::refresh_token);
  CHECK(failure_of(*keeper).cause == "there is no refresh token yet");
  CHECK(tokens.server.requests().empty());
  tokens.rotate("first");
  file.write({"first", node_name("a"), {}, {}, {}});
  CHECK(shown_by(*keeper) == "Bearer access-1");
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a refresh token in the configuration is the first, and a changed one the next") {
  tokens.rotate("configured");
  auto config = settings(grant_type::refresh_token);
  auto& app = std::get<config::oauth2_credential>(config.kind);
  app.refresh_token = "configured";
  CHECK(shown_by(*std::make_unique<token_keeper>(config, where())) == "Bearer access-1");
  CHECK(shown_by(*std::make_unique<token_keeper>(config, where())) == "Bearer access-2");
  tokens.rotate("another");
  app.refresh_token = "another";
  CHECK(shown_by(*std::make_unique<token_keeper>(config, where())) == "Bearer access-3");
  CHECK_FALSE(tokens.is_revoked());
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a refresh token of another node is left alone, with the reason") {
  static_cast<void>(make_rotating());
  token_keeper other(settings(grant_type::refresh_token), where("b"));
  const auto why = failure_of(other);
  CHECK(why.cause.find("given to node a") != std::string::npos);
  CHECK(why.cause.find("two nodes") != std::string::npos);
  CHECK(tokens.server.requests().empty());
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "without a disk no new access token is shown, and nothing is lost") {
  const auto keeper = make_rotating();
  std::filesystem::create_directory(folder / "salesforce.json.tmp");
  CHECK(failure_of(*keeper).code == errc::ledger_failed);
  CHECK(tokens.given() == 1);
  std::filesystem::remove(folder / "salesforce.json.tmp");
  CHECK(shown_by(*keeper) == "Bearer access-1");
  CHECK(file.read()->refresh_token == "refresh-1");
}

TEST_CASE_FIXTURE(keeper_fixture, "a stop leaves an exchange of refresh tokens to its end") {
  const auto keeper = make_rotating();
  tokens.server.enqueue(
      {.body = R"({"access_token": "late-1", "refresh_token": "late", "expires_in": 3600})",
       .hold = true});
  std::stop_source stop;
  auto waiting =
      std::async(std::launch::async, [&] { return failure_of(*keeper, stop.get_token()); });
  REQUIRE(tokens.server.wait_for_requests(1, 10s));
  stop.request_stop();
  CHECK(waiting.get().code == errc::cancelled);
  tokens.server.release();
  CHECK(shown_by(*keeper) == "Bearer late-1");
  CHECK(file.read()->refresh_token == "late");
}

TEST_CASE_FIXTURE(keeper_fixture, "the server of an API is that of the present token") {
  tokens.add("instance_url", "https://acme.my.salesforce.com");
  const config::base_url_config base{"/instance_url", {"*.salesforce.com"}};
  const auto keeper = make();
  http::http_request request{"POST", "/services/data", {}, {}, false};
  const auto shown = keeper->authorize(request, &base, {});
  CHECK(request.url == "https://acme.my.salesforce.com/services/data");
  tokens.add("instance_url", "https://evil.example");
  static_cast<void>(keeper->ended(shown));
  request.url = "/services/data";
  CHECK_THROWS_AS(static_cast<void>(keeper->authorize(request, &base, {})), failure);
  CHECK(request.url == "/services/data");
}

TEST_CASE_FIXTURE(keeper_fixture, "the last refresh and the last error are left for people") {
  const auto keeper = make();
  tokens.server.enqueue({.status = 401, .body = R"({"error": "invalid_client"})"});
  static_cast<void>(failure_of(*keeper));
  const std::map<std::string, config::credential_config> all{{"salesforce", settings()}};
  auto status = list_credentials(all, node_name("a"), folder).at(0);
  CHECK(status.last.problem.cause.starts_with("invalid_client"));
  CHECK_FALSE(status.last.refreshed_at);
  static_cast<void>(shown_by(*keeper));
  status = list_credentials(all, node_name("a"), folder).at(0);
  CHECK_FALSE(status.last.problem);
  REQUIRE(status.last.refreshed_at);
  REQUIRE(status.last.ends_at);
  CHECK(*status.last.ends_at - *status.last.refreshed_at == 1h);
}

TEST_CASE("a token server may have a certificate of an authority of its own, and want to see one") {
  const test::temp_dir dir;
  const test::certificate_authority ours{dir.path(), "ours"}, other{dir.path(), "other"};
  const auto server = ours.issue({.name = "server", .addresses = {"127.0.0.1"}});
  const auto app = ours.issue({.name = "app"});
  const test::token_server tokens({server.certificate, server.key, ours.certificate()});
  config::oauth2_credential oauth2;
  oauth2.token_url = tokens.url();
  oauth2.client_id = "app";
  config::credential_config settings;
  settings.kind = oauth2;
  settings.timeout = settings.give_up_after = 1s;
  const auto home_of = [&] {
    return home{"app", node_name("a"), dir.path(), log::logger({.level = log::level::error})};
  };
  settings.tls = {ours.certificate(), app.certificate, app.key};
  token_keeper good(settings, home_of());
  CHECK(shown_by(good) == "Bearer access-1");
  settings.tls.ca = other.certificate();
  token_keeper stranger(settings, home_of());
  CHECK(failure_of(stranger).text().find("certificate") != std::string::npos);
  CHECK(tokens.given() == 1);
}
