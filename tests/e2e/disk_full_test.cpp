// Disks without room, under the real binary: the run says so, the node lives on, and once there is
// room the next sync delivers what is missing.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <filesystem>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A folder that stands on a full disk until it is moved to one with room: a symbolic link to
/// `NAME-full`, whose file `file` the kernel refuses to extend once each thread has written to it
/// `writes` times. Neither root nor a mount is needed, and no other file is touched.
class full_disk {
 public:
  full_disk(test::node_fixture& node, const fs::path& folder, const fs::path& file,
            const std::string& call, int writes)
      : folder_(folder), full_(fs::path(folder) += "-full") {
    fs::create_directories(full_);
    fs::create_directory_symlink(full_, folder_);
    node.wrapper = {"strace",
                    "-f",
                    "-qq",
                    "-o",
                    (node.path() / "strace.txt").string(),
                    "-e",
                    "trace=" + call,
                    "-e",
                    "inject=" + call + ":error=ENOSPC:when=" + std::to_string(writes + 1) + "+",
                    "-P",
                    (full_ / file).string()};
    node.environment["LSAN_OPTIONS"] = "detect_leaks=0";  // it cannot look while strace does
  }

  /// As an operator would: everything goes to a larger disk.
  void move_to_larger() {
    const auto larger = fs::path(folder_) += "-larger";
    fs::copy(full_, larger, fs::copy_options::recursive);
    fs::remove(folder_);
    fs::create_directory_symlink(larger, folder_);
  }

 private:
  fs::path folder_;
  fs::path full_;
};

/// A node under strace is ended by a command: the signal would be strace's.
void shut_down(test::node_fixture& node) {
  CHECK(node.sluice({"shutdown"}).exit_code == 0);
  const auto end = node.node().wait(30s);
  REQUIRE(end);
  CHECK(end->exit_code == 0);
}

/// What the lines of the file leave, as `customers_of` has it.
std::vector<std::string> customers_in(const fs::path& file) {
  std::map<std::int64_t, std::string> rows;
  for (const auto& [key, row] : test::replay_jsonl(file)) {
    const auto cents = std::lround(row["balance"].get<double>() * 100);
    const auto id = row["id"].get<std::int64_t>();
    rows[id] =
        std::to_string(id) + "|" + row["name"].get<std::string>() + "|" + std::to_string(cents);
  }
  std::vector<std::string> texts;
  for (auto& [id, text] : rows) texts.push_back(std::move(text));
  return texts;
}

json mirror_into_file(const test::database_fixture& source, const std::string& path) {
  return {
      {"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
      {"mode", "mirror"},
      {"destination", {{"kind", "jsonl"}, {"path", path}}},
      {"delivery", {{"writers", 1}, {"batch_rows", 100}, {"window", 1}}}};
}

}  // namespace

TEST_CASE("a full disk below a jsonl file fails the run and the next one delivers the rest") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 3000)});
  test::node_fixture node;
  node.connection("customers", mirror_into_file(source, "../out/customers.jsonl"));
  full_disk disk(node, node.path() / "out", "customers.jsonl", "write", 2);
  node.start();
  const auto failed = node.sync("customers", {}, 1);
  CHECK(failed["state"] == "failed");
  CHECK(failed["error"]["code"] == "destination_failed");
  CHECK(test::contains(failed["error"]["message"], "customers.jsonl"));
  CHECK(test::contains(failed["error"]["message"], "No space left on device"));
  CHECK(test::contains(failed["error"]["hint"], "free disk space"));
  CHECK(failed["delivered"] == 200);
  CHECK(customers_in(node.path() / "out/customers.jsonl").size() == 200);
  // The node says the same to everybody who asks later, and goes on failing as long as it must.
  CHECK(node.json({"status", "customers"})["run"] == failed);
  CHECK(node.sync("customers", {}, 1)["type"] == "full");

  disk.move_to_larger();
  const auto next = node.sync("customers");
  CHECK(next["type"] == "full");
  CHECK(next["read"] == 3000);
  CHECK(next["unchanged"].get<int>() >= 200);
  CHECK(customers_in(node.path() / "out/customers.jsonl") == test::customers_of(source));
  CHECK(node.sync("customers")["unchanged"] == 3000);
  shut_down(node);
}

TEST_CASE("a full disk below the ledger fails the run and what it could not record is sent again") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::postgresql);
  source.run({test::customers_table, test::fill_customers(odbc::product::postgresql, 3000)});
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = test::mirror_customers(source, target);
  config["delivery"] = {{"writers", 1}, {"batch_rows", 100}, {"window", 1}};
  node.connection("customers", config);
  // Intent, outcome, intent: the outcome of the second batch finds no room.
  fs::create_directory(node.path() / "state");
  full_disk disk(node, node.path() / "state/ledger", "customers/journal.0", "pwrite64", 3);
  node.start();
  const auto failed = node.sync("customers", {}, 1);
  CHECK(failed["state"] == "failed");
  CHECK(failed["error"]["code"] == "ledger_failed");
  CHECK(test::contains(failed["error"]["message"], "journal.0"));
  CHECK(test::contains(failed["error"]["message"], "No space left on device"));
  CHECK(test::contains(failed["error"]["hint"], "free space on the disk of the state directory"));
  CHECK(failed["delivered"] == 100);
  CHECK(test::customers_of(target).size() == 200);
  CHECK(node.json({"status", "customers"})["run"] == failed);

  // In doubt: delivered, not recorded, and changed back before anybody knew.
  target.run(
      {"UPDATE customers SET name = 'not what the source has' WHERE id BETWEEN 101 AND 200"});
  disk.move_to_larger();
  const auto next = node.sync("customers");
  CHECK(next["type"] == "full");
  CHECK(next["continues"] == failed["run"]);
  CHECK(next["unchanged"] == 100);
  CHECK(test::customers_of(target) == test::customers_of(source));
  CHECK(node.sync("customers")["unchanged"] == 3000);
  shut_down(node);
}

TEST_CASE("a file that reaches the node's size limit fails the run and never the node") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 8000)});
  test::node_fixture node;
  auto config = mirror_into_file(source, "../customers.jsonl");
  config["delivery"]["batch_rows"] = 1000;
  node.connection("customers", config);
  node.start();
  // The kernel writes what fits and refuses the rest, in the middle of a line.
  rlimit unlimited{};
  REQUIRE(::prlimit(node.node().pid(), RLIMIT_FSIZE, nullptr, &unlimited) == 0);
  const rlimit limited{500'001, unlimited.rlim_max};
  REQUIRE(::prlimit(node.node().pid(), RLIMIT_FSIZE, &limited, nullptr) == 0);
  const auto failed = node.sync("customers", {}, 1);
  CHECK(failed["error"]["code"] == "destination_failed");
  CHECK(test::contains(failed["error"]["message"], "File too large"));
  CHECK(test::contains(failed["error"]["hint"], "size limit"));
  const auto whole = customers_in(node.path() / "customers.jsonl").size();
  CHECK(whole == failed["delivered"]);
  CHECK(whole > 0);

  REQUIRE(::prlimit(node.node().pid(), RLIMIT_FSIZE, &unlimited, nullptr) == 0);
  const auto next = node.sync("customers");
  CHECK(next["continues"] == failed["run"]);
  CHECK(next["unchanged"] == whole);
  CHECK(customers_in(node.path() / "customers.jsonl") == test::customers_of(source));
  CHECK(node.terminate() == 0);
}
