#include "runtime/destinations/http_destination.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "messages/delivery_name.hpp"
#include "messages/error.hpp"
#include "runtime/http/gzip.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

class http_harness final : public destination_harness {
 public:
  std::unique_ptr<destination> make() override {
    return make_http_destination(people_config(api_.server), shared_);
  }
  std::map<int, person> state() override { return api_.people(); }
  bool refuse_name(const std::string& name) override {
    api_.refuse(name);
    return true;
  }
  void break_target() override {
    api_.server.stop_listening();
    api_.server.drop_connections();
  }
  void mend_target() override { api_.server.listen_again(); }

 private:
  people_api api_;
  std::shared_ptr<traffic> shared_ =
      std::make_shared<traffic>(people_config(api_.server), log::logger({log::level::error}),
                                std::make_shared<metrics::activity>());
};

/// A way into `server`, open.
struct open_way {
  explicit open_way(const config::http_config& config, std::stop_token stop = {})
      : way(make_way_in(config)) {
    way->open(person_context(), std::move(stop));
  }
  batch_outcome deliver(const person_batch& deltas) { return way->deliver(deltas); }

  std::unique_ptr<destination> way;
};

std::vector<int> ids_in(const http_request& request) {
  std::vector<int> ids;
  for (const auto& row : json::parse(request.body)) ids.push_back(row.at("id"));
  return ids;
}

}  // namespace

SLUICE_DESTINATION_CONTRACT("http", http_harness)

TEST_CASE("a batch is sent in requests of batch_rows rows, in order if one goes at a time") {
  people_api api;
  auto config = people_config(api.server);
  config.limits.concurrency = 1;
  config.requests[0].batch_rows = 3;
  open_way way(config);
  CHECK(count(way.deliver(persons(8)), fate::delivered) == 8);
  const auto requests = api.server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(ids_in(requests[0]) == std::vector{1, 2, 3});
  CHECK(ids_in(requests[1]) == std::vector{4, 5, 6});
  CHECK(ids_in(requests[2]) == std::vector{7, 8});
  CHECK(requests[0].connection == requests[2].connection);
  CHECK(requests[0].headers.value("Content-Type") == "application/json");
}

TEST_CASE("a request that names a row is sent once for each") {
  people_api api;
  auto config = people_config(api.server);
  auto& gone = config.requests[1];
  gone = {.name = "delete",
          .method = "DELETE",
          .url = api.server.url("/people/{{key.id}}"),
          .per_row = true};
  api.server.handle([](const http_request&) { return http_reply{.status = 204, .body = ""}; });
  api.server.on_applied([](const http_request&) {});
  open_way way(config);
  CHECK(count(way.deliver(person_batch().erase(7).erase(9)), fate::delivered) == 2);
  const auto requests = api.server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "DELETE");
  CHECK(requests[0].target == "/people/7");
  CHECK(requests[1].target == "/people/9");
  CHECK(requests[1].body.empty());
}

TEST_CASE("a row that is not there any more counts as deleted") {
  for (const int status : {404, 410}) {
    people_api api;
    auto config = people_config(api.server);
    config.requests[1] = {.name = "delete",
                          .method = "DELETE",
                          .url = api.server.url("/people/{{key.id}}"),
                          .per_row = true};
    api.server.otherwise({.status = status});
    api.server.handle(nullptr);
    open_way way(config);
    const auto outcome = way.deliver(person_batch().erase(7));
    CHECK(count(outcome, fate::delivered) == 1);
    CHECK(outcome.rejections.empty());
  }
}

TEST_CASE("mode update sends its one request, and a row that the API does not know is rejected") {
  http_server server;
  server.handle([&](const http_request& r) {
    return http_reply{.status = r.path() == "/people/2" ? 404 : 200,
                      .body = R"({"message": "no such person"})"};
  });
  auto config = people_config(server);
  config.requests = {{.name = "update",
                      .method = "PATCH",
                      .url = server.url("/people/{{key.id}}"),
                      .body = R"("{{row}}")",
                      .per_row = true}};
  config.request_for = {std::nullopt, 0, std::nullopt};
  auto context = person_context();
  context.mode = sync_mode::update;
  const auto way = make_way_in(config);
  way->probe(context, {});
  way->open(context, {});
  const auto outcome = way->deliver(person_batch().update({1, "Ada"}).update({2, "Grace"}));
  CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected});
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].status == 404);
}

TEST_CASE("mode insert sends its one request and needs nothing of the others") {
  people_api api;
  auto config = people_config(api.server);
  config.requests = {config.requests[0], config.requests[0]};
  config.requests[0].name = "insert";
  config.requests[1].name = "update";
  config.requests[1].url = api.server.url("/people/{{row.unknown}}");  // would not open
  config.request_for = {0, 1, std::nullopt};
  auto context = person_context();
  context.mode = sync_mode::insert;
  const auto way = make_way_in(config);
  way->open(context, {});
  CHECK(way->deliver(persons(3)).fates == std::vector(3, fate::delivered));
  CHECK(api.people().size() == 3);
  context.mode = sync_mode::append;
  CHECK_THROWS_AS(way->open(context, {}), failure);
}

TEST_CASE("every status that may pass is tried again, with the same request") {
  for (const int status : {408, 420, 423, 425, 429, 430, 449, 500, 502, 503, 504, 520, 524, 529}) {
    CAPTURE(status);
    people_api api;
    api.server.enqueue({.status = status}, 2);
    auto config = people_config(api.server);
    config.idempotency_header = "Idempotency-Key";
    open_way way(config);
    CHECK(count(way.deliver(persons(2)), fate::delivered) == 2);
    const auto requests = api.server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].body == requests[2].body);
    CHECK(requests[0].headers.value("Idempotency-Key").size() == 32);
    CHECK(requests[0].headers.value("Idempotency-Key") ==
          requests[2].headers.value("Idempotency-Key"));
  }
}

TEST_CASE("a connection that breaks is tried again and delivered once the API answers") {
  for (const auto behaviour :
       {http_behaviour::reset_before_applying, http_behaviour::reset_after_applying,
        http_behaviour::headers_only, http_behaviour::half_body, http_behaviour::raw}) {
    CAPTURE(static_cast<int>(behaviour));
    people_api api;
    api.server.enqueue({.body = R"({"some": "answer"})", .behaviour = behaviour});
    open_way way(people_config(api.server, 5s));
    CHECK(count(way.deliver(persons(3)), fate::delivered) == 3);
    CHECK(api.people().size() == 3);
  }
}

