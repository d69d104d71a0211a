// Runs to an API that tells rows apart in a way of its own, behind real HTTP.
#include <doctest/doctest.h>

#include <set>

#include "tests/support/connection_fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using enum identity_step;

namespace {

/// An API of rows by their id in the address: POST, PATCH and DELETE. Ids are spelled as `names`
/// says.
struct api_of_rows : test::outside_world {
  api_of_rows() {
    config.mode = sync_mode::mirror;
    config.max_delete_percent = 100;
    source.rows = {{1, "a"}, {2, "b"}, {3, "c"}};
    source.named = [this](long id) { return names.at(id); };
    tell_apart_by({lower});
  }

  [[nodiscard]] config::http_config api(std::vector<identity_step> steps) const {
    const auto request = [&](const char* name, const char* method, const char* target) {
      return config::http_request_config{
          .name = name,
          .method = method,
          .url = server.url(target),
          .body = method == std::string("DELETE") ? "" : R"("{{row}}")",
          .per_row = true};
    };
    config::http_config out;
    out.requests = {request("insert", "POST", "/rows"),
                    request("update", "PATCH", "/rows/{{key.id}}"),
                    request("delete", "DELETE", "/rows/{{key.id}}")};
    out.request_for = {0, 1, 2};
    out.shown_requests = out.requests;
    out.retry = {1ms, 2ms, 10ms};
    out.idempotency_header = "Idempotency-Key";
    out.identity = {{{"id"}, {}, std::move(steps)}};
    return out;
  }
  void tell_apart_by(std::vector<identity_step> steps) {
    config.destination = {api(std::move(steps))};
    make_destination =
        destinations::make_factory(config.destination, log::logger({log::level::error}));
  }

  /// `PATCH /rows/ada`: what was asked since the last call.
  std::multiset<std::string> asked() {
    std::multiset<std::string> out;
    const auto all = server.requests();
    for (; seen < all.size(); ++seen) out.insert(all[seen].method + " " + all[seen].target);
    return out;
  }

  std::map<long, std::string> names{{1, "Ada"}, {2, "grace"}, {3, "Edsger"}};
  std::size_t seen = 0;
  test::http_server server;
};

using texts = std::multiset<std::string>;

}  // namespace

TEST_CASE_FIXTURE(api_of_rows, "a key that changes only in case is an update of its row") {
  test::connection_fixture node(*this);
  CHECK(node.sync().counters.inserts == 3);
  CHECK(asked() == texts{"POST /rows", "POST /rows", "POST /rows"});
  names[1] = "ADA";
  const auto run = node.sync();
  CHECK(run.counters.updates == 1);
  CHECK(run.counters.deletes == 0);
  CHECK(asked() == texts{"PATCH /rows/ADA"});
  CHECK(node.sync().counters.unchanged == 3);
  // A delete names it as it was delivered last.
  source.rows.erase(1);
  CHECK(node.sync().counters.deletes == 1);
  CHECK(asked() == texts{"DELETE /rows/ADA"});
}

TEST_CASE_FIXTURE(api_of_rows, "two keys of one identity are one row, and the second is invalid") {
  names[2] = "ADA";
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.counters.inserts == 2);
  CHECK(run.counters.invalid == 1);
  CHECK(asked() == texts{"POST /rows", "POST /rows"});
  REQUIRE(node.rejected().size() == 1);
  CHECK(node.rejected()[0].key.find("ADA") != std::string::npos);
  // The first one goes: the second is the row now, which is not deleted.
  source.rows.erase(1);
  const auto later = node.sync();
  CHECK(later.counters.deletes == 0);
  CHECK(asked() == texts{"PATCH /rows/ADA"});
}

TEST_CASE_FIXTURE(api_of_rows, "another identity matches what was delivered, and sends nothing") {
  test::connection_fixture node(*this);
  node.sync();
  asked();
  for (const auto& steps : std::vector<std::vector<identity_step>>{
           {}, {trim, casefold}, {lower, md5}, {nfkc, unaccent}, {lower}}) {
    tell_apart_by(steps);
    const auto run = node.sync();
    CHECK(run.type == run_type::incremental);
    CHECK(run.counters.unchanged == 3);
    CHECK(asked().empty());
  }
}

TEST_CASE_FIXTURE(api_of_rows, "a preview tells rows apart as the API does, as far as it can") {
  {
    test::connection_fixture node(*this);
    names[2] = "ADA";
    const auto first = node.preview().get();
    CHECK(first.counters.inserts == 2);
    CHECK(first.counters.invalid == 1);
    names[2] = "grace";
    node.sync();
    names[1] = "ADA";
    const auto known = node.preview().get();
    CHECK(known.counters.updates == 1);
    CHECK(known.warnings.empty());
  }
  // Only a run enters what was delivered under another identity.
  tell_apart_by({});
  test::connection_fixture node(*this);
  const auto before = node.preview().get();
  REQUIRE(before.warnings.size() == 1);
  CHECK(before.warnings[0].find("tell rows apart by text; the preview does so by text lower") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(api_of_rows, "a delivery that is in doubt has one id in all runs") {
  source.rows = {{1, "a"}};
  server.enqueue({.behaviour = test::http_behaviour::reset_after_applying}, 100);
  const auto id = [&](std::size_t request) {
    return server.requests().at(request).headers.value("Idempotency-Key");
  };
  std::size_t before = 0;
  {
    test::connection_fixture node(*this);
    CHECK(node.sync().state == run_state::failed);
    CHECK(node.sync().state == run_state::failed);
    before = server.requests().size();
  }
  // In another life, too, until it is delivered.
  test::connection_fixture node(*this);
  for (int run = 0; run < 200 && node.sync().state != run_state::succeeded; ++run) {
  }
  const auto delivered = server.requests().size() - 1;
  CHECK(delivered > before);
  for (std::size_t n = 0; n <= delivered; ++n) CHECK(id(n) == id(0));
  // There and back again: the last one is not the first one.
  source.rows[1] = "b";
  node.sync();
  source.rows[1] = "a";
  node.sync();
  CHECK(server.requests().size() == delivered + 3);
  CHECK(id(delivered + 1) != id(0));
  CHECK(id(delivered + 2) != id(0));
  CHECK(id(delivered + 2) != id(delivered + 1));
}

TEST_CASE_FIXTURE(api_of_rows, "a value that changed while it was in doubt has an id of its own") {
  source.rows = {{1, "a"}};
  server.enqueue({.behaviour = test::http_behaviour::reset_after_applying}, 100);
  test::connection_fixture node(*this);
  node.sync();
  const auto first = server.requests().size();
  source.rows[1] = "b";
  node.sync();
  const auto second = server.requests().size();
  source.rows[1] = "a";
  node.sync();
  REQUIRE(server.requests().size() > second);
  const auto id = [&](std::size_t request) {
    return server.requests().at(request).headers.value("Idempotency-Key");
  };
  CHECK(id(first) != id(0));
  CHECK(id(second) != id(first));
  CHECK(id(second) != id(0));
}
