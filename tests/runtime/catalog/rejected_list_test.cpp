// Which rejected rows match, page by page, and for which reasons.
#include <doctest/doctest.h>

#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using test::at_second;
using test::catalog_fixture;

namespace {

/// Rows 1 to 12 of `customers`, three in each second: every third one is invalid, the others were
/// refused, the even ones with 422. And one of `orders`.
struct rejected_list_fixture : catalog_fixture {
  rejected_list_fixture() {
    store.open_run(new_run(1), memory_of());
    store.open_run(new_run(1, "orders"), memory_of("orders"));
    std::vector<rejected_row> rows;
    for (int i = 1; i <= 12; ++i) rows.push_back(row(i));
    store.record_rejected("customers", new_run(1).run, rows);
    store.record_rejected("orders", new_run(1).run, {row(1)});
  }

  static rejected_row row(int i) {
    rejected_row r;
    r.key = R"({"id":)" + std::to_string(i) + "}";
    r.operation = i % 3 == 0 ? "read" : "insert";
    r.reason = i % 3 == 0 ? "a NULL in the key" : "E-Mail 100% wrong_";
    if (i % 2 == 0) r.status = 422;
    r.first_at = r.last_at = at_second((i - 1) / 3);
    return r;
  }
  static int number_of(const rejected_row& r) { return std::stoi(r.key.substr(6)); }

  std::vector<int> listed(rejected_query which) {
    if (which.limit == 0) which.limit = 100;
    std::vector<int> numbers;
    for (const auto& r : store.list_rejected("customers", which).rows)
      numbers.push_back(number_of(r));
    return numbers;
  }
  std::string refusal(const rejected_query& which) {
    try {
      store.list_rejected("customers", which);
    } catch (const failure& e) {
      CHECK(e.info().code == errc::usage);
      return e.info().cause;
    }
    return "";
  }

  catalog::catalog store = open();
};

using numbers = std::vector<int>;

}  // namespace

TEST_CASE_FIXTURE(rejected_list_fixture, "those that were met last come first") {
  CHECK(listed({}) == numbers{10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3});
  CHECK(listed({.limit = 4}) == numbers{10, 11, 12, 7});
}

TEST_CASE_FIXTURE(rejected_list_fixture, "every condition leaves out what does not meet it") {
  CHECK(listed({.operation = "read"}) == numbers{12, 9, 6, 3});
  CHECK(listed({.operation = "delete"}).empty());
  CHECK(listed({.status = 422}) == numbers{10, 12, 8, 4, 6, 2});
  CHECK(listed({.status = 500}).empty());
  CHECK(listed({.operation = "read", .status = 422}) == numbers{12, 6});
}

TEST_CASE_FIXTURE(rejected_list_fixture, "a text is looked for in keys and reasons, as it is") {
  CHECK(listed({.text = "null"}) == numbers{12, 9, 6, 3});
  CHECK(listed({.text = R"("id":1)"}) == numbers{10, 11, 12, 1});
  CHECK(listed({.text = "100%"}).size() == 8);
  CHECK(listed({.text = "1%0"}).empty());
  CHECK(listed({.text = "wrong_"}).size() == 8);
  CHECK(listed({.text = "a_NULL"}).empty());
  CHECK(listed({.text = "\\"}).empty());
  CHECK(refusal({.limit = 1, .text = std::string(1001, 'x')}).find("1000 bytes") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(rejected_list_fixture, "pages list each row once, whatever their size") {
  for (std::uint32_t size = 1; size <= 13; ++size) {
    CAPTURE(size);
    numbers paged;
    rejected_query which{.limit = size};
    do {
      const auto page = store.list_rejected("customers", which);
      CHECK(page.rows.size() <= size);
      for (const auto& r : page.rows) paged.push_back(number_of(r));
      which.cursor = page.next;
    } while (!which.cursor.empty());
    CHECK(paged == numbers{10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3});
  }
}

TEST_CASE_FIXTURE(rejected_list_fixture, "rows that are rejected meanwhile do not move the pages") {
  auto first = store.list_rejected("customers", {.limit = 5});
  std::vector<rejected_row> later{row(13), row(14)};
  for (auto& r : later) r.first_at = r.last_at = at_second(50);
  store.record_rejected("customers", new_run(1).run, later);
  CHECK(listed({.cursor = first.next}) == numbers{9, 4, 5, 6, 1, 2, 3});
  // Nor does the end of a page that is no longer there.
  store.open_run(new_run(2), memory_of());
  auto again = row(8);
  again.last_at = at_second(60);
  store.record_rejected("customers", new_run(2).run, {again});
  CHECK(listed({.cursor = first.next}) == numbers{9, 4, 5, 6, 1, 2, 3});
}

TEST_CASE_FIXTURE(rejected_list_fixture, "conditions hold on every page") {
  const auto first = store.list_rejected("customers", {.limit = 2, .operation = "read"});
  CHECK(listed({.cursor = first.next, .operation = "read"}) == numbers{6, 3});
}

TEST_CASE_FIXTURE(rejected_list_fixture, "a cursor that no page has named is refused") {
  for (const auto* cursor : {"x", "1", "1-", "-", "1-x", "1-2x", "99999999999999999999-1"}) {
    CAPTURE(cursor);
    CHECK(refusal({.limit = 1, .cursor = cursor}) == "this is no cursor");
  }
}

TEST_CASE_FIXTURE(rejected_list_fixture, "grouped by reason the rows are counted") {
  const auto found = store.list_rejected("customers", {.limit = 10, .by_reason = true});
  CHECK(found.rows.empty());
  CHECK(found.next.empty());
  const std::vector<rejected_reason> expected{
      {"E-Mail 100% wrong_", 8, R"({"id":10})", at_second(3)},
      {"a NULL in the key", 4, R"({"id":12})", at_second(3)}};
  REQUIRE(found.reasons.size() == 2);
  CHECK(found.reasons[0].rows == 8);
  CHECK(found.reasons[0].reason == expected[0].reason);
  CHECK(found.reasons[0].last_at == expected[0].last_at);
  CHECK(found.reasons[1] == expected[1]);
  const auto some =
      store.list_rejected("customers", {.limit = 1, .status = 422, .by_reason = true});
  REQUIRE(some.reasons.size() == 1);
  CHECK(some.reasons[0].rows == 4);
  CHECK(store.list_rejected("nobody", {.limit = 1, .by_reason = true}).reasons.empty());
}
