#include <array>
#include <random>
#include <span>

#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/actors/convergence_target.hpp"
#include "tests/support/database_fixture.hpp"

namespace sluice::test {
namespace {

/// The columns of a table.
struct shape {
  const char* key;
  const char* value;
  bool numbers;  ///< the key holds a number by its value
};

constexpr std::array postgresql_shapes{
    shape{"bigint", "text", true}, shape{"numeric(20,4)", "char(3)", true},
    shape{"char(12)", "varchar(1)", false}, shape{"double precision", "text", true},
    shape{"varchar(12)", "char(1)", false}};
constexpr std::array mariadb_shapes{shape{"INT", "VARCHAR(9) COLLATE utf8mb4_nopad_bin", true},
                                    shape{"DECIMAL(20,4)", "CHAR(3)", true},
                                    shape{"CHAR(12) COLLATE utf8mb4_general_ci", "TEXT", false},
                                    shape{"FLOAT", "ENUM('a', 'b', 'c')", true},
                                    shape{"VARCHAR(12)", "VARCHAR(9)", false}};
constexpr std::array sqlite_shapes{shape{"INTEGER", "TEXT", true}, shape{"NUMERIC", "", true},
                                   shape{"TEXT", "TEXT", false}, shape{"REAL", "VARCHAR(3)", true},
                                   shape{"", "BLOB", false}};

shape shape_of(odbc::product kind, std::uint32_t number) {
  const auto pool = kind == odbc::product::postgresql ? std::span(postgresql_shapes)
                    : kind == odbc::product::mariadb  ? std::span(mariadb_shapes)
                                                      : std::span(sqlite_shapes);
  return pool[number % pool.size()];
}

/// The real way in, some of whose deliveries are refused before they begin, or lose their answer.
class failing_way final : public destinations::destination {
 public:
  failing_way(std::unique_ptr<destinations::destination> way, std::mt19937& random,
              const unsigned& percent)
      : way_(std::move(way)), random_(random), percent_(percent) {}

  void open(const destinations::delivery_context& context, std::stop_token stop) override {
    way_->open(context, std::move(stop));
  }
  [[nodiscard]] identity_rule identity() const override { return way_->identity(); }
  batch_outcome deliver(const batch& deltas) override {
    const bool fails = random_() % 100 < percent_;
    if (fails && random_() % 2 == 0)
      throw failure(errc::destination_failed, "deliver", "table", "told to refuse");
    auto outcome = way_->deliver(deltas);
    if (fails)
      for (auto& one : outcome.fates)
        if (one == fate::delivered) one = fate::unknown;
    return outcome;
  }
  batch_outcome deliver_again(const batch& deltas) override { return way_->deliver_again(deltas); }
  void probe(const destinations::delivery_context& context, std::stop_token stop) override {
    way_->probe(context, std::move(stop));
  }

 private:
  std::unique_ptr<destinations::destination> way_;
  std::mt19937& random_;
  const unsigned& percent_;
};

class table_target final : public convergence_target {
 public:
  explicit table_target(std::uint32_t seed)
      : random_(seed),
        database_(every_database[seed % std::size(every_database)]),
        shape_(shape_of(database_.kind(), seed / std::size(every_database))) {
    database_.run({std::string("CREATE TABLE t(id ") + shape_.key +
                   " NOT NULL PRIMARY KEY, value " + shape_.value + ")"});
  }

  void attach(outside_world& world) override {
    world.make_destination = [this] {
      return std::make_unique<failing_way>(
          destinations::make_odbc_destination(
              {config::secret_string(database_.connection_string()), "t", false}),
          random_, percent_);
    };
  }
  void fail(unsigned percent) override { percent_ = percent; }
  [[nodiscard]] bool holds_numbers() const override { return shape_.numbers; }
  [[nodiscard]] std::map<long, std::string> rows() const override {
    std::map<long, std::string> found;
    for (const auto& row : database_.connect().query("SELECT id, value FROM t")) {
      auto value = row[1].value_or("");
      while (value.ends_with(' ')) value.pop_back();  // of a padded column
      found[std::stol(row[0].value())] = value;
    }
    return found;
  }

 private:
  std::mt19937 random_;
  unsigned percent_ = 0;
  database_fixture database_;
  shape shape_;
};

}  // namespace

std::unique_ptr<convergence_target> make_table_target(std::uint32_t seed) {
  return std::make_unique<table_target>(seed);
}

}  // namespace sluice::test
