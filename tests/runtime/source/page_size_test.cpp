#include "runtime/source/page_size.hpp"

#include <doctest/doctest.h>

using sluice::source::page_size;

TEST_CASE("pages grow while rows are small and shrink at once when one is large") {
  page_size size(10'000);
  CHECK(size.rows() == page_size::first_rows);
  for (int i = 0; i < 5; ++i) {
    size.add_row(100);
    size.end_page();
  }
  CHECK(size.rows() == 10'000);
  size.add_row(100);
  size.add_row(page_size::page_bytes / 10);
  size.add_row(100);
  size.end_page();
  CHECK(size.rows() == 10);
  size.add_row(page_size::page_bytes * 2);
  size.end_page();
  CHECK(size.rows() == 1);
  size.add_row(0);
  size.end_page();
  CHECK(size.rows() == 4);
}
