// Older copies of ledger and catalog in the place of the present ones: a run notices, says so, and
// makes up for it once. A crash is never taken for that.
#include <doctest/doctest.h>

#include <filesystem>

#include "runtime/catalog/copy.hpp"
#include "runtime/ledger/journal_reader.hpp"
#include "runtime/ledger/marker.hpp"
#include "tests/actors/connection/cursor_world.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

/// What stands on the disk between two lives of a node.
class state_of {
 public:
  explicit state_of(const test::outside_world& world) : dir_(world.dir.path()) {}

  void copy(const std::string& part) const {
    for (const auto& name : files_of(dir_, part)) {
      fs::remove_all(copies_.path() / name);
      fs::copy(dir_ / name, copies_.path() / name, fs::copy_options::recursive);
    }
  }
  void put_back(const std::string& part) const {
    for (const auto& name : files_of(dir_, part)) fs::remove_all(dir_ / name);
    for (const auto& name : files_of(copies_.path(), part))
      fs::copy(copies_.path() / name, dir_ / name, fs::copy_options::recursive);
  }
  [[nodiscard]] fs::path ledger() const { return dir_ / "ledger"; }

 private:
  /// `catalog.sqlite` and what belongs to it, or `ledger`.
  static std::vector<std::string> files_of(const fs::path& in, const std::string& part) {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(in)) {
      const auto name = file.path().filename().string();
      if (name.starts_with(part)) names.push_back(name);
    }
    return names;
  }

  fs::path dir_;
  test::temp_dir copies_;
};

run_record sync_once(test::outside_world& world, const start_options& options = {}) {
  test::connection_fixture node(world);
  return node.sync(options);
}

bool warns(const run_record& run, std::string_view of) {
  return std::any_of(run.warnings.begin(), run.warnings.end(),
                     [&](const std::string& text) { return text.find(of) != std::string::npos; });
}

/// The run after one that found a copy: it finds what it expects, and nothing to do.
void check_ordinary(test::outside_world& world) {
  const auto run = sync_once(world);
  CHECK(run.state == run_state::succeeded);
  CHECK(run.type == run_type::incremental);
  CHECK(run.warnings.empty());
  CHECK(run.counters.deltas() == 0);
}

constexpr auto older = "the ledger is an older copy than the catalog knows";

/// Rows that were changed and changed back, and one that came and went, after a copy was made.
struct changed_since : test::hundred_rows {
  state_of state{*this};

  void live_on(const std::string& copied) {
    sync_once(*this);
    state.copy(copied);
    const auto before = source.rows;
    for (long id = 10; id < 30; ++id) source.rows[id] = "new";
    source.rows[900] = "short-lived";
    CHECK(sync_once(*this).counters.deltas() == 21);
    source.rows = before;
  }
};

}  // namespace

TEST_CASE_FIXTURE(changed_since,
                  "a mirror over an older ledger delivers everything and says that "
                  "it cannot vouch for what vanished") {
  live_on("ledger");
  source.rows.erase(50);  // the copy knows of it
  state.put_back("ledger");
  const auto run = sync_once(*this);
  CHECK(run.type == run_type::full);
  CHECK(run.reason == older);
  CHECK(run.counters.delivered == 100);
  CHECK(run.counters.deletes == 1);
  CHECK(warns(run, older));
  CHECK(run.state == run_state::failed);
  CHECK(run.failed.code == errc::ledger_failed);
  CHECK(run.failed.hint.find("the next run is an ordinary one") != std::string::npos);
  auto expected = source.rows;
  expected[900] = "short-lived";
  CHECK(delivered() == expected);
  check_ordinary(*this);
}

TEST_CASE_FIXTURE(changed_since, "other modes keep their promise over an older ledger") {
  for (const auto mode : {sync_mode::upsert, sync_mode::update}) {
    config.mode = mode;
    live_on("ledger");
    state.put_back("ledger");
    const auto run = sync_once(*this);
    CHECK(run.state == run_state::succeeded);
    CHECK(run.counters.delivered == 100);
    CHECK(warns(run, older));
    auto expected = source.rows;
    expected[900] = "short-lived";
    CHECK(delivered() == expected);
    check_ordinary(*this);
  }
}

