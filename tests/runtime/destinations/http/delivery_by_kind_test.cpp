// APIs with a request for new rows and another for known ones, and ledgers that know other rows
// than they do: older ones, new ones over a destination that is filled, or rows that somebody else
// has put there or removed.
#include "runtime/destinations/http/delivery_by_kind.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "messages/delivery_name.hpp"
#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using destinations::delivery_by_kind;
using destinations::destination;
using nlohmann::json;
using part = config::answer_condition::part;
using asks = config::answer_condition::test;

namespace {

/// How an API tells that a row is there already, or is not there.
struct telling {
  std::string name;
  bool per_row = false;
  int exists = 409;
  int missing = 404;
  bool of_each = false;  ///< by the row, in an answer of status 200
  std::function<void(config::http_request_config&)> configure = [](auto&) {};
};

config::answer_rule rule(int status, const std::string& code) {
  return {{{status, status}}, {{part::value, "/code", asks::in, {json(code).dump()}, {}}}};
}

void by_code(config::http_request_config& request) {
  auto& answer = request.answer.emplace();
  answer.exists = {rule(422, "exists")};
  answer.missing = {rule(422, "missing")};
}

void by_status(config::http_request_config& request) {
  request.statuses.add("418", config::status_class::exists);
  request.statuses.add("466", config::status_class::missing);
}

void by_item(config::http_request_config& request) {
  auto& results = request.results.emplace();
  results.items = "/rows";
  results.ok = {"/code", {R"("ok")"}};
  results.exists = {"/code", {R"("exists")"}};
  results.missing = {"/code", {R"("missing")"}};
}

void by_errors(config::http_request_config& request) {
  by_item(request);
  request.results->ok.reset();
  request.results->lists = config::http_results::listing::failed_rows;
  request.results->items = "/errors";
  request.results->match = config::http_results::by_index{"/at"};
}

std::vector<telling> tellings() {
  return {{"status, a row", true},
          {"status, a batch", false},
          {"410", false, 409, 410},
          {"a code in the body, a row", true, 422, 422, false, by_code},
          {"a code in the body, a batch", false, 422, 422, false, by_code},
          {"a status that is configured", false, 418, 466, false, by_status},
          {"every row", false, 0, 0, true, by_item},
          {"those that failed", false, 0, 0, true, by_errors}};
}

/// Keeps persons. POST /people inserts those that are not there, PATCH /people updates those that
/// are; a request that has another row is refused as a whole, unless it tells of each.
class strict_api {
 public:
  explicit strict_api(telling how) : how_(std::move(how)) {
    server.handle([this](const http_request& r) { return answer(r); });
    server.on_applied([](const http_request&) {});
  }

  void put(int id) { people_[id] = {id, "before"}; }
  [[nodiscard]] std::map<int, person> people() const {
    const std::lock_guard lock(mutex_);
    return people_;
  }
  [[nodiscard]] config::http_config config() const {
    auto config = people_config(server);
    auto insert = config.requests[0];
    insert.name = "insert";
    insert.per_row = how_.per_row;
    if (how_.per_row) insert.body = R"("{{row}}")";
    how_.configure(insert);
    auto update = insert;
    update.name = "update";
    update.method = "PATCH";
    config.requests = {insert, update, config.requests[1]};
    config.request_for = {0, 1, 2};
    return config;
  }

 private:
  http_reply answer(const http_request& request) {
    const std::lock_guard lock(mutex_);
    auto rows = json::parse(request.body);
    if (!rows.is_array()) rows = json::array({rows});
    const bool inserts = request.method == "POST";
    const auto fits = [&](const json& row) {
      return people_.contains(row.at("id").get<int>()) != inserts;
    };
    const auto* const word = inserts ? "exists" : "missing";
    json each = json::array();
    json errors = json::array();
    if (!how_.of_each && !std::ranges::all_of(rows, fits))
      return {.status = inserts ? how_.exists : how_.missing,
              .body = json{{"code", word}, {"message", std::string("row ") + word}}.dump()};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool ok = fits(rows[i]);
      each.push_back({{"code", ok ? "ok" : word}});
      if (!ok) errors.push_back({{"code", word}, {"at", i}});
      const auto p = person_of(rows[i]);
      if (ok) people_[p.id] = p;
    }
    return {.body = json{{"rows", each}, {"errors", errors}}.dump()};
  }

  telling how_;
  mutable std::mutex mutex_;
  std::map<int, person> people_;

 public:
  http_server server;  ///< the last member: its threads use the others
};

