// Whatever unique values and places in a tree change hands between two states of a source, one pass
// leaves the table as the source is. A failing seed is printed.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/runtime/destinations/table_way_in.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;

namespace {

struct dependent_row {
  std::optional<int> value;   ///< unique
  std::optional<int> parent;  ///< another row
  bool operator==(const dependent_row&) const = default;
};
using rows_by_id = std::map<int, dependent_row>;

/// Rows from here on are refused by what guards the table. Nobody refers to them.
constexpr int first_refused = 1000;

/// What a table may be guarded by.
enum class guard : std::uint8_t { none, trigger, policy };

void create_guarded(const database_fixture& database, guard how) {
  database.run(
      {"CREATE TABLE t (id BIGINT PRIMARY KEY, x INT, parent BIGINT, UNIQUE (x), "
       "FOREIGN KEY (parent) REFERENCES t (id))"});
  if (how == guard::policy)
    database.run({"ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                  "ALTER TABLE t FORCE ROW LEVEL SECURITY",
                  "CREATE POLICY p ON t USING (true) WITH CHECK (id < 1000)"});
  if (how != guard::trigger) return;
  switch (database.kind()) {
    case odbc::product::postgresql:
      database.run(
          {"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
           "$$BEGIN RAISE 'not here' USING ERRCODE = 'PT403'; END$$",
           "CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id >= 1000) "
           "EXECUTE FUNCTION refuse()",
           "CREATE TRIGGER quiet BEFORE UPDATE ON t FOR EACH ROW "
           "EXECUTE FUNCTION suppress_redundant_updates_trigger()"});
      break;
    case odbc::product::mariadb:
      database.run(
          {"CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW IF NEW.id >= 1000 THEN "
           "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not here'; END IF"});
      break;
    default:
      database.run(
          {"CREATE TRIGGER refuse BEFORE INSERT ON t WHEN NEW.id >= 1000 "
           "BEGIN SELECT RAISE(IGNORE); END"});
  }
}

std::optional<std::string> text_of(const std::optional<int>& number) {
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

class random_source {
 public:
  explicit random_source(std::uint32_t seed) : random_(seed) {
    for (int i = 0; i < 30; ++i) insert();
  }

  /// But for those that are refused.
  [[nodiscard]] const rows_by_id& rows() const { return rows_; }
  /// Rows that are refused, some of them anew.
  std::set<int> refused() {
    std::set<int> ids;
    for (auto n = below(4); n > 0; --n) ids.insert(first_refused + static_cast<int>(below(5)));
    return ids;
  }

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
  table_pass(const std::string& connection_string, random_source& source) : source_(source) {
    for (auto& way : ways_)
      way = way_into(connection_string, "t",
                     context_of({{"id", value_kind::integer},
                                 {"x", value_kind::integer},
                                 {"parent", value_kind::integer}}));
  }

  /// Makes the table of `before` that of `now`. Returns what was rejected of it and of `extra`.
  std::set<int> run(const rows_by_id& before, const rows_by_id& now, const std::set<int>& extra) {
    rejected_.clear();
    std::vector<int> changed(extra.begin(), extra.end()), vanished;
    for (const auto& [id, r] : now)
      if (const auto old = before.find(id); old == before.end() || old->second != r)
        changed.push_back(id);
    for (const auto& [id, _] : before)
      if (!now.contains(id)) vanished.push_back(id);
    source_.shuffle(changed);
    source_.shuffle(vanished);
    batch aside(1);
    deliver(changed, aside, [&](batch& out, int id) {
      add_upsert(out, id, extra.contains(id) ? dependent_row{} : now.at(id));
    });
    deliver(vanished, aside, [](batch& out, int id) {
      out.append(operation::erase, {}, {}, packed({integer(std::to_string(id))}), {});
    });
    put_aside_ += aside.size();
    if (!aside.empty()) note(ways_[0]->deliver_again(aside), aside);
    return rejected_;
  }

  /// Rows that could not be written before others.
  [[nodiscard]] std::size_t put_aside() const { return put_aside_; }

 private:
  static void add_upsert(batch& out, int id, const dependent_row& r) {
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
        auto outcome = ways_[w]->deliver(next);
        std::erase_if(outcome.rejections, [&](const rejection& r) {
          if (!r.again) return false;
          const auto delta = next[r.index];
          aside.append(delta.op, delta.key_hash, delta.fingerprint, delta.key, delta.row);
          return true;
        });
        note(outcome, next);
      }
    }
  }

  void note(const batch_outcome& outcome, const batch& deltas) {
    for (const auto& r : outcome.rejections) {
      row_reader key(deltas[r.index].key);
      rejected_.insert(std::stoi(std::string(key.next().value().bytes)));
    }
  }

  random_source& source_;
  std::size_t put_aside_ = 0;
  std::set<int> rejected_;
  std::unique_ptr<destination> ways_[2];
};

rows_by_id rows_of_table(const database_fixture& database) {
  rows_by_id found;
  const auto number = [](const std::optional<std::string>& cell) {
    return cell ? std::optional(std::stoi(*cell)) : std::nullopt;
  };
  for (const auto& r : database.connect().query("SELECT id, x, parent FROM t"))
    found[number(r[0]).value()] = {number(r[1]), number(r[2])};
  return found;
}

}  // namespace

namespace {

/// Some passes from one state of a source to the next. Returns how many rows were put aside.
std::size_t run_seed(odbc::product kind, guard how, std::uint32_t seed) {
  CAPTURE(to_string(kind));
  CAPTURE(static_cast<int>(how));
  CAPTURE(seed);
  const database_fixture database(kind);
  create_guarded(database, how);
  auto text = database.connection_string();
  std::string owner;
  if (how == guard::policy) {  // which no superuser heeds
    owner = "owner_" + answer(database, "SELECT replace(gen_random_uuid()::text,'-','')");
    database.run({"CREATE ROLE " + owner, "ALTER TABLE t OWNER TO " + owner});
    text += ";ConnSettings={SET ROLE " + owner + "}";
  }
  random_source source(seed);
  std::size_t put_aside = 0;
  {
    table_pass pass(text, source);
    rows_by_id before;
    for (int round = 0; round < 4; ++round) {
      const auto extra = how == guard::none ? std::set<int>{} : source.refused();
      CHECK(pass.run(before, source.rows(), extra) == extra);
      REQUIRE(rows_of_table(database) == source.rows());
      before = source.rows();
      source.change();
    }
    put_aside = pass.put_aside();
  }
  if (!owner.empty()) database.run({"DROP TABLE t", "DROP ROLE " + owner});
  return put_aside;
}

}  // namespace

TEST_CASE("a pass over rows that depend on each other leaves the table as the source is") {
  for (const auto kind : every_database) {
    std::size_t put_aside = 0;
    for (std::uint32_t seed = 1; seed <= 8; ++seed) put_aside += run_seed(kind, guard::none, seed);
    CHECK(put_aside > 0);
  }
}

TEST_CASE("rows that a trigger or a policy refuses keep no row back that others depend on") {
  for (const auto kind : every_database)
    for (std::uint32_t seed = 1; seed <= 6; ++seed) run_seed(kind, guard::trigger, seed);
  for (std::uint32_t seed = 1; seed <= 6; ++seed)
    run_seed(odbc::product::postgresql, guard::policy, seed);
}
