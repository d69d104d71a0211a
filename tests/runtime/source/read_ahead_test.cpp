#include "runtime/source/read_ahead.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <stdexcept>

using namespace sluice;
using namespace sluice::source;

namespace {

/// What the stream and the test know of each other.
struct progress {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t fetched = 0;

  void count() {
    const std::scoped_lock lock(mutex);
    ++fetched;
    changed.notify_all();
  }
  std::size_t now() {
    const std::scoped_lock lock(mutex);
    return fetched;
  }
  void wait_for(std::size_t rows) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return fetched >= rows; });
  }
};

/// Rows of one cell: number n, followed by `padding`. Fails instead of row number `fails_at`.
class counting_stream final : public row_stream {
 public:
  counting_stream(progress& seen, std::size_t rows, std::size_t padding,
                  std::size_t fails_at = ~0ul)
      : seen_(seen), rows_(rows), padding_(padding, 'x'), fails_at_(fails_at) {}
  bool next() override {
    if (at_ == fails_at_) throw std::runtime_error("the driver failed");
    if (at_ == rows_) return false;
    text_ = std::to_string(at_++) + padding_;
    cell_ = {value_kind::text, text_};
    seen_.count();
    return true;
  }
  [[nodiscard]] std::span<const raw_cell> cells() const override { return {&cell_, 1}; }

 private:
  progress& seen_;
  std::size_t rows_;
  std::string padding_;
  std::size_t fails_at_;
  std::size_t at_ = 0;
  std::string text_;
  raw_cell cell_;
};

}  // namespace

TEST_CASE("rows arrive in their order and each one once, then the end") {
  for (const std::size_t rows : {0ul, 1ul, 999ul, 1000ul, 1001ul, 25'000ul}) {
    progress seen;
    read_ahead ahead(std::make_unique<counting_stream>(seen, rows, 0));
    std::size_t read = 0;
    for (; ahead.next(); ++read) REQUIRE(ahead.cells()[0].bytes == std::to_string(read));
    CHECK(read == rows);
  }
}

TEST_CASE("a failed fetch is told behind the rows that came before it") {
  progress seen;
  read_ahead ahead(std::make_unique<counting_stream>(seen, 10'000, 0, 2'500));
  for (std::size_t i = 0; i < 2'500; ++i) REQUIRE(ahead.next());
  CHECK_THROWS_WITH_AS(ahead.next(), "the driver failed", std::runtime_error);
}

TEST_CASE("fetching waits while nobody reads, by rows and by bytes") {
  {
    progress seen;
    read_ahead ahead(std::make_unique<counting_stream>(seen, 100'000, 0));
    const auto most = (read_ahead::most_waiting + 1) * read_ahead::block_rows;
    seen.wait_for(most);
    REQUIRE(ahead.next());
    seen.wait_for(most + read_ahead::block_rows);
    CHECK(seen.now() == most + read_ahead::block_rows);
  }
  progress seen;
  read_ahead ahead(std::make_unique<counting_stream>(seen, 1'000, 4 * read_ahead::block_bytes));
  seen.wait_for(2);  // one waits, one is full and waits for room
  REQUIRE(ahead.next());
  REQUIRE(ahead.next());
  CHECK(seen.now() <= 4);
}

TEST_CASE("a pass that is given up in the middle ends its thread") {
  progress seen;
  {
    read_ahead ahead(std::make_unique<counting_stream>(seen, ~0ul, 100));
    for (int i = 0; i < 1'500; ++i) REQUIRE(ahead.next());
  }
  CHECK(seen.now() >= 1'500);
}

TEST_CASE("NULL and cells that are too large stay what they are") {
  fetched_block block;
  const raw_cell row[] = {{}, {value_kind::text, "a"}, {value_kind::text, {}, true}};
  block.add(row);
  block.add(row);
  std::vector<raw_cell> out;
  for (std::size_t i = 0; i < 2; ++i) {
    block.read(i, out);
    REQUIRE(out.size() == 3);
    CHECK(out[0].kind == value_kind::null);
    CHECK(out[1].bytes == "a");
    CHECK_FALSE(out[1].too_large);
    CHECK(out[2].too_large);
  }
}