TEST_CASE("values of a key arrive in order though requests are tried again") {
  people_api api;
  constexpr int rounds = 30;
  for (int i = 0; i < rounds; ++i) {
    api.server.enqueue({.status = 503, .apply = http_application::always});
    api.server.enqueue({.behaviour = i % 2 == 0 ? http_behaviour::reset_after_applying
                                                : http_behaviour::half_body});
    api.server.enqueue({});
  }
  std::vector<int> arrived;
  api.server.on_applied([&](const http_request& r) {
    arrived.push_back(std::stoi(json::parse(r.body).at(0).at("name").get<std::string>()));
  });
  open_way way(people_config(api.server, 10s));
  for (int i = 0; i < rounds; ++i)
    CHECK(count(way.deliver(person_batch().update({1, std::to_string(i)})), fate::delivered) == 1);
  CHECK(std::ranges::is_sorted(arrived));
  CHECK(arrived.back() == rounds - 1);
  CHECK(arrived.size() > rounds);
}

TEST_CASE("credentials that are refused fail the destination and reject nothing") {
  for (const int status : {401, 407, 419, 440, 498, 403, 402}) {
    CAPTURE(status);
    people_api api;
    api.server.otherwise({.status = status, .body = R"({"message": "the token has expired"})"});
    api.server.handle(nullptr);
    auto config = people_config(api.server);
    config.requests[0].batch_rows = 2;
    open_way way(config);
    const auto outcome = way.deliver(persons(60));
    CHECK(count(outcome, fate::undelivered) == 60);
    CHECK(outcome.rejections.empty());
    CHECK(outcome.failed.code == errc::destination_failed);
    CHECK(outcome.failed.object == "POST " + api.server.url("/people"));
    CHECK(outcome.failed.cause.find("the token has expired") != std::string::npos);
    CHECK(outcome.failed.hint.find("credentials") != std::string::npos);
    // A firewall may refuse single rows with 403 or 402: some others are tried first.
    const bool may_be_a_row = status == 403 || status == 402;
    CHECK(api.server.requests().size() <= (may_be_a_row ? 25 : 1));
  }
}

TEST_CASE("redirects are not followed, and fail the destination") {
  people_api elsewhere;
  for (const int status : {301, 302, 307, 308}) {
    people_api api;
    api.server.otherwise(
        {.status = status, .headers = {{"Location", elsewhere.server.url("/people")}}});
    api.server.handle(nullptr);
    open_way way(people_config(api.server));
    const auto outcome = way.deliver(persons(20));
    CHECK(count(outcome, fate::undelivered) + count(outcome, fate::unknown) == 20);
    CHECK(outcome.rejections.empty());
    CHECK(outcome.failed.hint.find("redirects are not followed") != std::string::npos);
    CHECK(api.server.requests().size() <= 20);
  }
  CHECK(elsewhere.server.requests().empty());
}

TEST_CASE("an address that the API does not know fails the destination and rejects nothing") {
  people_api api;
  api.server.otherwise({.status = 404});
  api.server.handle(nullptr);
  open_way way(people_config(api.server));
  const auto outcome = way.deliver(persons(20));
  CHECK(count(outcome, fate::undelivered) == 20);
  CHECK(outcome.rejections.empty());
  CHECK(outcome.failed.hint.find("url of destination.upsert") != std::string::npos);
}

TEST_CASE("a body that is too large is halved until the API takes it") {
  people_api api;
  api.server.handle([](const http_request& r) {
    return http_reply{.status = json::parse(r.body).size() > 3 ? 413 : 200};
  });
  open_way way(people_config(api.server));
  CHECK(count(way.deliver(persons(10)), fate::delivered) == 10);
  CHECK(api.people().size() == 10);
}

TEST_CASE("a row that is too large for a request is rejected with that reason") {
  people_api api;
  auto config = people_config(api.server);
  config.max_body = 1000;
  open_way way(config);
  auto deltas = persons(2);
  deltas.insert({3, std::string(2000, 'x')});
  const auto outcome = way.deliver(deltas);
  CHECK(count(outcome, fate::delivered) == 2);
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].index == 2);
  CHECK(outcome.rejections[0].reason.find("max_body is 1kB") != std::string::npos);
}

TEST_CASE("bad rows are rejected with status and the words of the API") {
  for (const int status : {400, 409, 422}) {
    people_api api;
    api.server.handle([&](const http_request& r) {
      const bool bad = r.body.find("person 5\"") != std::string::npos;
      return bad ? http_reply{.status = status, .body = R"({"message": "no such person"})"}
                 : http_reply{};
    });
    open_way way(people_config(api.server));
    const auto outcome = way.deliver(persons(9));
    CHECK(count(outcome, fate::delivered) == 8);
    REQUIRE(outcome.rejections.size() == 1);
    CHECK(outcome.rejections[0].index == 4);
    CHECK(outcome.rejections[0].status == status);
    CHECK(outcome.rejections[0].reason.find("no such person") != std::string::npos);
    CHECK_FALSE(outcome.failed);
  }
}

TEST_CASE("results acknowledge the rows that the answer confirms, in whatever order it has them") {
  people_api api;
  auto config = people_config(api.server);
  auto& upsert = config.requests[0];
  upsert.body = R"({"people": "{{rows}}"})";
  config::http_results results;
  results.items = "/results";
  results.match =
      config::http_results::by_value{{config::template_variable::name::row, {"id"}, false}, "/id"};
  results.ok = {"/status", {"\"created\""}};
  results.error = "/message";
  upsert.results = results;
  api.server.on_applied([](const http_request&) {});
  api.server.handle([](const http_request&) {
    return http_reply{.status = 207, .body = R"({"results": [
      {"id": 3, "status": "failed", "message": "taken"},
      {"id": "1", "status": "created"}, {"id": 4, "status": "created"}]})"};
  });
  open_way way(config);
  const auto outcome = way.deliver(persons(4));
  CHECK(outcome.fates ==
        std::vector{fate::delivered, fate::unknown, fate::rejected, fate::delivered});
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[0].index == 1);
  CHECK(outcome.rejections[0].reason.find("tells of no row") != std::string::npos);
  CHECK(outcome.rejections[1] == rejection{2, "taken", 207});
  CHECK_FALSE(outcome.failed);
}

