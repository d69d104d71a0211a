// Rows that fail while others pass, and APIs that fail all of them.
#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

bool has(const http_request& request, int id) {
  return request.body.find("\"person " + std::to_string(id) + "\"") != std::string::npos;
}

/// The writers of one connection, whose way in they share.
struct connection {
  explicit connection(config::http_config c)
      : config(std::move(c)),
        shared(std::make_shared<traffic>(config, log::logger({log::level::error}),
                                         std::make_shared<metrics::activity>())) {}

  std::unique_ptr<destination> open(sync_mode mode = sync_mode::mirror) const {
    auto way = make_http_destination(config, shared);
    auto context = person_context();
    context.mode = mode;
    way->open(context, {});
    return way;
  }

  config::http_config config;
  std::shared_ptr<traffic> shared;
};

/// Delivers as a run does: what has to be tried again is, when everything else has been. The
/// rejections are those that a run lists, by the position in `deltas`.
batch_outcome run(destination& way, const batch& deltas) {
  auto outcome = way.deliver(deltas);
  batch aside;
  std::vector<std::uint32_t> positions;
  std::erase_if(outcome.rejections, [&](const rejection& r) {
    if (!r.unproven) return false;
    const auto d = deltas[r.index];
    aside.append(d.op, d.key_hash, d.fingerprint, d.key, d.row);
    positions.push_back(r.index);
    return true;
  });
  if (aside.empty() || outcome.failed) return outcome;
  auto rest = way.deliver_again(aside);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    // What was in doubt stays so until it is delivered.
    auto& became = outcome.fates[positions[i]];
    if (became != fate::unknown || rest.fates[i] == fate::delivered) became = rest.fates[i];
  }
  for (auto r : rest.rejections) {
    CHECK_FALSE(r.unproven);
    r.index = positions[r.index];
    outcome.rejections.push_back(r);
  }
  outcome.failed = rest.failed;
  return outcome;
}

/// How an API may fail for the sake of a row.
struct way_to_fail {
  std::string name;
  http_reply reply;
  int status;
  bool in_doubt;
};

std::vector<way_to_fail> ways_to_fail() {
  const std::string words = R"({"message": "reference 8f1"})";
  return {{"500", {.status = 500, .body = words}, 500, true},
          {"502", {.status = 502, .body = words}, 502, true},
          {"429", {.status = 429, .body = words}, 429, false},
          {"423", {.status = 423, .body = words}, 423, false},
          {"403", {.status = 403, .body = words}, 403, false},
          {"402", {.status = 402, .body = words}, 402, false},
          {"406", {.status = 406, .body = words}, 406, false},
          {"302", {.status = 302, .body = words}, 302, false},
          {"501", {.status = 501, .body = words}, 501, false},
          {"reset", {.behaviour = http_behaviour::reset_before_applying}, 0, true}};
}

}  // namespace

TEST_CASE("a row that fails however it does is listed, and all others arrive") {
  for (const std::uint32_t rows_in_request : {1u, 10u, 100u}) {
    for (const int bad : {1, 47, 60}) {
      for (const auto& way : ways_to_fail()) {
        CAPTURE(way.name);
        CAPTURE(rows_in_request);
        CAPTURE(bad);
        people_api api;
        api.server.handle(
            [&](const http_request& r) { return has(r, bad) ? way.reply : http_reply{}; });
        auto config = people_config(api.server, 10s);
        config.requests[0].batch_rows = rows_in_request;
        connection c(config);
        const auto writer = c.open();
        const auto deltas = persons(60);
        const auto outcome = run(*writer, deltas);
        CHECK_FALSE(outcome.failed);
        CHECK(count(outcome, fate::delivered) == 59);
        CHECK(outcome.fates[bad - 1] == (way.in_doubt ? fate::unknown : fate::rejected));
        REQUIRE(outcome.rejections.size() == 1);
        CHECK(outcome.rejections[0].index == bad - 1);
        CHECK(outcome.rejections[0].status == way.status);
        if (way.status != 0)
          CHECK(outcome.rejections[0].reason.find("reference 8f1") != std::string::npos);
      }
    }
  }
}