/// What an API with a batch or a row in a request says to its two addresses, whatever the row.
config::http_config two_answers(http_server& server, bool per_row, http_reply to_insert,
                                http_reply to_update) {
  server.handle([=](const http_request& r) { return r.method == "POST" ? to_insert : to_update; });
  server.on_applied([](const http_request&) {});
  auto config = people_config(server);
  auto insert = config.requests[0];
  insert.name = "insert";
  insert.per_row = per_row;
  if (per_row) insert.body = R"("{{row}}")";
  auto update = insert;
  update.name = "update";
  update.method = "PATCH";
  config.requests = {insert, update};
  config.request_for = {0, 1, std::nullopt};
  return config;
}

std::size_t requests(const http_server& server, const std::string& method) {
  const auto all = server.requests();
  return static_cast<std::size_t>(
      std::ranges::count_if(all, [&](const http_request& r) { return r.method == method; }));
}

batch one_insert(const hash128& delivery) {
  person_batch one;
  const auto row = static_cast<const batch&>(one.insert({1, "one"}))[0];
  batch deltas(1);
  deltas.append(operation::insert, {7, 7}, {8, 8}, row.key, row.row, delivery);
  return deltas;
}

}  // namespace

TEST_CASE("what is there is updated and what is missing inserted, however the API says so") {
  for (const auto& how : tellings()) {
    CAPTURE(how.name);
    strict_api api(how);
    for (const int there : {2, 4, 11, 12}) api.put(there);
    person_batch deltas;
    for (int id = 1; id <= 5; ++id) deltas.insert({id, "new"});
    for (int id = 11; id <= 15; ++id) deltas.update({id, "new"});
    const auto outcome = open_for(api.config())->deliver(deltas);
    CHECK_FALSE(outcome.failed);
    CHECK(count(outcome, fate::delivered) == 10);
    CHECK(outcome.rejections.empty());
    const auto people = api.people();
    CHECK(people.size() == 10);
    for (const auto& [id, p] : people) CHECK(p.name == "new");
  }
}

TEST_CASE("a batch of which every row is of the other kind arrives all the same") {
  for (const auto& how : tellings()) {
    for (const bool there : {false, true}) {
      CAPTURE(how.name);
      CAPTURE(there);
      strict_api api(how);
      person_batch deltas;
      for (int id = 1; id <= 60; ++id) {
        if (there) api.put(id);
        there ? deltas.insert({id, "new"}) : deltas.update({id, "new"});
      }
      const auto outcome = open_for(api.config())->deliver(deltas);
      CHECK_FALSE(outcome.failed);
      CHECK(count(outcome, fate::delivered) == 60);
      CHECK(api.people().size() == 60);
      CHECK(api.server.requests().size() <= 60 * 2 + 20);
    }
  }
}

TEST_CASE("the only row of a run, missing in a batch, is inserted") {
  strict_api api({"status, a batch"});
  const auto outcome = open_for(api.config())->deliver(person_batch().update({1, "new"}));
  CHECK(outcome.fates == std::vector{fate::delivered});
  CHECK(api.people().size() == 1);
}

TEST_CASE("a row changes its kind once: then its fate is what the last answer says") {
  for (const bool per_row : {false, true}) {
    CAPTURE(per_row);
    http_server server;
    const auto config = two_answers(server, per_row, {.status = 409, .body = "taken"},
                                    {.status = 404, .body = "unknown"});
    const auto way = open_for(config);
    const auto inserted = way->deliver(person_batch().insert({1, "one"}));
    CHECK(inserted.fates == std::vector{fate::rejected});
    REQUIRE(inserted.rejections.size() == 1);
    CHECK(inserted.rejections[0].status == 404);
    CHECK(inserted.rejections[0].reason ==
          "HTTP 404 Not Found: unknown; sent as an update, since the insert was answered: HTTP 409 "
          "Conflict: taken");
    CHECK(server.requests().size() == 2);
    const auto updated = way->deliver(person_batch().update({1, "one"}));
    CHECK(updated.fates == std::vector{fate::rejected});
    REQUIRE(updated.rejections.size() == 1);
    CHECK(updated.rejections[0].reason.find("sent as an") != std::string::npos);
    CHECK_FALSE(updated.failed);
  }
}