namespace {

/// Results by the row's id, in batches of two.
config::http_config with_results(const http_server& server) {
  auto config = people_config(server);
  config::http_results results;
  results.items = "/results";
  results.match =
      config::http_results::by_value{{config::template_variable::name::row, {"id"}, false}, "/id"};
  config.requests[0].results = results;
  config.requests[0].batch_rows = 2;
  return config;
}

/// What a way into `server` makes of answers with this body: all rows in doubt after a request for
/// each two of them, with this reason.
void check_doubted(people_api& api, const config::http_config& config, const std::string& reason) {
  open_way way(config);
  const auto outcome = way.deliver(persons(4));
  CHECK(outcome.fates == std::vector(4, fate::unknown));
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[0].reason == "HTTP 200, but " + reason);
  CHECK(outcome.failed.cause == "HTTP 200, but " + reason);
  CHECK(api.server.requests().size() == 2);
}

}  // namespace

TEST_CASE("answers that cannot be read leave their rows in doubt, once, and fail the destination") {
  for (const auto& [body, reason] : std::map<std::string, std::string>{
           {"", "the answer has no body"},
           {"no json", "the answer is not JSON that can be read (from byte 2 on)"},
           {"{}", "the answer has nothing at \"/results\""},
           {R"({"results": 7})", "what the answer has at \"/results\" is no array"},
           {R"({"results": []})", "the answer tells of no row of the request"},
           {"{\"results\": [{\"id\": 1, \"name\": \"J\xfcrgen\"}]}", "the answer is not UTF-8"},
           {"<!DOCTYPE html><title>Back soon</title>",
            "the answer is an HTML page, \"Back soon\", as those of logins and of maintenance are"},
       }) {
    CAPTURE(body);
    people_api api;
    api.server.enqueue({.body = body}, 9);
    check_doubted(api, with_results(api.server), reason);
  }
}

TEST_CASE("one answer that cannot be read keeps no other row back") {
  people_api api;
  const auto told = [](int first) {
    const auto id = [](int n) { return "{\"id\": " + std::to_string(n) + "}"; };
    return http_reply{.body = "{\"results\": [" + id(first) + "," + id(first + 1) + "]}"};
  };
  api.server.enqueue({.body = "\xff"});
  api.server.enqueue(told(3));
  api.server.enqueue(told(5));
  open_way way(with_results(api.server));
  const auto outcome = way.deliver(persons(6));
  CHECK(count(outcome, fate::unknown) == 2);
  CHECK(count(outcome, fate::delivered) == 4);
  CHECK_FALSE(outcome.failed);
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[1].reason == "HTTP 200, but the answer is not UTF-8");
}

namespace {

/// Answers with status 200 whose body does not arrive as it was meant.
std::map<std::string, http_reply> damaged_replies() {
  const std::string body = R"({"results": [{"id": 1}, {"id": 2}]})";
  const auto zipped = http::gzip(body);
  return {
      {"the answer ends too early", {.body = body, .behaviour = http_behaviour::half_body}},
      {"the answer's compression is broken",
       {.headers = {{"Content-Encoding", "gzip"}}, .body = zipped.substr(0, zipped.size() / 2)}},
      {"the answer is larger than max_answer (1kB)",
       {.behaviour = http_behaviour::huge_body, .huge_size = 100'000}},
      {"the answer did not end within the time-out",
       {.body = body, .behaviour = http_behaviour::trickle, .interval = 1s}},
  };
}

}  // namespace

TEST_CASE("a body that is damaged takes nothing from a status that says delivered") {
  for (const auto& [reason, reply] : damaged_replies()) {
    CAPTURE(reason);
    people_api api;
    api.server.enqueue(reply);
    auto config = people_config(api.server);
    config.max_answer = 1000;
    config.timeout = 500ms;
    open_way way(config);
    CHECK(count(way.deliver(persons(2)), fate::delivered) == 2);
    CHECK(api.server.requests().size() == 1);
  }
}

namespace {

/// Persons are matched by the value at `item` of the answer's list `bad`.
config::http_config with_failures_listed(const http_server& server) {
  auto config = people_config(server);
  config::http_results results;
  results.lists = config::http_results::listing::failed_rows;
  results.items = "/bad";
  results.match = config::http_results::by_value{
      {config::template_variable::name::row, {"name"}, false}, "/name"};
  results.error = "/why";
  config.requests[0].results = results;
  return config;
}

}  // namespace

TEST_CASE("an answer whose failure cannot be matched costs halves of its rows, and no run") {
  people_api api;
  // The API calls the row otherwise than it was called.
  api.server.handle([](const http_request& request) -> http_reply {
    const bool has_it = request.body.find("\"person 5\"") != std::string::npos;
    return {.body = has_it ? R"({"bad": [{"name": "#5", "why": "fake"}]})" : "{}"};
  });
  open_way way(with_failures_listed(api.server));
  const auto outcome = way.deliver(persons(16));
  CHECK(count(outcome, fate::delivered) == 15);
  CHECK(outcome.fates[4] == fate::unknown);  // it was in a request that did not tell of it
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0] == rejection{4, "fake", 200});
  CHECK_FALSE(outcome.failed);
  CHECK(api.server.requests().size() == 9);  // 16, then 2 for each halving
  REQUIRE(way.way->warnings().size() == 1);
  CHECK(way.way->warnings()[0].find("destination.results.match") != std::string::npos);
}

TEST_CASE("a failure that is told under another spelling is matched by the identity") {
  people_api api;
  api.server.enqueue({.body = R"({"bad": [{"name": " PERSON 2", "why": "fake"}]})"});
  auto config = with_failures_listed(api.server);
  config.identity = {{{"name"}, {}, {identity_step::trim, identity_step::lower}}};
  open_way way(config);
  const auto outcome = way.deliver(persons(3));
  CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected, fate::delivered});
  CHECK(api.server.requests().size() == 1);
  CHECK(way.way->warnings().empty());
}