TEST_CASE("many rows that fail are all found among those that pass") {
  for (const std::uint32_t rows_in_request : {1u, 20u}) {
    CAPTURE(rows_in_request);
    people_api api;
    const auto bad = [](int id) { return id <= 6 || id % 17 == 0; };
    api.server.handle([&](const http_request& r) {
      for (const auto& row : json::parse(r.body))
        if (bad(row.at("id"))) return http_reply{.status = 500};
      return http_reply{};
    });
    auto config = people_config(api.server, 10s);
    config.requests[0].batch_rows = rows_in_request;
    connection c(config);
    const auto writer = c.open();
    const auto outcome = run(*writer, persons(200));
    CHECK_FALSE(outcome.failed);
    for (int id = 1; id <= 200; ++id)
      CHECK(outcome.fates[static_cast<std::size_t>(id - 1)] ==
            (bad(id) ? fate::unknown : fate::delivered));
    CHECK(outcome.rejections.size() == count(outcome, fate::unknown));
  }
}

TEST_CASE("a writer that is alone finds rows that pass behind a cluster of those that do not") {
  for (const auto& way : ways_to_fail()) {
    for (const std::uint32_t rows_in_request : {1u, 100u}) {
      CAPTURE(way.name);
      CAPTURE(rows_in_request);
      people_api api;
      api.server.handle([&](const http_request& r) {
        for (const auto& row : json::parse(r.body))
          if (row.at("id").get<int>() <= 15) return way.reply;
        return http_reply{};
      });
      auto config = people_config(api.server, 10s);
      config.requests[0].batch_rows = rows_in_request;
      connection c(config);
      const auto outcome = run(*c.open(), persons(100));
      CHECK_FALSE(outcome.failed);
      CHECK(count(outcome, fate::delivered) == 85);
      CHECK(outcome.rejections.size() == 15);
    }
  }
}

TEST_CASE("a row that was given up is sent alone by the next run, and holds nobody up") {
  people_api api;
  std::atomic<bool> mended{false};
  api.server.handle([&](const http_request& r) {
    return http_reply{.status = has(r, 7) && !mended ? 500 : 200};
  });
  auto config = people_config(api.server, 10s);
  connection c(config);
  CHECK(count(run(*c.open(), persons(50)), fate::delivered) == 49);

  const auto before = api.server.requests().size();
  auto writer = c.open();
  auto outcome = run(*writer, persons(50));
  CHECK(count(outcome, fate::delivered) == 49);
  CHECK(outcome.rejections.size() == 1);
  CHECK(api.server.requests().size() - before == 2);

  // Alone in a run, too: nothing else can show then that the API works.
  outcome = run(*writer, persons(1, 7));
  CHECK_FALSE(outcome.failed);
  CHECK(outcome.rejections.size() == 1);

  // With other values it is another row.
  writer = c.open();
  CHECK(count(run(*writer, person_batch().insert({7, "somebody"})), fate::delivered) == 1);

  mended = true;
  CHECK(count(run(*writer, persons(1, 7)), fate::delivered) == 1);
  CHECK_FALSE(c.shared->knows_failed_rows());
}

TEST_CASE("deletes are sent though a row fails that nothing else in its batch proves guilty") {
  people_api api;
  api.server.handle(
      [&](const http_request& r) { return http_reply{.status = has(r, 7) ? 500 : 200}; });
  connection c(people_config(api.server, 10s));
  const auto writer = c.open();
  // Of an upsert alone nothing can be said yet.
  const auto upsert = persons(1, 7);
  auto outcome = writer->deliver(upsert);
  CHECK(outcome.fates == std::vector{fate::unknown});
  CHECK_FALSE(outcome.failed);
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].unproven);
  CHECK(count(writer->deliver(person_batch().erase(1).erase(2)), fate::delivered) == 2);
  // The deletes have shown that the API works.
  outcome = writer->deliver_again(upsert);
  CHECK_FALSE(outcome.failed);
  REQUIRE(outcome.rejections.size() == 1);
  CHECK_FALSE(outcome.rejections[0].unproven);
  CHECK(outcome.rejections[0].status == 500);
}