TEST_CASE_FIXTURE(changed_since,
                  "what was inserted or sent as an event is not sent again unless "
                  "an older ledger does not know it") {
  for (const auto mode : {sync_mode::insert, sync_mode::append}) {
    config.mode = mode;
    sync_once(*this);
    state.copy("ledger");
    source.rows[mode == sync_mode::insert ? 901 : 902] = "after the copy";
    CHECK(sync_once(*this).counters.delivered == 1);
    state.put_back("ledger");
    const auto run = sync_once(*this);
    CHECK(run.state == run_state::succeeded);
    CHECK(run.counters.delivered == 1);
    CHECK(warns(run, mode == sync_mode::insert ? "inserted again" : "sent as events again"));
    check_ordinary(*this);
  }
}

TEST_CASE_FIXTURE(test::hundred_rows, "a journal that was cut at any frame is noticed") {
  const state_of state(*this);
  config.mode = sync_mode::upsert;
  sync_once(*this);
  source.rows[7] = "changed";
  source.rows[8] = "changed";
  sync_once(*this);
  state.copy("");
  const auto journal = ledger::journal_path(state.ledger(), 0);
  std::vector<std::uint64_t> ends;
  {
    const auto file = ledger::file::open_to_read(ledger::system_calls::real(), journal);
    ledger::journal_reader reader(file);
    while (reader.next()) ends.push_back(reader.end());
  }
  REQUIRE(ends.size() > 10);
  ends.pop_back();
  for (const auto end : ends) {
    CAPTURE(end);
    state.put_back("catalog");
    state.put_back("ledger");
    fs::resize_file(journal, end);
    const auto run = sync_once(*this);
    CHECK(run.reason == older);
    CHECK(run.counters.delivered == 100);
    check_ordinary(*this);
  }
}

TEST_CASE("a crash after any message is never taken for a copy") {
  for (const bool first : {true, false}) {
    bool ended = false;
    int messages = 0;
    while (!ended) {
      ++messages;
      CAPTURE(first);
      CAPTURE(messages);
      test::outside_world world;
      for (long id = 1; id <= 20; ++id) world.source.rows[id] = "value";
      if (!first) {
        sync_once(world);
        world.source.rows[5] = world.source.rows[6] = "changed";
        world.source.rows[100] = "new";
        world.source.rows.erase(7);
      }
      {
        test::connection_fixture node(world);
        node.start();
        int left = messages;
        node.run_until([&] { return left-- == 0; });
        ended = node.status().state == connection_state::idle;
      }
      const auto run = sync_once(world);
      CHECK(run.state == run_state::succeeded);
      CHECK(run.warnings.empty());
      if (!first) CHECK(run.type == run_type::incremental);
      CHECK(world.delivered() == world.source.rows);
    }
    CHECK(messages > 20);
  }
}

TEST_CASE_FIXTURE(changed_since, "a crash of the run that makes up for a copy loses none of it") {
  live_on("ledger");
  state.put_back("ledger");
  state.copy("");
  auto expected = source.rows;
  expected[900] = "short-lived";
  bool ended = false;
  for (int messages = 1; !ended; messages += 3) {
    CAPTURE(messages);
    {
      test::connection_fixture node(*this);
      node.start();
      int left = messages;
      node.run_until([&] { return left-- == 0; });
      ended = node.status().state == connection_state::idle;
    }
    if (!ended) {  // the end may be recorded though nobody was told
      catalog::catalog store(dir.path(), now);
      ended = store.load("customers").last_run->state == run_state::failed;
    }
    if (ended) break;
    const auto run = sync_once(*this);
    CHECK(run.type == run_type::full);
    CHECK(run.state == run_state::failed);
    CHECK(run.failed.code == errc::ledger_failed);
    CHECK(delivered() == expected);
    check_ordinary(*this);
    state.put_back("");
  }
}

TEST_CASE_FIXTURE(changed_since, "a source that fails leaves the copy to the next run") {
  live_on("ledger");
  state.put_back("ledger");
  const auto works = open_model;
  open_model = [](std::stop_token) -> std::unique_ptr<source::model_reader> {
    throw failure(errc::source_failed, "read model", "customers", "gone");
  };
  CHECK(sync_once(*this).failed.code == errc::source_failed);
  open_model = works;
  const auto run = sync_once(*this);
  CHECK(run.reason == older);
  CHECK(run.counters.delivered == 100);
}