TEST_CASE("rows that an answer leaves out are asked for again, until none of them is told of") {
  people_api api;
  api.server.handle([](const http_request& request) -> http_reply {
    // Of a request it tells only of the first row, and never of number 3.
    const auto first = json::parse(request.body).at(0).at("id");
    return {.body = first == 3 ? R"({"all": []})" : json{{"all", {{{"id", first}}}}}.dump()};
  });
  auto config = people_config(api.server);
  config::http_results results;
  results.items = "/all";
  results.match =
      config::http_results::by_value{{config::template_variable::name::row, {"id"}, false}, "/id"};
  config.requests[0].results = results;
  open_way way(config);
  const auto outcome = way.deliver(persons(4));
  CHECK(outcome.fates ==
        std::vector{fate::delivered, fate::delivered, fate::unknown, fate::delivered});
  CHECK_FALSE(outcome.failed);
}

TEST_CASE("an API that is still at work on the request before is asked again, not believed") {
  people_api api;
  api.server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  api.server.enqueue({.status = 409}, 2);
  auto config = people_config(api.server, 5s);
  config.idempotency_header = "Idempotency-Key";
  open_way way(config);
  const auto outcome = way.deliver(persons(1));
  CHECK(outcome.fates == std::vector{fate::delivered});
  CHECK(outcome.rejections.empty());
  const auto requests = api.server.requests();
  REQUIRE(requests.size() == 4);
  for (const auto& each : requests)
    CHECK(each.headers.value("Idempotency-Key") == requests[0].headers.value("Idempotency-Key"));
}

TEST_CASE("a conflict that the configuration calls delivered is not waited for") {
  for (const bool by_rule : {false, true}) {
    people_api api;
    api.server.enqueue({.behaviour = http_behaviour::reset_after_applying});
    api.server.enqueue({.status = 409, .body = R"({"error": "exists"})"});
    auto config = people_config(api.server, 5s);
    config.idempotency_header = "Idempotency-Key";
    if (by_rule) {
      config.requests[0].answer.emplace().delivered = {{{{409, 409}}, {}}};
    } else {
      config.requests[0].statuses.add("409", config::status_class::delivered);
    }
    open_way way(config);
    CHECK(way.deliver(persons(1)).fates == std::vector{fate::delivered});
    CHECK(api.server.requests().size() == 2);
  }
}

TEST_CASE("what is delivered is told as it is answered, not when the batch is over") {
  people_api api;
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 2;
  config.limits.concurrency = 1;  // one answer after the other
  api.refuse("person 3");
  std::vector<std::uint64_t> told;
  auto way = make_way_in(config);
  const auto rows = persons(6);
  auto context = person_context();
  context.confirms = [&](row_count so_far) { told.push_back(so_far.number()); };
  way->open(context, {});
  const auto outcome = way->deliver(rows);
  CHECK(count(outcome, fate::delivered) == 5);
  CHECK(told == std::vector<std::uint64_t>{2, 4, 5});
  told.clear();
  CHECK(count(way->deliver(persons(2, 7)), fate::delivered) == 2);
  CHECK(told == std::vector<std::uint64_t>{2});
}

TEST_CASE("a conflict after an attempt of unknown outcome leaves the row in doubt, unlisted") {
  people_api api;
  api.server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  api.server.enqueue({.status = 409});
  open_way way(people_config(api.server, 5s));
  const auto outcome = way.deliver(persons(1));
  CHECK(outcome.fates == std::vector{fate::unknown});
  CHECK(outcome.rejections.empty());
  CHECK_FALSE(outcome.failed);
}

TEST_CASE("a request is not sent twice on the quiet when a connection in use breaks") {
  people_api api;
  open_way way(people_config(api.server, 5s));
  CHECK(count(way.deliver(persons(1)), fate::delivered) == 1);
  // The connection is known by now: curl alone would send the next request again, and the conflict
  // of the row with itself would look like its first answer.
  api.server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  api.server.enqueue({.status = 409});
  const auto outcome = way.deliver(persons(1, 2));
  CHECK(outcome.fates == std::vector{fate::unknown});
  CHECK(outcome.rejections.empty());
  CHECK(api.server.requests().size() == 3);
}

TEST_CASE("a row that is there when it is inserted is updated, in doubt or not") {
  const auto fresh = delivery_name(99, operation::insert, {8, 8});
  const auto changed = delivery_name_after(fresh, 1, operation::insert, {9, 9});
  for (const auto& delivery : {hash128{}, fresh, changed}) {
    people_api api;
    api.server.handle([](const http_request& request) -> http_reply {
      return {.status = request.method == "POST" ? 409 : 204, .body = ""};
    });
    api.server.on_applied([](const http_request&) {});
    auto config = people_config(api.server);
    const auto request = [&](const char* name, const char* method, const char* target) {
      return config::http_request_config{.name = name,
                                         .method = method,
                                         .url = api.server.url(target),
                                         .body = R"("{{row}}")",
                                         .per_row = true};
    };
    config.requests = {request("insert", "POST", "/people"),
                       request("update", "PATCH", "/people/{{key.id}}")};
    config.request_for = {0, 1, std::nullopt};
    person_batch one;
    const auto row = static_cast<const batch&>(one.insert({1, "one"}))[0];
    batch deltas(1);
    deltas.append(operation::insert, {7, 7}, {8, 8}, row.key, row.row, delivery);
    open_way way(config);
    const auto outcome = way.way->deliver(deltas);
    CHECK(outcome.fates == std::vector{fate::delivered});
    CHECK(outcome.rejections.empty());
    CHECK(api.server.requests().size() == 2);
    CHECK(api.server.requests().back().target == "/people/1");
  }
}

TEST_CASE("a conflict of a row that was never sent before is its own, with or without ids") {
  for (const auto* header : {"", "Idempotency-Key"}) {
    people_api api;
    api.server.enqueue({.status = 409});
    auto config = people_config(api.server, 5s);
    config.idempotency_header = header;
    open_way way(config);
    const auto outcome = way.deliver(persons(1));
    CHECK(outcome.fates == std::vector{fate::rejected});
    REQUIRE(outcome.rejections.size() == 1);
    CHECK(outcome.rejections[0].status == 409);
  }
}