TEST_CASE("a row that fails last is told from an outage by one that was delivered before") {
  for (const bool down : {false, true}) {
    CAPTURE(down);
    people_api api;
    std::atomic<bool> ended{false};
    api.server.handle([&](const http_request& r) {
      if (has(r, 5)) ended = true;
      return http_reply{.status = has(r, 5) || (down && ended) ? 500 : 200};
    });
    auto config = people_config(api.server, 300ms);
    config.requests[0].batch_rows = 1;
    config.limits.concurrency = 1;  // the last row goes last
    connection c(config);
    const auto writer = c.open();
    const auto outcome = run(*writer, persons(5));
    CHECK(outcome.failed.code == (down ? errc::destination_failed : errc::none));
    CHECK(outcome.rejections.size() == (down ? 0 : 1));
    CHECK(count(outcome, fate::delivered) == 4);
    CHECK(outcome.fates[4] == fate::unknown);
  }
}

TEST_CASE("no event is sent twice to see whether an API works") {
  for (const bool has_ids : {false, true}) {
    CAPTURE(has_ids);
    people_api api;
    api.server.handle(
        [&](const http_request& r) { return http_reply{.status = has(r, 5) ? 500 : 200}; });
    auto config = people_config(api.server, 300ms);
    config.requests[0].batch_rows = 1;
    if (has_ids) config.idempotency_header = "Idempotency-Key";
    connection c(config);
    const auto writer = c.open(sync_mode::append);
    const auto outcome = run(*writer, persons(5));
    CHECK(outcome.failed.code == (has_ids ? errc::none : errc::destination_failed));
    const auto requests = api.server.requests();
    const auto fourth = std::ranges::count_if(requests, [](const auto& r) { return has(r, 4); });
    CHECK(fourth == (has_ids ? 2 : 1));
  }
}

TEST_CASE("an outage rejects nothing, also one that begins while rows are delivered") {
  for (const auto& way : ways_to_fail()) {
    for (const std::uint32_t rows_in_request : {1u, 10u}) {
      for (const int good_requests : {0, 1, 3}) {
        CAPTURE(way.name);
        CAPTURE(rows_in_request);
        CAPTURE(good_requests);
        people_api api;
        std::atomic<int> seen{0};
        api.server.handle(
            [&](const http_request&) { return ++seen > good_requests ? way.reply : http_reply{}; });
        auto config = people_config(api.server, 100ms);
        config.requests[0].batch_rows = rows_in_request;
        connection c(config);
        const auto outcome = run(*c.open(), persons(200));
        CHECK(outcome.failed.code == errc::destination_failed);
        CHECK(std::ranges::all_of(outcome.rejections, &rejection::unproven));
        CHECK(count(outcome, fate::rejected) == 0);
        CHECK(count(outcome, fate::delivered) ==
              static_cast<std::size_t>(good_requests) * rows_in_request);
        CHECK(count(outcome, fate::undelivered) >= 50);
      }
    }
  }
}

TEST_CASE("a row alone in its run that fails is an outage, and the API's words are told") {
  people_api api;
  api.server.otherwise({.status = 503, .body = "read-only until six"});
  api.server.handle(nullptr);
  connection c(people_config(api.server, 100ms));
  const auto writer = c.open();
  const auto outcome = run(*writer, persons(1));
  CHECK(outcome.failed.cause.find("read-only until six") != std::string::npos);
  CHECK(outcome.fates == std::vector{fate::unknown});
  CHECK(outcome.rejections.empty());
}

TEST_CASE("an API that fails now and then gets every row, and none is given up") {
  people_api api;
  std::atomic<unsigned> seen{0};
  api.server.handle(
      [&](const http_request&) { return http_reply{.status = ++seen % 3 == 0 ? 200 : 500}; });
  auto config = people_config(api.server, 30s);
  config.requests[0].batch_rows = 5;
  connection c(config);
  std::vector<std::jthread> writers;
  writers.reserve(3);
  for (int w = 0; w < 3; ++w)
    writers.emplace_back([&, w] {
      const auto writer = c.open();
      const auto outcome = run(*writer, persons(60, w * 100));
      CHECK(count(outcome, fate::delivered) == 60);
      CHECK(outcome.rejections.empty());
    });
}

