#include "runtime/diff/delete_guard.hpp"

#include <doctest/doctest.h>

#include "messages/ascii.hpp"

using namespace sluice;
using diff::delete_plan;
using diff::guard_deletes;

namespace {

delete_plan plan(std::uint64_t known, std::uint64_t vanished, std::uint64_t rows) {
  delete_plan p;
  p.known = known;
  p.vanished = vanished;
  p.rows = rows;
  return p;
}

}  // namespace

TEST_CASE("deletes up to the limit pass and one more is held back") {
  CHECK_FALSE(guard_deletes("c", plan(1000, 300, 700)));
  CHECK(guard_deletes("c", plan(1000, 301, 699)));
  CHECK_FALSE(guard_deletes("c", plan(10, 3, 7)));
  CHECK(guard_deletes("c", plan(3, 1, 2)));
}

TEST_CASE("limits of nothing and everything mean what they say") {
  auto p = plan(1'000'000, 1, 999'999);
  p.max_delete_percent = 0;
  CHECK(guard_deletes("c", p));
  p = plan(10, 10, 5);
  p.max_delete_percent = 100;
  CHECK_FALSE(guard_deletes("c", p));
}

TEST_CASE("a source that returned no row deletes nothing whatever the limit") {
  auto p = plan(1200, 1200, 0);
  p.max_delete_percent = 100;
  const auto e = guard_deletes("customers", p);
  CHECK(e.code == errc::guarded);
  CHECK(contains(e.cause, "no row"));
  CHECK(contains(e.cause, "1200"));
  CHECK(contains(e.hint, "sluice sync customers --allow-deletes"));
}

TEST_CASE("nothing to delete is never an error") {
  CHECK_FALSE(guard_deletes("c", plan(0, 0, 0)));
  auto p = plan(10, 0, 10);
  p.unreadable_keys = 3;
  CHECK_FALSE(guard_deletes("c", p));
}

TEST_CASE("the error names the figures and the limit and both ways out") {
  const auto e = guard_deletes("customers", plan(1200, 450, 750));
  CHECK(e.code == errc::guarded);
  CHECK(e.object == "customers");
  CHECK(contains(e.cause, "450 of 1200"));
  CHECK(contains(e.cause, "37.5 %"));
  CHECK(contains(e.cause, "max_delete_percent is 30"));
  CHECK(contains(e.hint, "--allow-deletes"));
  CHECK(contains(e.hint, "max_delete_percent"));
}

TEST_CASE("rows whose key cannot be read hold back even one delete") {
  auto p = plan(1000, 1, 1000);
  p.unreadable_keys = 2;
  const auto e = guard_deletes("c", p);
  CHECK(e.code == errc::guarded);
  CHECK(contains(e.cause, "keys of 2 rows"));
}

TEST_CASE("deletes that somebody allowed pass") {
  for (auto p : {plan(10, 10, 0), plan(10, 9, 1), plan(10, 1, 9)}) {
    p.unreadable_keys = p.rows;
    p.allow_deletes = true;
    CHECK_FALSE(guard_deletes("c", p));
  }
}
