#include "runtime/rowlog/page.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

std::string line_of(const std::string& key, const std::string& outcome,
                    const std::string& rest = "") {
  return R"({"at":"2026-01-31T09:00:01.250Z","operation":"insert","key":)" + key +
         R"(,"outcome":")" + outcome + '"' + rest + "}";
}

struct page_fixture {
  void write(const std::string& text) {
    std::ofstream out(file, std::ios::app);
    out << text;
  }
  /// Rows from 1 on; every third one is rejected.
  void write_rows(int count) {
    for (int i = 1; i <= count; ++i)
      write(line_of(R"({"id":)" + std::to_string(i) + "}", i % 3 == 0 ? "rejected" : "delivered",
                    i % 3 == 0 ? R"(,"status":422,"error":"no \"such\" country")" : "") +
            "\n");
  }
  row_log_page read(const row_log_query& which, bool growing = false) {
    return rowlog::read_page(file, which, growing).value();
  }
  /// The ids on all pages of this size.
  std::vector<int> ids(row_log_query which) {
    std::vector<int> found;
    do {
      const auto page = read(which);
      CHECK(page.lines.size() <= which.limit);
      for (const auto& line : page.lines)
        found.push_back(json::parse(line)["key"]["id"].get<int>());
      which.cursor = page.next;
    } while (!which.cursor.empty());
    return found;
  }
  errc refusal(const std::string& cursor) {
    try {
      read({.limit = 1, .cursor = cursor});
    } catch (const failure& e) {
      return e.info().code;
    }
    return errc::none;
  }

  test::temp_dir dir;
  std::filesystem::path file = dir.path() / "run.jsonl";
};

}  // namespace

TEST_CASE_FIXTURE(page_fixture, "without a file there is no page") {
  CHECK_FALSE(rowlog::read_page(file, {.limit = 1}, false));
  CHECK_FALSE(rowlog::read_page(dir.path() / "no" / "folder", {.limit = 1}, true));
}

TEST_CASE_FIXTURE(page_fixture, "pages list each line once, whatever their size") {
  write_rows(10);
  for (std::uint32_t size = 1; size <= 11; ++size)
    CHECK(ids({.limit = size}) == std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(read({.limit = 0}).lines.empty());
}

TEST_CASE_FIXTURE(page_fixture, "lines are found by outcome and by text") {
  write_rows(10);
  CHECK(ids({.outcome = "rejected", .limit = 2}) == std::vector{3, 6, 9});
  CHECK(ids({.outcome = "unknown", .limit = 2}).empty());
  CHECK(ids({.text = R"("id":1)", .limit = 100}) == std::vector{1, 10});
  CHECK(ids({.outcome = "delivered", .text = R"("id":10)", .limit = 100}) == std::vector{10});
}

TEST_CASE_FIXTURE(page_fixture, "a line has its key as text, too, digit by digit") {
  const std::string key = R"({"id":123456789012345678901234567890.10,"name":"O'\"é"})";
  write(line_of(key, "delivered") + "\n");
  const auto page = read({.limit = 5});
  REQUIRE(page.lines.size() == 1);
  CHECK(page.lines[0].find(R"("key":)" + key + ',') != std::string::npos);
  CHECK(json::parse(page.lines[0])["key_text"] == key);
}

TEST_CASE_FIXTURE(page_fixture, "a key whose columns have the names of members is taken whole") {
  const std::string key = R"({"outcome":"rejected","key":{"a":"b"},"error":","})";
  write(line_of(key, "invalid", R"(,"error":"an \",\"outcome\":\"delivered\" in it")") + "\n");
  const auto page = read({.outcome = "invalid", .limit = 5});
  REQUIRE(page.lines.size() == 1);
  CHECK(json::parse(page.lines[0])["key_text"] == key);
  CHECK(read({.outcome = "rejected", .limit = 5}).lines.empty());
  CHECK(read({.outcome = "delivered", .limit = 5}).lines.empty());
}

TEST_CASE_FIXTURE(page_fixture, "a log that is still written goes on where a page ended") {
  write_rows(3);
  write(R"({"at":"2026)");  // the rest of the line has not been written yet
  const auto first = read({.limit = 100}, true);
  CHECK(first.lines.size() == 3);
  REQUIRE_FALSE(first.next.empty());
  CHECK(read({.limit = 100, .cursor = first.next}, true).lines.empty());
  CHECK(read({.limit = 100, .cursor = first.next}, true).next == first.next);
  write(line_of(R"({"id":4})", "delivered").substr(11) + "\n");
  CHECK(ids({.limit = 100, .cursor = first.next}) == std::vector{4});
}

TEST_CASE_FIXTURE(page_fixture, "lines that a crash has torn are left out") {
  write_rows(2);
  write(R"({"at":"2026)");
  CHECK(ids({.limit = 100}) == std::vector{1, 2});
  write("\n" + line_of(R"({"id":9})", "delivered") + "\n");
  CHECK(ids({.limit = 100}) == std::vector{1, 2, 9});
}

TEST_CASE_FIXTURE(page_fixture, "a cursor that no page has named is refused") {
  write_rows(3);
  for (const auto* cursor : {"x", "-1", "5", "1x", "99999999999999999999", "4611686018427387905"})
    CHECK(refusal(cursor) == errc::usage);
  CHECK(refusal("0") == errc::none);
}

TEST_CASE_FIXTURE(page_fixture, "a page reads a bounded part of the file and says where to go on") {
  const auto line = line_of(R"({"id":1})", "delivered") + "\n";
  const auto lines = 2 * rowlog::page_bytes / line.size() + 3;
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += line;
  write(text + line_of(R"({"id":2})", "rejected") + "\n");
  row_log_query which{.outcome = "rejected", .limit = 5};
  int pages = 0;
  for (;; ++pages) {
    const auto page = read(which);
    which.cursor = page.next;
    if (page.lines.empty() && !page.next.empty()) continue;
    CHECK(page.lines.size() == 1);
    break;
  }
  CHECK(pages == 2);
}

TEST_CASE_FIXTURE(page_fixture, "a link in the place of a log is not followed") {
  std::ofstream(dir.path() / "secret") << "secret\n";
  std::filesystem::create_symlink(dir.path() / "secret", file);
  CHECK(refusal("") == errc::catalog_failed);
}