TEST_CASE("a writer with a row that fails does not keep the others from sending") {
  people_api api;
  api.server.handle(
      [&](const http_request& r) { return http_reply{.status = has(r, 7) ? 500 : 200}; });
  auto config = people_config(api.server, 10s);
  config.requests[0].batch_rows = 1;
  config.retry = {10ms, 50ms, 10s};
  connection c(config);
  std::jthread poisoned([&] {
    const auto writer = c.open();
    const auto outcome = run(*writer, persons(1, 7));
    CHECK_FALSE(outcome.failed);
    CHECK(outcome.rejections.size() == 1);
  });
  CHECK(api.server.wait_for_requests(3, 10s));
  const auto writer = c.open();
  for (int i = 0; i < 10; ++i)
    CHECK(count(writer->deliver(persons(20, 100 + 20 * i)), fate::delivered) == 20);
}

TEST_CASE("every writer says the last words of an API that is given up") {
  people_api api;
  api.server.otherwise({.status = 503, .body = R"({"message": "read-only until 06:00"})"});
  api.server.handle(nullptr);
  auto config = people_config(api.server, 200ms);
  connection c(config);
  std::vector<std::jthread> writers;
  writers.reserve(4);
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&, w] {
      const auto writer = c.open();
      const auto outcome = run(*writer, persons(5, w * 10));
      CHECK(outcome.failed.cause.find("HTTP 503") != std::string::npos);
      CHECK(outcome.failed.cause.find("read-only until 06:00") != std::string::npos);
    });
}

TEST_CASE("a batch with an id is kept whole while nothing shows that others pass") {
  people_api api;
  std::set<std::string> ids;
  std::atomic<int> seen{0};
  api.server.handle([&](const http_request& r) {
    ids.insert(r.headers.value("Idempotency-Key"));
    return http_reply{.status = ++seen < 10 ? 503 : 200};
  });
  auto config = people_config(api.server, 20s);
  config.idempotency_header = "Idempotency-Key";
  connection c(config);
  CHECK(count(run(*c.open(), persons(40)), fate::delivered) == 40);
  CHECK(ids.size() == 1);
}

TEST_CASE("a batch with an id whose row fails is divided though everything else has been sent") {
  for (const bool others_before : {false, true}) {
    CAPTURE(others_before);
    people_api api;
    const int bad = others_before ? 10 : 40;  // nothing is sent after it
    api.server.handle(
        [&](const http_request& r) { return http_reply{.status = has(r, bad) ? 500 : 200}; });
    auto config = people_config(api.server, 10min);
    config.requests[0].batch_rows = 10;
    config.limits.concurrency = 8;
    config.idempotency_header = "Idempotency-Key";
    connection c(config);
    const auto writer = c.open();
    if (others_before) CHECK(count(run(*writer, persons(9, 101)), fate::delivered) == 9);
    const auto outcome = run(*writer, persons(others_before ? 10 : 40));
    CHECK_FALSE(outcome.failed);
    CHECK(outcome.rejections.size() == 1);
    CHECK(count(outcome, fate::delivered) == (others_before ? 9 : 39));
  }
}

TEST_CASE("a row that an update does not find is inserted where the mode inserts") {
  for (const int status : {404, 410}) {
    for (const auto mode : {sync_mode::upsert, sync_mode::mirror}) {
      CAPTURE(status);
      http_server server;
      server.handle([&](const http_request& r) {
        return http_reply{.status = r.method == "PATCH" && r.path() != "/people/1" ? status : 200};
      });
      auto config = people_config(server);
      config.requests = {{.name = "insert",
                          .method = "POST",
                          .url = server.url("/people/{{op}}"),
                          .body = R"("{{rows}}")"},
                         {.name = "update",
                          .method = "PATCH",
                          .url = server.url("/people/{{key.id}}"),
                          .body = R"("{{row}}")",
                          .per_row = true},
                         config.requests[1]};
      config.request_for = {0, 1, 2};
      connection c(config);
      const auto writer = c.open(mode);
      const auto outcome =
          run(*writer, person_batch().update({1, "Ada"}).update({2, "Grace"}).update({3, "Mary"}));
      CHECK(outcome.fates == std::vector(3, fate::delivered));
      CHECK(outcome.rejections.empty());
      const auto last = server.requests().back();
      CHECK(last.method == "POST");
      CHECK(last.path() == "/people/insert");
      CHECK(json::parse(last.body).size() == 2);
    }
  }
}