TEST_CASE("a delivery that repeats that of an earlier run keeps its id, and is no conflict") {
  people_api api;
  auto config = people_config(api.server, 5s);
  config.idempotency_header = "Idempotency-Key";
  const auto request_of = [&](const hash128& delivery) {
    batch deltas(1);
    person_batch one;
    const auto row = static_cast<const batch&>(one.insert({1, "one"}))[0];
    deltas.append(operation::insert, {7, 7}, {8, 8}, row.key, row.row, delivery);
    open_way way(config);
    CHECK(way.way->deliver(deltas).fates == std::vector{fate::delivered});
    return api.server.requests().back().headers.value("Idempotency-Key");
  };
  const auto first = request_of({});
  const auto earlier = delivery_name(99, operation::insert, {8, 8});
  api.server.enqueue({.status = 409});
  const auto repeated = request_of(earlier);
  CHECK(api.server.requests().size() == 3);
  CHECK(repeated != first);
  CHECK(request_of(earlier) == repeated);
}

TEST_CASE("a body that is damaged tells nothing of rows, and is not asked for again") {
  for (const auto& [reason, reply] : damaged_replies()) {
    CAPTURE(reason);
    people_api api;
    api.server.enqueue(reply, 9);
    auto config = with_results(api.server);
    config.max_answer = 1000;
    config.timeout = 500ms;
    check_doubted(api, config, reason);
  }
}

TEST_CASE("labels of compression that are wrong do no harm") {
  const std::string body = R"({"results": [{"id": 1}, {"id": 2}]})";
  for (const auto* label : {"UTF-8", "gzip", "none", "deflate", "br"}) {
    for (const auto& sent : {body, http::gzip(body), http::gzip(http::gzip(body))}) {
      people_api api;
      api.server.enqueue({.headers = {{"Content-Encoding", label}}, .body = sent});
      open_way way(with_results(api.server));
      CHECK(count(way.deliver(persons(2)), fate::delivered) == 2);
    }
  }
}

TEST_CASE("a page for people where an API should be is no delivery") {
  people_api api;
  api.server.otherwise({.headers = {{"Content-Type", "text/html"}},
                        .body = "<!doctype html><title>Sign in</title>"});
  api.server.handle(nullptr);
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 2;
  open_way way(config);
  const auto outcome = way.deliver(persons(8));
  CHECK(count(outcome, fate::delivered) == 0);
  CHECK(outcome.failed.cause.find("HTML page, \"Sign in\"") != std::string::npos);
  CHECK(outcome.failed.hint.find("destination.answer.delivered") != std::string::npos);
  CHECK(api.server.requests().size() == 2);
}

TEST_CASE("conditions on the answer come before its status") {
  using condition = config::answer_condition;
  const auto when = [](const std::string& pointer, const std::string& value, int status = 200) {
    return config::answer_rule{
        {{status, status}}, {{condition::part::value, pointer, condition::test::in, {value}, {}}}};
  };
  config::answer_rules rules;
  rules.credentials = {when("/error", R"("invalid_auth")")};
  rules.retry = {when("/error", R"("ratelimited")"), when("/error", R"("busy")", 400)};
  rules.reject = {when("/ok", "false")};
  rules.delivered = {when("/error", R"("already_exists")", 409)};
  const auto refusing = [](const std::string& error, int status = 200) {
    return http_reply{.status = status,
                      .body = R"({"ok": false, "error": ")" + error + R"("})",
                      .apply = http_application::never};
  };
  people_api api;
  auto config = people_config(api.server, 5s);
  config.requests[0].answer = rules;
  const auto deliver = [&](int rows) {
    open_way way(config);
    return way.deliver(persons(rows));
  };
  api.server.enqueue(refusing("ratelimited"));
  api.server.enqueue(refusing("busy", 400));
  CHECK(deliver(2).fates == std::vector(2, fate::delivered));
  CHECK(api.server.requests().size() == 3);

  api.server.enqueue(refusing("already_exists", 409));
  CHECK(deliver(1).fates == std::vector{fate::delivered});

  api.server.enqueue(refusing("invalid_auth"));
  const auto credentials = deliver(2);
  CHECK(credentials.fates == std::vector(2, fate::undelivered));
  CHECK(credentials.failed.hint.find("credentials") != std::string::npos);

  // A batch that is refused is halved until the bad row stands alone.
  api.server.handle([&](const http_request& r) {
    return r.body.find("person 3") == std::string::npos ? http_reply{} : refusing("no such user");
  });
  const auto halved = deliver(4);
  CHECK(halved.fates ==
        std::vector{fate::delivered, fate::delivered, fate::rejected, fate::delivered});
  REQUIRE(halved.rejections.size() == 1);
  CHECK(halved.rejections[0] == rejection{2, "HTTP 200: no such user", 200});
}

TEST_CASE("results tell of a request for a row, in an answer that is one object") {
  http_server server;
  server.handle([](const http_request& r) {
    return http_reply{.body = r.path() == "/people/2" ? R"({"ok": false, "error": "not here"})"
                                                      : R"({"ok": true})"};
  });
  auto config = people_config(server);
  config.requests[0] = {.name = "upsert",
                        .method = "PUT",
                        .url = server.url("/people/{{key.id}}"),
                        .body = R"("{{row}}")",
                        .per_row = true};
  config::http_results results;
  results.match = config::http_results::only_row{};
  results.ok = {"/ok", {"true"}};
  results.error = "/error";
  config.requests[0].results = results;
  open_way way(config);
  const auto outcome = way.deliver(persons(3));
  CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected, fate::delivered});
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0] == rejection{1, "not here", 200});
}

TEST_CASE("a header without a value is sent") {
  people_api api;
  auto config = people_config(api.server);
  config.requests[0].headers = {{"X-Empty", ""}, {"X-Note", "{{connection}}"}};
  open_way way(config);
  CHECK(count(way.deliver(persons(1)), fate::delivered) == 1);
  const auto headers = api.server.requests().at(0).headers;
  CHECK(headers.contains("X-Empty"));
  CHECK(headers.value("X-Empty").empty());
  CHECK_FALSE(headers.value("X-Note").empty());
}

