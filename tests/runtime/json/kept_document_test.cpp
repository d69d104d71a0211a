#include "runtime/json/kept_document.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "tests/support/refusal.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using nlohmann::json;
using test::refused;

namespace {

struct document_fixture {
  test::temp_dir dir;
  std::filesystem::path file = dir.path() / "kept" / "a.json";
  kept_document document{file,
                         {.version = 3, .largest = 64, .operation = "keep a", .hint = "look at b"}};

  [[nodiscard]] std::optional<int> number() const {
    return document.read([](const json& of) { return of.at("number").get<int>(); });
  }
  [[nodiscard]] static mode_t mode_of(const std::filesystem::path& path) {
    struct ::stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 07777;
  }
};

}  // namespace

TEST_CASE_FIXTURE(document_fixture, "a document is read as it was last written") {
  CHECK_FALSE(number());
  document.write({{"number", 1}});
  document.write({{"number", 2}});
  CHECK(number() == 2);
}

TEST_CASE_FIXTURE(document_fixture, "nobody else can read a document, whatever the umask is") {
  const auto before = ::umask(0);
  document.write({{"number", 1}});
  ::umask(before);
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(file.parent_path()) == 0700);
}

TEST_CASE_FIXTURE(document_fixture, "what is no document of this version is refused, unquoted") {
  document.make_folder();
  for (const std::string damaged :
       {"", "[3]", "7", "CANARY", "{}", R"({"version": 2, "number": 1, "x": "CANARY"})",
        R"({"version": "CANARY", "number": 1})", R"({"version": null})", R"({"version": 3})",
        R"({"version": 3, "number": "CANARY"})"}) {
    INFO(damaged);
    std::ofstream(file) << damaged;
    const auto error = refused([&] { static_cast<void>(number()); });
    CHECK(error.code == errc::ledger_failed);
    CHECK(error.operation == "keep a");
    CHECK(error.object == file.string());
    CHECK(error.hint == "look at b");
    CHECK(error.text().find("CANARY") == std::string::npos);
  }
  std::ofstream(file) << R"({"version": 3, "number": 1, "more": ")" << std::string(64, 'x')
                      << "\"}";
  CHECK(refused([&] { static_cast<void>(number()); }).object == file.string());
}

TEST_CASE_FIXTURE(document_fixture, "a document that cannot be written leaves the old one") {
  document.write({{"number", 1}});
  // The name of the file on its way is taken by a folder.
  std::filesystem::create_directory(std::filesystem::path(file) += ".tmp");
  CHECK(refused([&] { document.write({{"number", 2}}); }).code == errc::ledger_failed);
  CHECK(number() == 1);
}
