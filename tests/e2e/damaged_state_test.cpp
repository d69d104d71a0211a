// State on disk that cannot be used: the real binary says which file and what to do, delivers
// nothing on its strength, and doing what it said helps.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Changes one byte, whatever it was.
void flip(const fs::path& file, std::uintmax_t at) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const auto was = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(static_cast<char>(was ^ 0x55));
  REQUIRE(bytes.flush().good());
}

/// A connection that was synced by a node which has ended. Its ledger has a base, a journal with
/// changes since, and a marker.
struct synced_connection {
  synced_connection() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 12'000)});
    target.run({test::customers_table});
    node.connection("customers", test::mirror_customers(source, target));
    auto other = test::mirror_customers(source, other_target);
    other_target.run({test::customers_table});
    node.connection("other", other);
    node.start();
    node.sync("customers");
    source.run({"UPDATE customers SET name = 'changed' WHERE id <= 100"});
    node.sync("customers");
    node.terminate();
    fs::copy(node.path() / "state", node.path() / "backup", fs::copy_options::recursive);
  }

  void restore() {
    fs::remove_all(node.path() / "state");
    fs::copy(node.path() / "backup", node.path() / "state", fs::copy_options::recursive);
  }

  const test::database_fixture source{odbc::product::sqlite};
  const test::database_fixture target{odbc::product::sqlite};
  const test::database_fixture other_target{odbc::product::sqlite};
  test::node_fixture node;
};

}  // namespace

TEST_CASE_FIXTURE(synced_connection,
                  "a flipped byte in any file of a ledger is refused, nothing is delivered and the "
                  "hint helps") {
  const auto folder = node.path() / "state/ledger/customers";
  std::vector<std::pair<std::string, std::uintmax_t>> places;
  for (const auto& file : fs::directory_iterator(folder))
    // The last frames of a journal may be torn by a crash; whatever else is wrong is damage.
    for (const auto at : {std::uintmax_t{5}, file.file_size() / 2})
      places.emplace_back(file.path().filename().string(), at);
  REQUIRE(places.size() == 6);

  const auto before = test::customers_of(target);
  source.run(
      {"UPDATE customers SET name = 'changed again'", "DELETE FROM customers WHERE id < 50"});
  for (const auto& [name, at] : places) {
    CAPTURE(name);
    CAPTURE(at);
    flip(folder / name, at);
    node.start();
    const auto failed = node.sync("customers", {}, 1);
    CHECK(failed["state"] == "failed");
    CHECK(failed["error"]["code"] == "ledger_corrupt");
    CHECK(test::contains(failed["error"]["message"], (folder / name).string()));
    CHECK(test::contains(failed["error"]["message"], "at offset"));
    CHECK(test::contains(failed["error"]["hint"], folder.string()));
    CHECK(test::contains(failed["error"]["hint"], "remove it"));
    CHECK(failed["delivered"] == 0);
    CHECK(test::customers_of(target) == before);
    node.terminate();
    restore();
  }

  SUBCASE("restored from a copy") {
    node.start();
    const auto run = node.sync("customers");
    CHECK(run["type"] == "incremental");
    CHECK(run["deletes"] == 49);
    CHECK(test::customers_of(target) == test::customers_of(source));
  }
  SUBCASE("removed while the node runs") {
    flip(folder / "current", 5);
    node.start();
    node.sync("customers", {}, 1);
    fs::remove_all(folder);
    // A new ledger cannot know that the deleted rows were ever delivered, and the run says so.
    const auto run = node.sync("customers", {}, 1);
    CHECK(run["type"] == "full");
    CHECK(run["state"] == "failed");
    CHECK(run["delivered"] == run["read"]);
    CHECK(test::contains(run["error"]["message"], "have vanished from the source are not known"));
    target.run({"DELETE FROM customers WHERE id < 50"});
    CHECK(test::customers_of(target) == test::customers_of(source));
    CHECK(node.sync("customers")["delivered"] == 0);
    CHECK(node.sync("other")["state"] == "succeeded");
  }
}

TEST_CASE_FIXTURE(synced_connection,
                  "a damaged ledger does not keep other connections from syncing") {
  flip(node.path() / "state/ledger/customers/current", 5);
  node.start();
  node.sync("customers", {}, 1);
  CHECK(node.sync("other")["delivered"] == 12'000);
  CHECK(test::customers_of(other_target) == test::customers_of(source));
  CHECK(node.terminate() == 0);
}

TEST_CASE_FIXTURE(synced_connection,
                  "a damaged catalog keeps the node from starting and moving it away helps") {
  const auto catalog = node.path() / "state/catalog.sqlite";
  for (const bool cut : {false, true}) {
    CAPTURE(cut);
    if (cut) {
      fs::resize_file(catalog, fs::file_size(catalog) / 2);
    } else {
      flip(catalog, 0);
    }
    std::ifstream damaged(catalog, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(damaged), {}};
    const auto ended = node.start_and_fail();
    CHECK(ended.exit_code == 1);
    CHECK(ended.output.empty());
    CHECK(ended.errors.find(catalog.string()) != std::string::npos);
    CHECK(ended.errors.find("restore it from a backup, or move") != std::string::npos);
    std::ifstream untouched(catalog, std::ios::binary);
    CHECK(content == std::string{std::istreambuf_iterator<char>(untouched), {}});
    restore();
  }

  flip(catalog, 0);
  for (const std::string part : {"", "-wal", "-shm"}) {
    const auto file = fs::path(catalog) += part;
    if (fs::exists(file)) fs::rename(file, node.path() / ("moved" + part));
  }
  source.run(
      {"DELETE FROM customers WHERE id < 50", "UPDATE customers SET name = 'x' WHERE id = 60"});
  node.start();
  CHECK(node.json({"status", "customers"})["next_type"] == "full");
  CHECK(node.sync("customers")["deletes"] == 49);
  CHECK(test::customers_of(target) == test::customers_of(source));
  CHECK(node.terminate() == 0);
}

TEST_CASE("a state directory that cannot be written keeps the node from starting") {
  struct unusable {
    std::string state_dir;
    std::string cause;
  };
  test::node_fixture node;
  const auto file = (node.path() / "file").string();
  std::ofstream(file) << "not a directory";
  // Root may write anywhere but where the kernel has no place for a file.
  for (const auto& [state_dir, cause] :
       {unusable{file, "not a directory"}, unusable{file + "/state", "Not a directory"},
        unusable{"/proc/sluice/state", "No such file or directory"},
        unusable{"/proc", "cannot write the lock file"}}) {
    CAPTURE(state_dir);
    node.settings["state_dir"] = state_dir;
    const auto ended = node.start_and_fail();
    CHECK(ended.exit_code == 1);
    CHECK(ended.output.empty());
    CHECK(ended.errors.find(state_dir) != std::string::npos);
    CHECK(ended.errors.find(cause) != std::string::npos);
    CHECK(ended.errors.find("check state_dir, its owner and its permissions") != std::string::npos);
  }
  CHECK(fs::file_size(file) == 15);
  node.settings.clear();
  node.start();
  CHECK(node.terminate() == 0);
}