TEST_CASE("a secret that is empty or broken is found before anything is sent") {
  ::setenv("SLUICE_TEST_EMPTY", "", 1);
  ::setenv("SLUICE_TEST_BROKEN", "canary\n", 1);
  people_api api;
  const auto check_refused = [&](const config::http_config& config, const std::string& words) {
    const auto way = make_way_in(config);
    for (const bool open : {false, true}) {
      try {
        if (open) {
          way->open(person_context(), {});
        } else {
          way->probe(person_context(), {});
        }
        FAIL(words);
      } catch (const failure& f) {
        CHECK(f.info().code == errc::invalid_config);
        CHECK(f.info().text().find(words) != std::string::npos);
        CHECK(f.info().text().find("canary") == std::string::npos);
      }
    }
  };
  for (const auto& [reference, words] : std::map<std::string, std::string>{
           {"${env:SLUICE_TEST_EMPTY}", "is empty"}, {"${env:SLUICE_TEST_BROKEN}", "line break"}}) {
    auto config = people_config(api.server);
    config.requests[0].headers = {{"Authorization", "Bearer " + reference}};
    check_refused(config, words);
    config = people_config(api.server);
    config.basic_auth = {"user", reference};
    check_refused(config, words);
    config.basic_auth = {reference, ""};
    check_refused(config, words);
    config = people_config(api.server);
    config.requests[0].url += "?key=" + reference;
    check_refused(config, words);
  }
  CHECK(api.server.requests().empty());
  ::unsetenv("SLUICE_TEST_EMPTY");
  ::unsetenv("SLUICE_TEST_BROKEN");
}

TEST_CASE("a row refused after an attempt of unknown outcome is rejected and stays in doubt") {
  people_api api;
  api.server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  api.server.enqueue({.status = 422});
  open_way way(people_config(api.server, 5s));
  const auto outcome = way.deliver(persons(1));
  CHECK(outcome.fates == std::vector{fate::unknown});
  REQUIRE(outcome.rejections.size() == 1);
}

TEST_CASE("an API that stays down is given up after a while, and nothing is called delivered") {
  people_api api;
  api.server.otherwise({.status = 503, .body = "maintenance"});
  api.server.handle(nullptr);
  auto config = people_config(api.server, 100ms);
  config.requests[0].batch_rows = 1;
  open_way way(config);
  const auto outcome = way.deliver(persons(60));
  CHECK(count(outcome, fate::delivered) == 0);
  // What is sent in vain is in doubt: little of it is.
  CHECK(count(outcome, fate::unknown) <= 20);
  CHECK(count(outcome, fate::undelivered) >= 40);
  CHECK(outcome.rejections.empty());
  CHECK(outcome.failed.cause.find("no request has succeeded for 100ms") != std::string::npos);
  CHECK(outcome.failed.cause.find("HTTP 503 Service Unavailable: maintenance") !=
        std::string::npos);
  CHECK(outcome.failed.hint.find("give_up_after") != std::string::npos);
}

TEST_CASE("a wait that the API asks for is honoured, whatever the status") {
  using clock = std::chrono::steady_clock;
  for (const int status : {400, 403, 429, 430, 503}) {
    CAPTURE(status);
    people_api api;
    api.server.enqueue({.status = status, .headers = {{"Retry-After", "1"}}});
    auto config = people_config(api.server, 5s);
    config.retry.cap = 60ms;
    open_way way(config);
    const auto begin = clock::now();
    CHECK(count(way.deliver(persons(1)), fate::delivered) == 1);
    CHECK(clock::now() - begin >= 1s);
    CHECK(api.server.requests().size() == 2);
  }
}

TEST_CASE("an API that wants to be left alone for longer is, and says until when") {
  for (const auto* after : {"86400", "Fri, 31 Dec 2100 23:59:59 GMT", "9223372036854775807"}) {
    CAPTURE(after);
    people_api api;
    api.server.otherwise({.status = 429, .headers = {{"Retry-After", after}}, .body = "tomorrow"});
    api.server.handle(nullptr);
    const auto config = people_config(api.server, 5s);
    open_way way(config);
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = way.deliver(persons(3));
    CHECK(std::chrono::steady_clock::now() - begin < 4s);
    CHECK(api.server.requests().size() == 1);
    CHECK(count(outcome, fate::undelivered) == 3);
    CHECK(outcome.rejections.empty());
    REQUIRE(outcome.ask_again_at);
    CHECK(*outcome.ask_again_at > std::chrono::system_clock::now() + 23h);
    CHECK(outcome.failed.cause.find("tomorrow") != std::string::npos);
    CHECK(outcome.failed.cause.find(format_timestamp(*outcome.ask_again_at)) != std::string::npos);
    CHECK(outcome.failed.cause.find("give_up_after") != std::string::npos);
    // Whoever asks nevertheless asks at once.
    api.server.otherwise({});
    way.way.reset();
    open_way next(config);
    CHECK(count(next.deliver(persons(3)), fate::delivered) == 3);
  }
}

