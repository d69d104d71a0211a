#include "runtime/diff/hash_log.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "messages/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using diff::hash_log;

namespace {

/// While it lives, no file of this process grows past `bytes`: stands in for a full disk.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    signal_before_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_before_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  rlimit before_{};
  void (*signal_before_)(int) = nullptr;
};

std::vector<hash128> drained(hash_log& log) {
  std::vector<hash128> out;
  log.drain([&](const hash128& hash) { out.push_back(hash); });
  return out;
}

}  // namespace

TEST_CASE("a log gives back its hashes in order whether they fit its buffer or not") {
  const test::temp_dir dir;
  for (const std::uint64_t count : {0u, 1u, 9u, 10u, 11u, 25'000u}) {
    CAPTURE(count);
    hash_log log(dir.path(), 10);
    std::vector<hash128> expected;
    for (std::uint64_t i = 0; i < count; ++i) expected.push_back({i, ~i});
    for (const auto& hash : expected) log.append(hash);
    CHECK(log.size() == count);
    CHECK(drained(log) == expected);
    CHECK(log.size() == 0);
  }
}

TEST_CASE("a drained log can be filled again") {
  const test::temp_dir dir;
  hash_log log(dir.path(), 2);
  for (std::uint64_t i = 0; i < 5; ++i) log.append({i, 0});
  drained(log);
  for (std::uint64_t i = 5; i < 8; ++i) log.append({i, 0});
  CHECK(drained(log) == std::vector<hash128>{{5, 0}, {6, 0}, {7, 0}});
}

TEST_CASE("a log leaves no file behind") {
  const test::temp_dir dir;
  hash_log log(dir.path(), 1);
  for (std::uint64_t i = 0; i < 5; ++i) log.append({i, 0});
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("a directory that does not exist is an error that names it") {
  hash_log log("/nonexistent/place", 1);
  log.append({1, 1});
  try {
    log.append({2, 2});
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::ledger_failed);
    CHECK(e.info().object == "/nonexistent/place");
  }
}

TEST_CASE("a file that cannot grow any more is an error and not a lost hash") {
  const test::temp_dir dir;
  hash_log log(dir.path(), 1000);
  for (std::uint64_t i = 0; i < 1000; ++i) log.append({i, 0});
  const file_size_limit limit(100);
  try {
    log.append({1000, 0});
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::ledger_failed);
    CHECK_FALSE(e.info().hint.empty());
  }
}
