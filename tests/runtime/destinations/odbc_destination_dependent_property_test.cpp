// Whatever unique values and places in a tree change hands between two states of a source, one pass
// leaves the table as the source is. A failing seed is printed.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "tests/runtime/destinations/table_way_in.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;

namespace {

struct row {
  std::optional<int> value;   ///< unique
  std::optional<int> parent;  ///< another row
  bool operator==(const row&) const = default;
};
using rows_by_id = std::map<int, row>;

std::optional<std::string> text_of(const std::optional<int>& number) {
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

class random_source {
 public:
  explicit random_source(std::uint32_t seed) : random_(seed) {
    for (int i = 0; i < 30; ++i) insert();
  }

  [[nodiscard]] const rows_by_id& rows() const { return rows_; }

  void change() {
    for (auto n = below(8); n > 0; --n) remove();
    for (auto n = below(8); n > 0; --n) insert();
    rotate_values();
    for (auto n = below(10); n > 0; --n) move();
  }

  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }
  template <class Range>
  void shuffle(Range& what) {
    std::shuffle(what.begin(), what.end(), random_);
  }

 private:
  std::optional<int> some_id() {
    if (rows_.empty() || below(5) == 0) return std::nullopt;
    return std::next(rows_.begin(), below(rows_.size()))->first;
  }

  /// A value that nobody has, often one that somebody had.
  std::optional<int> free_value() {
    if (below(6) == 0) return std::nullopt;
    for (;;) {
      const int value = static_cast<int>(below(80));
      if (std::ranges::none_of(rows_, [&](const auto& r) { return r.second.value == value; }))
        return value;
    }
  }

  void insert() {
    const int id = static_cast<int>(below(60));
    if (rows_.contains(id)) return;
    const auto parent = some_id();
    rows_[id] = {free_value(), parent};
  }

  /// What hung below the row hangs below its parent.
  void remove() {
    const auto id = some_id();
    if (!id) return;
    const auto parent = rows_[*id].parent;
    rows_.erase(*id);
    for (auto& [_, r] : rows_)
      if (r.parent == id) r.parent = parent;
  }

  /// Some rows pass their values round.
  void rotate_values() {
    std::vector<int> ids;
    for (const auto& [id, _] : rows_)
      if (below(3) == 0) ids.push_back(id);
    shuffle(ids);
    for (std::size_t i = 1; i < ids.size(); ++i)
      std::swap(rows_[ids[i - 1]].value, rows_[ids[i]].value);
  }

  void move() {
    const auto id = some_id(), parent = some_id();
    if (!id) return;
    for (auto above = parent; above; above = rows_[*above].parent)
      if (above == id) return;  // a ring
    rows_[*id].parent = parent;
  }

  std::mt19937 random_;
  rows_by_id rows_;
};

/// Two ways into one table, which deliver a pass as a run's writers do.
class table_pass {
 public:
  table_pass(const database_fixture& database, random_source& source) : source_(source) {
    for (auto& way : ways_)
      way = way_into(database.connection_string(), "t",
                     context_of({{"id", value_kind::integer},
                                 {"x", value_kind::integer},
                                 {"parent", value_kind::integer}}));
  }

  /// Makes the table of `before` that of `now`.
  void run(const rows_by_id& before, const rows_by_id& now) {
    std::vector<int> changed, vanished;
    for (const auto& [id, r] : now)
      if (const auto old = before.find(id); old == before.end() || old->second != r)
        changed.push_back(id);
    for (const auto& [id, _] : before)
      if (!now.contains(id)) vanished.push_back(id);
    source_.shuffle(changed);
    source_.shuffle(vanished);
    batch aside(1);
    deliver(changed, aside, [&](batch& out, int id) { add_upsert(out, id, now.at(id)); });
    deliver(vanished, aside, [](batch& out, int id) {
      out.append(operation::erase, {}, {}, packed({integer(std::to_string(id))}), {});
    });
    put_aside_ += aside.size();
    if (aside.empty()) return;
    const auto outcome = ways_[0]->deliver_again(aside);
    for (const auto& r : outcome.rejections) FAIL_CHECK(r.reason);
  }

  /// Rows that could not be written before others.
  [[nodiscard]] std::size_t put_aside() const { return put_aside_; }

 private:
  static void add_upsert(batch& out, int id, const row& r) {
    const auto number = std::to_string(id);
    const auto value = text_of(r.value), parent = text_of(r.parent);
    out.append(operation::update, {}, {}, packed({integer(number)}),
               packed({integer(number), value ? integer(*value) : null_value,
                       parent ? integer(*parent) : null_value}));
  }

  template <class Add>
  void deliver(const std::vector<int>& ids, batch& aside, Add add) {
    for (std::size_t w = 0; w < std::size(ways_); ++w) {
      std::vector<int> own;
      for (const int id : ids)
        if (static_cast<std::size_t>(id) % std::size(ways_) == w) own.push_back(id);
      while (!own.empty()) {
        batch next(1);
        for (auto n = 1 + source_.below(10); n > 0 && !own.empty(); --n) {
          add(next, own.back());
          own.pop_back();
        }
        for (const auto& r : ways_[w]->deliver(next).rejections) {
          CHECK(r.again);
          const auto delta = next[r.index];
          aside.append(delta.op, delta.key_hash, delta.fingerprint, delta.key, delta.row);
        }
      }
    }
  }

  random_source& source_;
  std::size_t put_aside_ = 0;
  std::unique_ptr<destination> ways_[2];
};

rows_by_id table(const database_fixture& database) {
  rows_by_id found;
  const auto number = [](const std::optional<std::string>& cell) {
    return cell ? std::optional(std::stoi(*cell)) : std::nullopt;
  };
  for (const auto& r : database.connect().query("SELECT id, x, parent FROM t"))
    found[number(r[0]).value()] = {number(r[1]), number(r[2])};
  return found;
}

}  // namespace

TEST_CASE("a pass over rows that depend on each other leaves the table as the source is") {
  for (const auto kind : every_database) {
    std::size_t put_aside = 0;
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
      CAPTURE(to_string(kind));
      CAPTURE(seed);
      const database_fixture database(kind);
      database.run(
          {"CREATE TABLE t (id BIGINT PRIMARY KEY, x INT, parent BIGINT, UNIQUE (x), "
           "FOREIGN KEY (parent) REFERENCES t (id))"});
      random_source source(seed);
      table_pass pass(database, source);
      rows_by_id before;
      for (int round = 0; round < 4; ++round) {
        pass.run(before, source.rows());
        REQUIRE(table(database) == source.rows());
        before = source.rows();
        source.change();
      }
      put_aside += pass.put_aside();
    }
    CHECK(put_aside > 0);
  }
}