TEST_CASE("a stop ends the wait for another attempt, whatever the API asked for") {
  people_api api;
  api.server.otherwise({.status = 503, .headers = {{"Retry-After", "60"}}});
  api.server.handle(nullptr);
  auto config = people_config(api.server, 60s);
  config.retry.cap = 60s;
  std::stop_source stop;
  open_way way(config, stop.get_token());
  std::jthread stopper([&] {
    CHECK(api.server.wait_for_requests(1, 10s));
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = way.deliver(persons(2));
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  CHECK(count(outcome, fate::delivered) == 0);
  CHECK_FALSE(outcome.failed);
}

TEST_CASE("a request in flight when the stop comes is waited for") {
  people_api api;
  api.server.enqueue({.hold = true});
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 2;
  std::stop_source stop;
  open_way way(config, stop.get_token());
  std::jthread stopper([&] {
    CHECK(api.server.wait_for_requests(1, 10s));
    stop.request_stop();
    api.server.release();
  });
  const auto outcome = way.deliver(persons(4));
  CHECK(outcome.fates ==
        std::vector{fate::delivered, fate::delivered, fate::undelivered, fate::undelivered});
  CHECK(api.people().size() == 2);
}

TEST_CASE("a request that is not answered in time is in doubt") {
  people_api api;
  api.server.enqueue({.hold = true}, 100);
  auto config = people_config(api.server, 100ms);
  config.timeout = 500ms;  // enough to send it on a busy machine
  open_way way(config);
  const auto outcome = way.deliver(persons(1));
  CHECK(outcome.fates == std::vector{fate::unknown});
  CHECK(outcome.failed);
}

TEST_CASE("the rate limit holds in every window, for all writers together") {
  people_api api;
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 1;
  config.limits.rates = {{3, 100ms}};
  std::mutex mutex;
  std::vector<std::chrono::steady_clock::time_point> arrivals;
  api.server.on_applied([&](const http_request&) {
    const std::lock_guard lock(mutex);
    arrivals.push_back(std::chrono::steady_clock::now());
  });
  const auto shared = std::make_shared<traffic>(config, log::logger({log::level::error}),
                                                std::make_shared<metrics::activity>());
  std::vector<std::jthread> writers;
  writers.reserve(2);
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      const auto way = make_http_destination(config, shared);
      way->open(person_context(), {});
      CHECK(count(way->deliver(persons(6, w * 100)), fate::delivered) == 6);
    });
  }
  writers.clear();
  REQUIRE(arrivals.size() == 12);
  // Sent at least 100 ms apart; on the way they may come closer, but not by most of it.
  for (std::size_t i = 3; i < arrivals.size(); ++i) CHECK(arrivals[i] - arrivals[i - 3] > 50ms);
  CHECK(arrivals.back() - arrivals.front() >= 250ms);
}

TEST_CASE("an API that fails is asked by one writer at a time, by each in turn") {
  people_api api;
  auto config = people_config(api.server, 20s);
  config.requests[0].batch_rows = 1;
  const auto shared = std::make_shared<traffic>(config, log::logger({log::level::error}),
                                                std::make_shared<metrics::activity>());
  constexpr int writers = 4;
  // What was under way when the circuit opened may still come; then the probe is alone.
  constexpr int before_open = static_cast<int>(circuit::threshold) + writers;
  std::atomic<int> seen{0};
  std::vector<std::uint64_t> probes;
  api.server.handle([&](const http_request& r) {
    const int n = ++seen;
    if (n > before_open && n < 40) probes.push_back(r.connection);
    return http_reply{.status = n < 40 ? 503 : 200};
  });
  std::vector<std::jthread> threads;
  threads.reserve(writers);
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      const auto way = make_http_destination(config, shared);
      way->open(person_context(), {});
      const auto deltas = persons(2, w * 10);
      // Nothing shows by then that it is not the rows that fail: they have a last chance.
      if (count(way->deliver(deltas), fate::delivered) == 0)
        CHECK(count(way->deliver_again(deltas), fate::delivered) == 2);
    });
  }
  threads.clear();
  CHECK(std::set(probes.begin(), probes.end()).size() == writers);
  CHECK(api.people().size() == 8);
}

TEST_CASE("compressed bodies arrive, and compressed answers are read") {
  people_api api;
  auto config = people_config(api.server);
  config.gzip = true;
  config::http_results results;
  config.requests[0].results = results;
  api.server.enqueue({.body = R"([{}, {}, {}])", .gzip = true});
  open_way way(config);
  CHECK(count(way.deliver(persons(3)), fate::delivered) == 3);
  REQUIRE(api.server.requests().size() == 1);
  CHECK(api.server.requests()[0].gzip);
  CHECK(api.people().size() == 3);
}

TEST_CASE("an answer without end is cut, and does not fill the memory") {
  people_api api;
  api.server.enqueue({.behaviour = http_behaviour::huge_body, .huge_size = 1u << 30});
  open_way way(people_config(api.server));
  CHECK(count(way.deliver(persons(3)), fate::delivered) == 3);
}

TEST_CASE("a slow answer is waited for, within the time-out") {
  people_api api;
  api.server.enqueue({.behaviour = http_behaviour::trickle, .interval = 1ms});
  open_way way(people_config(api.server));
  CHECK(count(way.deliver(persons(1)), fate::delivered) == 1);
  api.server.enqueue(
      {.body = std::string(10'000, ' '), .behaviour = http_behaviour::trickle, .interval = 5ms},
      100);
  auto config = people_config(api.server, 50ms);
  config.timeout = 500ms;
  open_way hasty(config);
  CHECK(hasty.deliver(persons(1)).fates == std::vector{fate::delivered});
}

TEST_CASE("values in an address are encoded, and those that would name another one are rejected") {
  http_server server;
  config::http_config config = people_config(server);
  config.requests[0] = {.name = "upsert",
                        .method = "PUT",
                        .url = server.url("/p/{{row.name}}?q={{row.name}}"),
                        .body = R"("{{row}}")",
                        .per_row = true};
  open_way way(config);
  const auto outcome = way.deliver(person_batch()
                                       .insert({1, "a/b c?d&e#\xc3\xa9"})
                                       .insert({2, ".."})
                                       .insert({3, ""})
                                       .insert({4, "fine"}));
  CHECK(outcome.fates ==
        std::vector{fate::delivered, fate::rejected, fate::rejected, fate::delivered});
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].target == "/p/a%2Fb%20c%3Fd%26e%23%C3%A9?q=a%2Fb%20c%3Fd%26e%23%C3%A9");
}

TEST_CASE("a line break in a header rejects the row") {
  http_server server;
  auto config = people_config(server);
  config.requests[0].per_row = true;
  config.requests[0].body = R"("{{row}}")";
  config.requests[0].headers = {{"X-Name", "{{row.name}}"}};
  open_way way(config);
  const auto outcome = way.deliver(person_batch().insert({1, "a\r\nX-Admin: 1"}).insert({2, "b"}));
  CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered});
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].headers.value("X-Name") == "b");
}

TEST_CASE("secrets that an API repeats do not show in what is said about it") {
  const temp_dir folder;
  std::ofstream(folder.path() / "token") << "very-secret-token";
  people_api api;
  auto config = people_config(api.server);
  config.directory = folder.path();
  config.requests[0].headers = {{"Authorization", "Bearer ${file:token}"}};
  api.server.enqueue({.status = 401, .body = "bad token very-secret-token"});
  open_way way(config);
  const auto outcome = way.deliver(persons(1));
  CHECK(api.server.requests()[0].headers.value("Authorization") == "Bearer very-secret-token");
  CHECK(outcome.failed.text().find("very-secret") == std::string::npos);
  CHECK(outcome.failed.text().find("bad token ***") != std::string::npos);
}