TEST_CASE("a row that is neither found nor may be inserted again is rejected for the insert") {
  http_server server;
  server.handle([&](const http_request& r) {
    return r.method == "PATCH" ? http_reply{.status = 404}
                               : http_reply{.status = 422, .body = R"({"message": "banned"})"};
  });
  auto config = people_config(server);
  config.requests = {
      {.name = "insert", .method = "POST", .url = server.url("/people"), .body = R"("{{rows}}")"},
      {.name = "update",
       .method = "PATCH",
       .url = server.url("/people/{{key.id}}"),
       .body = R"("{{row}}")",
       .per_row = true}};
  config.request_for = {0, 1, std::nullopt};
  connection c(config);
  const auto outcome =
      run(*c.open(sync_mode::upsert), person_batch().update({1, "Ada"}).update({2, "Grace"}));
  CHECK(outcome.fates == std::vector(2, fate::rejected));
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[0].status == 422);
  CHECK(outcome.rejections[1].index == 1);
  CHECK(outcome.rejections[1].reason.find("banned") != std::string::npos);
}

TEST_CASE("rows that are refused one after the other with one answer are not halved for it") {
  people_api api;
  std::atomic<int> number{0};
  api.server.handle([&](const http_request& r) {
    for (const auto& row : json::parse(r.body))
      if (row.at("id").get<int>() != 777)
        return http_reply{.status = 400, .body = "no. " + std::to_string(++number) + ": no TLS"};
    return http_reply{};
  });
  auto config = people_config(api.server);
  connection c(config);
  const auto outcome = run(*c.open(), persons(1000));
  CHECK(count(outcome, fate::rejected) == 999);
  CHECK(outcome.fates[776] == fate::delivered);
  CHECK(api.server.requests().size() < 1200);
}

TEST_CASE("what the configuration says of a status is what is done") {
  people_api api;
  std::atomic<int> first{0};
  api.server.handle(
      [&](const http_request&) { return http_reply{.status = first++ == 0 ? 477 : 200}; });
  SUBCASE("retry") {
    auto config = people_config(api.server, 5s);
    config.requests[0].statuses.add("47x", config::status_class::retry);
    connection c(config);
    CHECK(count(run(*c.open(), persons(3)), fate::delivered) == 3);
    CHECK(api.server.requests().size() == 2);
  }
  SUBCASE("credentials") {
    auto config = people_config(api.server, 5s);
    config.requests[0].statuses.add("477", config::status_class::credentials);
    connection c(config);
    const auto outcome = run(*c.open(), persons(3));
    CHECK(outcome.failed.hint.find("credentials") != std::string::npos);
    CHECK(api.server.requests().size() == 1);
  }
  SUBCASE("road") {
    auto config = people_config(api.server, 5s);
    config.requests[0].statuses.add("477", config::status_class::road);
    connection c(config);
    const auto outcome = run(*c.open(), persons(3));
    CHECK(outcome.failed.hint.find("method and url") != std::string::npos);
    CHECK(api.server.requests().size() == 1);
  }
  SUBCASE("road, by a rule about the answer") {
    auto config = people_config(api.server, 5s);
    config.requests[0].answer.emplace().road = {{.statuses = {{477, 477}}, .all = {}}};
    connection c(config);
    const auto outcome = run(*c.open(), persons(3));
    CHECK(outcome.failed.hint.find("what its body names") != std::string::npos);
    CHECK(outcome.rejections.empty());
    CHECK(api.server.requests().size() == 1);
  }
  SUBCASE("delivered") {
    auto config = people_config(api.server, 5s);
    config.requests[0].statuses.add("4xx", config::status_class::delivered);
    connection c(config);
    CHECK(count(run(*c.open(), persons(3)), fate::delivered) == 3);
  }
  SUBCASE("row") {
    auto config = people_config(api.server, 5s);
    config.requests[0].statuses.add("477", config::status_class::row);
    connection c(config);
    CHECK(count(run(*c.open(), persons(1)), fate::rejected) == 1);
  }
}