TEST_CASE_FIXTURE(changed_since,
                  "an older catalog beside a newer ledger reads the whole source "
                  "anew and the ledger knows what vanished") {
  live_on("catalog");
  state.put_back("catalog");
  const auto run = sync_once(*this);
  CHECK(run.state == run_state::succeeded);
  CHECK(run.type == run_type::full);
  CHECK(run.reason == "the catalog is older than the ledger");
  CHECK(warns(run, "records of runs that the catalog does not know"));
  CHECK(delivered() == source.rows);
  check_ordinary(*this);
}

TEST_CASE_FIXTURE(changed_since, "a catalog that is lost is said and the ledger still counts") {
  live_on("nothing");
  for (const auto* const part : {"catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"})
    fs::remove(dir.path() / part);
  const auto run = sync_once(*this);
  CHECK(run.type == run_type::full);
  CHECK(warns(run, "or was lost"));
  CHECK(delivered() == source.rows);
  check_ordinary(*this);
}

TEST_CASE_FIXTURE(changed_since, "a ledger of another history is set aside and deletes nothing") {
  test::hundred_rows stranger;
  stranger.config.mode = sync_mode::upsert;
  stranger.source.rows[777] = "the other one's";
  sync_once(stranger);
  stranger.source.rows[1] = "value 1 ";
  for (int i = 0; i < 9; ++i) {
    stranger.source.rows[1] += ".";
    sync_once(stranger);
  }
  live_on("ledger");
  fs::remove_all(state.ledger());
  fs::copy(state_of(stranger).ledger(), state.ledger(), fs::copy_options::recursive);
  const auto run = sync_once(*this);
  CHECK(run.reason == "the ledger is another one than the catalog knows");
  CHECK(run.state == run_state::failed);
  CHECK(run.counters.delivered == 100);
  CHECK(run.counters.deletes == 0);
  CHECK(fs::exists(dir.path() / ".ledger.old" / "current"));
  check_ordinary(*this);
}

TEST_CASE_FIXTURE(changed_since, "catalog and ledger of a backup are made up for once") {
  live_on("");
  state.put_back("");
  catalog::note_restored(dir.path() / "catalog.sqlite",
                         timestamp{std::chrono::seconds{1'600'000'000}});
  const auto run = sync_once(*this);
  CHECK(run.state == run_state::failed);
  CHECK(run.counters.delivered == 100);
  CHECK(warns(run, "come from the backup of 2020-09-13T12:26:40"));
  check_ordinary(*this);
}

TEST_CASE_FIXTURE(changed_since, "a preview tells what a run over an older ledger would do") {
  live_on("ledger");
  state.put_back("ledger");
  test::connection_fixture node(*this);
  const auto seen = node.preview().get();
  CHECK(seen.type == run_type::full);
  CHECK(seen.reason == older);
  CHECK(seen.counters.updates == 100);
  CHECK(node.sync().reason == older);
}

TEST_CASE_FIXTURE(test::cursor_world, "a checkpoint never outlives the ledger that it goes with") {
  const state_of state(*this);
  for (long id = 1; id <= 20; ++id) put(id, "a", id);
  sync_once(*this);
  state.copy("");
  for (long id = 1; id <= 5; ++id) put(id, "changed", 100 + id);
  put(50, "new", 110);
  CHECK(sync_once(*this).counters.delivered == 6);

  SUBCASE("an older ledger") {
    // Back as they were, cursor included: a checkpoint would leave all of them out.
    for (long id = 1; id <= 5; ++id) put(id, "a", id);
    state.put_back("ledger");
    const auto run = sync_once(*this);
    CHECK(run.counters.read == 21);
    CHECK(delivered() == rows());
    CHECK(sync_once(*this).counters.read == 1);
  }
  SUBCASE("an older catalog") {
    state.put_back("catalog");
    const auto run = sync_once(*this);
    CHECK(run.counters.read == 21);
    CHECK(delivered() == rows());
    CHECK(sync_once(*this).counters.read == 1);
  }
  SUBCASE("an older ledger of events") {
    config.mode = sync_mode::append;
    CHECK(sync_once(*this).state == run_state::succeeded);
    state.copy("ledger");
    put(60, "event", 120);
    sync_once(*this);
    state.put_back("ledger");
    const auto run = sync_once(*this);
    CHECK(run.type == run_type::incremental);
    CHECK(run.counters.read == 22);
    CHECK(run.counters.delivered == 1);
    CHECK(sync_once(*this).counters.read == 1);
  }
}