TEST_CASE("basic authentication may go without a password") {
  people_api api;
  auto config = people_config(api.server);
  config.basic_auth = {"key", ""};
  open_way way(config);
  CHECK(count(way.deliver(persons(1)), fate::delivered) == 1);
  CHECK(api.server.requests()[0].headers.value("Authorization") == "Basic a2V5Og==");
}

TEST_CASE("templates that rows cannot fill are said when the destination opens") {
  people_api api;
  auto config = people_config(api.server);
  config.requests[0].item = R"({"mail": "{{row.email}}"})";
  try {
    open_way way(config);
    FAIL("opened");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::invalid_config);
    CHECK(f.info().object == "{{row.email}}");
    CHECK(f.info().hint == "there are: id, name, amount, note");
  }
}

namespace {

/// A server with a certificate made as asked, and what a delivery to it comes to.
batch_outcome deliver_over_tls(const certificate_options& wanted, bool known_authority = true,
                               const std::string& host = "localhost") {
  const temp_dir folder;
  std::filesystem::create_directory(folder.path() / "ours");
  std::filesystem::create_directory(folder.path() / "other");
  const certificate_authority ours(folder.path() / "ours", "ours");
  const certificate_authority other(folder.path() / "other", "other");
  const auto files = ours.issue(wanted);
  http_server server(http_tls{files.certificate, files.key});
  auto config = people_config(server);
  config.requests[0].url = server.url("/people", host);
  config.tls.ca = (known_authority ? ours : other).certificate();
  return open_way(config).deliver(persons(1));
}

}  // namespace

TEST_CASE("a server is trusted only with a valid certificate for its name") {
  const certificate_options good{.name = "api", .hosts = {"localhost"}, .addresses = {}};
  CHECK(deliver_over_tls(good).fates == std::vector{fate::delivered});

  auto other_host = good;
  other_host.hosts = {"elsewhere.example"};
  auto expired = good;
  expired.valid_from = -48h;
  expired.valid_until = -24h;
  for (const auto& outcome :
       {deliver_over_tls(other_host), deliver_over_tls(expired), deliver_over_tls(good, false)}) {
    INFO(outcome.failed.text());
    CHECK(outcome.fates == std::vector{fate::undelivered});
    CHECK(outcome.failed.code == errc::destination_failed);
    CHECK(outcome.failed.hint.find("certificates are always verified") != std::string::npos);
  }
}

TEST_CASE("a client certificate is shown where the server asks for one") {
  const temp_dir folder;
  const certificate_authority authority(folder.path(), "ours");
  const auto files = authority.issue({.name = "api", .hosts = {"localhost"}, .addresses = {}});
  const auto client = authority.issue({.name = "client", .hosts = {}, .addresses = {}});
  http_server server(http_tls{files.certificate, files.key, authority.certificate()});
  auto config = people_config(server);
  config.requests[0].url = server.url("/people", "localhost");
  config.tls.ca = authority.certificate();
  const auto check_final = [&](const std::string& words) {
    // Patience is for what may pass.
    config.retry.give_up_after = 10min;
    config.retry.base = config.retry.cap = 5min;
    const auto outcome = open_way(config).deliver(persons(1));
    INFO(outcome.failed.cause);
    CHECK(outcome.failed.cause.find(words) != std::string::npos);
    CHECK(outcome.fates == std::vector{fate::undelivered});
    CHECK_THROWS_WITH_AS(make_way_in(config)->probe(person_context(), {}),
                         doctest::Contains(words.c_str()), failure);
  };
  check_final("the server wants a client certificate (TLS alert: certificate required)");
  std::filesystem::create_directory(folder.path() / "other");
  const certificate_authority other(folder.path() / "other", "other");
  const auto foreign = other.issue({.name = "client", .hosts = {}, .addresses = {}});
  config.tls.certificate = foreign.certificate;
  config.tls.key = foreign.key;
  check_final("the server refuses the client certificate");
  config.tls.certificate = client.certificate;
  config.tls.key = client.key;
  CHECK(open_way(config).deliver(persons(1)).fates == std::vector{fate::delivered});
}

TEST_CASE("what the API answered about a row is told where it is asked for, last words last") {
  people_api api;
  api.refuse("person 2");
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 3;
  for (const bool asked : {false, true}) {
    CAPTURE(asked);
    auto context = person_context();
    context.tells_answers = asked;
    const auto way = make_way_in(config);
    way->open(context, {});
    const auto outcome = way->deliver(persons(3));
    REQUIRE(outcome.answers.size() == (asked ? 3 : 0));
    if (!asked) continue;
    for (std::uint32_t i = 0; i < 3; ++i) CHECK(outcome.answers[i].index == i);
    CHECK(outcome.answers[0].text.starts_with("HTTP 200"));
    CHECK(outcome.answers[1].text.starts_with("HTTP 4"));
  }
}

TEST_CASE("a server that does not speak TLS or HTTP/1.1 is given up at once, and seen by check") {
  const auto check_final = [](config::http_config config, const std::string& words) {
    config.retry = {5min, 5min, 10min};
    const auto outcome = open_way(config).deliver(persons(1));
    CHECK(outcome.failed.cause.find(words) != std::string::npos);
  };
  http_server plain;
  auto config = people_config(plain);
  config.requests[0].url = "https" + plain.url("/people").substr(4);
  check_final(config, "the server does not answer in TLS");
  CHECK_THROWS_WITH_AS(make_way_in(config)->probe(person_context(), {}),
                       doctest::Contains("the server does not answer in TLS"), failure);

  // SETTINGS and GOAWAY are what a server that knows HTTP/2 only says.
  http_server http2;
  http2.otherwise({.body = std::string("\0\0\0\4\0\0\0\0\0\0\0\x8\7\0\0\0\0\0", 18),
                   .behaviour = http_behaviour::raw});
  check_final(people_config(http2), "the server speaks HTTP/2 only");
}
