#include "runtime/cli/text_table.hpp"

#include <doctest/doctest.h>

#include "tests/support/broken_contract.hpp"

using namespace sluice::cli;

TEST_CASE("columns line up under their headings without trailing spaces") {
  text_table table{{{"NAME"}, {"ROWS", text_table::align::right}, {"NOTE"}}};
  table.add({"Zürich", "1,000", ""});
  table.add({"東京", "7", "ok"});
  CHECK(table.render({}) ==
        "NAME     ROWS  NOTE\n"
        "Zürich  1,000\n"
        "東京        7  ok\n");
}

TEST_CASE("a cell cannot break out of its line") {
  text_table table{{{"REASON"}}};
  table.add({"first\nsecond\x1b[31m"});
  CHECK(table.render({}) == "REASON\nfirst second?[31m\n");
}

TEST_CASE("a row has a cell for each column") {
  text_table table{{{"NAME"}, {"ROWS"}}};
  CHECK(sluice::test::broken_contract([&] { table.add({"customers"}); }) ==
        "print table: expected a cell for each column");
}
