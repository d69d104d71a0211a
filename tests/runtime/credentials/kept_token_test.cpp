#include "runtime/credentials/kept_token.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>

#include "messages/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::credentials;

namespace {

struct kept_fixture {
  test::temp_dir dir;
  std::filesystem::path folder = dir.path() / "credentials";
  token_file file{folder, "salesforce"};
  kept_token token{"r1",
                   node_name("a"),
                   digest_of_first("seed"),
                   parse_timestamp("2026-01-31T09:00:00.000Z").value(),
                   {}};

  [[nodiscard]] mode_t mode_of(const std::filesystem::path& path) const {
    struct ::stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 07777;
  }
};

}  // namespace

TEST_CASE_FIXTURE(kept_fixture, "a token is read as it was written, also after it was replaced") {
  CHECK_FALSE(file.read());
  file.write(token);
  CHECK(file.read() == token);
  token.refresh_token = "r2";
  token.refused = "invalid_grant";
  file.write(token);
  CHECK(token_file(folder, "salesforce").read() == token);
  CHECK_FALSE(token_file(folder, "hubspot").read());
}

TEST_CASE_FIXTURE(kept_fixture, "nobody else can read a token, whatever the umask is") {
  const auto before = ::umask(0);
  file.write(token);
  static_cast<void>(file.lock());
  ::umask(before);
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(folder / "salesforce.json") == 0600);
  CHECK(mode_of(folder / "salesforce.lock") == 0600);
}

TEST_CASE_FIXTURE(kept_fixture, "a damaged file is named, and not quoted") {
  file.write(token);
  for (const auto* damaged : {"", "CANARY", "{}", R"({"version": 2, "refresh_token": "CANARY"})",
                              R"({"version": 1, "refresh_token": 7, "node": "CANARY"})"}) {
    std::ofstream(folder / "salesforce.json") << damaged;
    try {
      static_cast<void>(file.read());
      FAIL(damaged);
    } catch (const failure& f) {
      CHECK(f.info().code == errc::ledger_failed);
      CHECK(f.info().object == (folder / "salesforce.json").string());
      CHECK(f.info().text().find("CANARY") == std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(kept_fixture, "one holder at a time exchanges a token") {
  auto held = file.lock();
  const os::unique_fd other(::open((folder / "salesforce.lock").c_str(), O_RDWR | O_CLOEXEC));
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) != 0);
  held.reset();
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
}

TEST_CASE_FIXTURE(kept_fixture, "a token that cannot be written throws, and the old one stays") {
  file.write(token);
  // The name of the file on its way is taken by a folder.
  std::filesystem::create_directory(folder / "salesforce.json.tmp");
  auto next = token;
  next.refresh_token = "r2";
  CHECK_THROWS_AS(file.write(next), failure);
  CHECK(file.read() == token);
}
