#include "runtime/destinations/http/failed_rows.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using destinations::failed_rows;

namespace {

delta_view failed_row(std::uint64_t key, std::uint64_t values) {
  return {.op = operation::update,
          .key_hash = {0, key},
          .fingerprint = {0, values},
          .key = {},
          .row = {}};
}

}  // namespace

TEST_CASE("a failed row is known by its key and its values") {
  failed_rows rows;
  CHECK(rows.empty());
  rows.note(failed_row(1, 10), {{7, 3}, true});
  REQUIRE(rows.find(failed_row(1, 10)));
  CHECK(rows.find(failed_row(1, 10))->guilty);
  CHECK(rows.find(failed_row(1, 10))->failed_at.sent == 7);
  CHECK_FALSE(rows.find(failed_row(1, 11)));
  CHECK_FALSE(rows.find(failed_row(2, 10)));
  auto inserted = failed_row(1, 10);
  inserted.op = operation::insert;
  CHECK(rows.find(inserted));
  rows.forget(failed_row(1, 10));
  CHECK(rows.empty());
}

TEST_CASE("the next run knows the guilty, not the suspects") {
  failed_rows rows;
  rows.note(failed_row(1, 1), {{}, true});
  rows.note(failed_row(2, 2), {{}, false});
  rows.forget_suspects();
  CHECK(rows.find(failed_row(1, 1)));
  CHECK_FALSE(rows.find(failed_row(2, 2)));
}

TEST_CASE("there is an end to what is remembered") {
  failed_rows rows;
  for (std::size_t i = 0; i < failed_rows::most; ++i) rows.note(failed_row(i, i), {{}, false});
  const auto beyond = failed_rows::most + 1;
  rows.note(failed_row(beyond, 0), {{}, true});
  CHECK_FALSE(rows.find(failed_row(beyond, 0)));
  rows.note(failed_row(5, 5), {{}, true});  // one that is known
  CHECK(rows.find(failed_row(5, 5))->guilty);
}