TEST_CASE(
    "modes that do not update leave what is there, and modes that do not insert what is not") {
  strict_api api({"status, a row", true});
  api.put(1);
  const auto inserted = open_for(api.config(), sync_mode::insert)
                            ->deliver(person_batch().insert({1, "new"}).insert({2, "new"}));
  CHECK(inserted.fates == std::vector{fate::rejected, fate::delivered});
  REQUIRE(inserted.rejections.size() == 1);
  CHECK(inserted.rejections[0].status == 409);
  CHECK(api.people().at(1).name == "before");
  const auto updated = open_for(api.config(), sync_mode::update)
                           ->deliver(person_batch().update({1, "newer"}).update({3, "new"}));
  CHECK(updated.fates == std::vector{fate::delivered, fate::rejected});
  CHECK(api.people().size() == 2);
}

TEST_CASE("an address of updates that is none is not taken for rows that are missing") {
  // The insert takes whatever comes, as where the API makes the ids.
  http_server server;
  const auto config = two_answers(server, false, {}, {.status = 404});
  person_batch deltas;
  for (int id = 1; id <= 100; ++id) deltas.update({id, "new"});
  const auto outcome = open_for(config)->deliver(deltas);
  CHECK(outcome.failed.hint.find("url of destination.update") != std::string::npos);
  CHECK(count(outcome, fate::delivered) == 1);
  CHECK(count(outcome, fate::undelivered) == 99);
  CHECK(outcome.rejections.empty());
  CHECK(requests(server, "POST") == 1);
}

TEST_CASE("an address of updates that contradicts the inserts again and again is none") {
  http_server server;
  const auto config = two_answers(server, false, {.status = 409}, {.status = 404});
  person_batch deltas;
  for (int id = 1; id <= 100; ++id) deltas.update({id, "new"});
  const auto outcome = open_for(config)->deliver(deltas);
  CHECK(outcome.failed.hint.find("url of destination.update") != std::string::npos);
  CHECK(outcome.rejections.size() == delivery_by_kind::most_contradictions);
  CHECK(count(outcome, fate::delivered) == 0);
}

TEST_CASE("a row that is neither taken nor found holds no other one up") {
  // It is refused by what is unique beside the id.
  strict_api api({"status, a batch"});
  for (int id = 2; id <= 20; ++id) api.put(id);
  auto config = api.config();
  http_server gate;
  gate.handle([&](const http_request& r) {
    const bool bad = r.body.find("\"id\":1,") != std::string::npos;
    if (bad) return http_reply{.status = r.method == "POST" ? 409 : 404};
    return http_reply{};
  });
  gate.on_applied([](const http_request&) {});
  for (auto& request : config.requests) request.url = gate.url("/people");
  person_batch deltas;
  for (int id = 1; id <= 20; ++id) deltas.update({id, "new"});
  const auto outcome = open_for(config)->deliver(deltas);
  CHECK_FALSE(outcome.failed);
  CHECK(outcome.fates[0] == fate::rejected);
  CHECK(count(outcome, fate::delivered) == 19);
}

TEST_CASE("a row in doubt that is there stays so if its update is refused") {
  http_server server;
  const auto config = two_answers(server, true, {.status = 409}, {.status = 422, .body = "banned"});
  const auto way = open_for(config);
  const auto outcome = way->deliver(one_insert(delivery_name(99, operation::insert, {8, 8})));
  CHECK(outcome.fates == std::vector{fate::unknown});
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].status == 422);
}

TEST_CASE("a request of the other kind has an id of its own, the same in every run") {
  http_server server;
  auto config = two_answers(server, true, {.status = 409}, {});
  config.idempotency_header = "Idempotency-Key";
  const auto ids = [&] {
    std::set<std::string> out;
    for (const auto& r : server.requests()) out.insert(r.headers.value("Idempotency-Key"));
    return out;
  };
  CHECK(open_for(config)->deliver(one_insert(delivery_name(5, operation::insert, {8, 8}))).fates ==
        std::vector{fate::delivered});
  CHECK(ids().size() == 2);
  CHECK(open_for(config)->deliver(one_insert(delivery_name(5, operation::insert, {8, 8}))).fates ==
        std::vector{fate::delivered});
  CHECK(ids().size() == 2);
}

TEST_CASE("a row to delete that the API says is missing is gone") {
  http_server server;
  server.handle([](const http_request&) {
    return http_reply{.status = 422, .body = R"({"code": "missing"})"};
  });
  auto config = people_config(server);
  by_code(config.requests[1]);
  const auto outcome =
      open_for(config, sync_mode::mirror)->deliver(person_batch().erase(1).erase(2).erase(3));
  CHECK(outcome.fates == std::vector(3, fate::delivered));
}
