#include "runtime/source/statement_stream.hpp"

#include <doctest/doctest.h>

#include "tests/support/broken_contract.hpp"

using namespace sluice;
using namespace sluice::source;

namespace {

/// `rows` empty rows.
struct counted_stream final : row_stream {
  explicit counted_stream(int rows) : left(rows) {}
  bool next() override { return left-- > 0; }
  [[nodiscard]] std::span<const raw_cell> cells() const override { return {}; }
  int left;
};

}  // namespace

TEST_CASE("streams follow each other, empty ones too, and each is opened when it is due") {
  std::vector<std::size_t> opened;
  chained_stream all(
      [&](std::size_t i) {
        opened.push_back(i);
        return std::make_unique<counted_stream>(i == 1 ? 0 : 2);
      },
      3);
  CHECK(opened == std::vector<std::size_t>{0});
  int rows = 0;
  while (all.next()) ++rows;
  CHECK(rows == 4);
  CHECK(opened == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a chain of no streams is a defect, and opens none") {
  CHECK(test::broken_contract([] {
          chained_stream([](std::size_t) -> std::unique_ptr<row_stream> { return nullptr; }, 0);
        }) == "read model: expected at least one stream");
}
