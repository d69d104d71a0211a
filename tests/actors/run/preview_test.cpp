// Previews: what they say is what the next run does, and nothing is moved by them.
#include "actors/run/preview.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "tests/actors/run_checks.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::packed_key;

namespace {

/// Every file of the state with its bytes, but for what SQLite shares between its connections.
std::map<std::string, std::string> bytes_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& each : std::filesystem::recursive_directory_iterator(directory)) {
    auto& bytes = all[each.path().string()];
    if (!each.is_regular_file() || each.path().string().ends_with("-shm")) continue;
    std::ifstream in(each.path(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

std::vector<preview_sample> of_kind(const preview_result& p, const std::string& operation) {
  std::vector<preview_sample> out;
  for (const auto& s : p.samples)
    if (s.operation == operation) out.push_back(s);
  return out;
}

void check_same(const run_counters& seen, const run_counters& done) {
  CHECK(seen.read == done.read);
  CHECK(seen.unchanged == done.unchanged);
  CHECK(seen.invalid == done.invalid);
  CHECK(seen.inserts == done.inserts);
  CHECK(seen.updates == done.updates);
  CHECK(seen.deletes == done.deletes);
}

}  // namespace

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a preview of the first run counts every row and makes no ledger") {
  test::connection_fixture node(*this);
  const auto before = bytes_of(dir.path());
  const auto seen = node.preview().get();
  CHECK(seen.connection == "customers");
  CHECK(seen.type == run_type::full);
  CHECK(seen.reason == "it is the first one");
  CHECK(seen.counters.inserts == 100);
  CHECK(seen.counters.read == 100);
  CHECK(seen.samples.size() == 5);
  CHECK(seen.samples[0].operation == "insert");
  CHECK_FALSE(seen.guarded);
  CHECK(bytes_of(dir.path()) == before);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "ledger"));
  CHECK(destination.deliveries() == 0);
  CHECK_FALSE(node.status().run);
  CHECK(node.sync().counters.inserts == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows, "samples show each kind of row as it would be sent") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows[7] = "changed";
  source.rows[200] = "new";
  source.rows.erase(50);
  source.invalid[9] = "column 'value': is not a text";
  const auto seen = node.preview({.samples = 3}).get();
  CHECK(seen.type == run_type::incremental);
  CHECK(seen.reason.empty());
  REQUIRE(seen.samples.size() == 4);
  CHECK(of_kind(seen, "insert").at(0).rendered ==
        R"({"op":"insert","key":{"id":200},"row":{"id":200,"value":"new"}})");
  CHECK(of_kind(seen, "update").at(0).rendered ==
        R"({"op":"update","key":{"id":7},"row":{"id":7,"value":"changed"}})");
  CHECK(of_kind(seen, "delete").at(0).rendered == R"({"op":"delete","key":{"id":50},"row":null})");
  const auto invalid = of_kind(seen, "read").at(0);
  CHECK(invalid.key == R"({"id":9})");
  CHECK(invalid.reason == "column 'value': is not a text");
  CHECK(invalid.rendered.empty());
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "the samples of a preview are bounded and its counts are not") {
  test::connection_fixture node(*this);
  CHECK(node.preview({.samples = 0}).get().samples.empty());
  CHECK(node.preview({.samples = 0}).get().counters.inserts == 100);
  CHECK(node.preview({.samples = 7}).get().samples.size() == 7);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a preview of a full run offers every row and begins no epoch") {
  test::connection_fixture node(*this);
  node.sync();
  const auto before = bytes_of(dir.path());
  const auto seen = node.preview({.full = true}).get();
  CHECK(seen.type == run_type::full);
  CHECK(seen.counters.updates == 100);
  CHECK(bytes_of(dir.path()) == before);
  CHECK(node.preview().get().counters.unchanged == 100);
  CHECK(node.sync().type == run_type::incremental);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a preview says what the delete guard would hold back") {
  test::connection_fixture node(*this);
  node.sync();
  for (long id = 1; id <= 60; ++id) source.rows.erase(id);
  const auto seen = node.preview().get();
  CHECK(seen.guarded.code == errc::guarded);
  CHECK(seen.counters.deletes == 0);
  CHECK(of_kind(seen, "delete").size() == 5);
  CHECK(of_kind(seen, "delete").at(0).reason == "the delete guard holds it back");
  const auto run = node.sync();
  CHECK(run.failed == seen.guarded);
  check_same(seen.counters, run.counters);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "rows that were rejected before are counted among the deltas") {
  destination.rejects[packed_key(3)] = "no";
  destination.rejects[packed_key(4)] = "no";
  {
    test::connection_fixture node(*this);
    node.sync();
    source.rows[200] = "new";
    const auto seen = node.preview().get();
    CHECK(seen.counters.inserts == 3);
    CHECK(seen.rejected_retried == 2);
  }
  config.retry_rejected = false;
  test::connection_fixture node(*this);
  source.rows[3] = "changed";
  const auto seen = node.preview().get();
  CHECK(seen.counters.inserts == 2);
  CHECK(seen.rejected_retried == 1);
  check_same(seen.counters, node.sync().counters);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a run that would only record rows is previewed as that") {
  config.initial = config::initial_backfill::assume_synced;
  test::connection_fixture node(*this);
  const auto seen = node.preview().get();
  CHECK(seen.counters.unchanged == 100);
  CHECK(seen.samples.empty());
  REQUIRE(seen.warnings.size() == 1);
  CHECK(seen.warnings[0].find("send none") != std::string::npos);
  check_same(seen.counters, node.sync().counters);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a preview during a run shows what is not acknowledged yet") {
  test::connection_fixture node(*this);
  const auto begun = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 30; });
  const auto seen = node.preview().get();
  CHECK(seen.type == run_type::full);
  CHECK(seen.reason == "the full run " + begun.run + " is not over yet");
  CHECK(seen.counters.read == 100);
  CHECK(seen.counters.unchanged > 0);
  CHECK(seen.counters.inserts > 0);
  REQUIRE(seen.warnings.size() == 1);
  CHECK(seen.warnings[0].find(begun.run) != std::string::npos);
  const auto ended =
      node.ask<run_record>(node.supervisor,
                           command::await{"customers", begun.run, command::poll_time{60'000}})
          .get();
  CHECK(ended.state == run_state::succeeded);
  CHECK(ended.counters.delivered == 100);
  CHECK(delivered() == source.rows);
  CHECK(node.preview().get().counters.unchanged == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a disabled connection can be previewed") {
  test::connection_fixture node(*this);
  node.ask<connection_status>(node.supervisor, command::disable{"customers"}).get();
  CHECK(node.preview().get().counters.inserts == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a preview fails as the run would, and the next one can succeed") {
  test::connection_fixture node(*this);
  source.refuses = {errc::source_failed, "read model", "customers", "no such table", "check it"};
  CHECK(node.preview().failed == source.refuses);
  CHECK(node.status().state == connection_state::idle);
  source.refuses = {};
  CHECK(node.preview().get().counters.inserts == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a second preview of a connection is refused while one goes on") {
  test::connection_fixture node(*this);
  auto first = node.send_request(node.supervisor, command::preview{"customers", {}}, waiting{});
  auto second = node.send_request(node.supervisor, command::preview{"customers", {}}, waiting{});
  node.run_until([&] { return node.self->has_next_message(); });
  const auto refused = node.receive<preview_result>(second);
  CHECK(refused.failed.code == errc::already_running);
  node.run();
  CHECK(node.receive<preview_result>(first).get().counters.inserts == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a node that makes as many previews as it can refuses another") {
  test::connection_fixture node(*this);
  std::vector<std::shared_ptr<void>> taken;
  while (auto permit = actors::take(node.services->previews)) taken.push_back(std::move(permit));
  CHECK(taken.size() == static_cast<std::size_t>(actors::max_previews));
  CHECK(node.preview().failed.code == errc::already_running);
  taken.pop_back();
  for (int i = 0; i < 3; ++i) CHECK(node.preview().get().counters.inserts == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a preview ends when the connection is removed or the node ends") {
  test::connection_fixture node(*this);
  auto pending = node.send_request(node.supervisor, command::preview{"customers", {}}, waiting{});
  node.step();  // the supervisor has it, the previewer has not begun
  auto gone = node.send_request(node.supervisor, shutdown_atom_v, false);
  node.run_until([&] { return node.self->has_next_message(); });
  CHECK(node.receive<preview_result>(pending).failed.code == errc::shutting_down);
  CHECK(node.receive<bool>(gone).arrived);
  node.run();
  CHECK(source.fetched == 0);
}

TEST_CASE("nobody gets more samples than are held in memory, however many are asked for") {
  test::outside_world world;
  for (long id = 0; id < 150; ++id) world.source.rows[id] = "a";
  test::connection_fixture node(world);
  CHECK(node.preview({.samples = 4'000'000'000}).get().samples.size() == 100);
  CHECK(node.preview({.samples = 7}).get().samples.size() == 7);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a preview reads no further once its asker is gone") {
  test::connection_fixture node(*this);
  const auto asker = node.system.spawn([&](caf::event_based_actor* self) {
    self->request(node.supervisor, caf::infinite, command::preview{"customers", {}},
                  waiting{self->ctrl()})
        .then([](const preview_result&) {}, [](const caf::error&) {});
  });
  node.step();  // asks
  node.step();  // the supervisor has it, the previewer has not begun
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  node.run();
  CHECK(source.fetched == 0);
  CHECK(node.preview().get().counters.inserts == 100);
}

TEST_CASE("a preview counts exactly what the run after it does, whatever came before") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    test::outside_world world;
    world.config.mode = below(3) == 0 ? sync_mode::upsert : sync_mode::mirror;
    world.config.retry_rejected = below(3) > 0;
    world.config.max_delete_percent = below(2) == 0 ? 100 : 20;
    world.config.delivery.writers = 1 + below(3);
    for (long id = 0; id < 40; ++id) world.source.rows[id] = "a";
    auto node = std::make_unique<test::connection_fixture>(world);
    for (int round = 0; round < 8; ++round) {
      CAPTURE(round);
      for (auto n = below(12); n > 0; --n) {
        const long id = below(60);
        switch (below(5)) {
          case 0:
            world.source.rows.erase(id);
            break;
          case 1:
            world.destination.rejects[packed_key(id)] = "refused";
            break;
          case 2:
            world.destination.rejects.erase(packed_key(id));
            break;
          case 3:
            if (below(2) == 0) {
              world.source.invalid[id] = "bad";
            } else {
              world.source.invalid.erase(id);
            }
            break;
          default:
            world.source.rows[id] = std::string(1, static_cast<char>('a' + below(3)));
        }
      }
      if (below(3) == 0) {  // ends somewhere in the middle, with rows in doubt
        static_cast<void>(node->start({.full = below(3) == 0}));
        for (auto messages = below(60); messages > 0 && node->step(); --messages) {
        }
        if (below(2) == 0) {
          static_cast<void>(node->stop(below(2) == 0));
          node->run();
        } else {
          node.reset();
          node = std::make_unique<test::connection_fixture>(world);
        }
      }
      if (node->status().state != connection_state::idle) node->run();
      const bool full = below(5) == 0;
      const auto before = bytes_of(world.dir.path());
      const auto passes = world.destination.deliveries();
      const auto seen = node->preview({.full = full}).get();
      CHECK(world.destination.deliveries() == passes);
      REQUIRE((bytes_of(world.dir.path()) == before));
      const auto run = node->sync({.full = full});
      CHECK(seen.type == run.type);
      check_same(seen.counters, run.counters);
      CHECK((seen.guarded.code == errc::guarded) == (run.failed.code == errc::guarded));
    }
  }
}
