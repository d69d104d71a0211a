// A real table, whose columns are drawn from a pool: of numbers, padded, without a type.
#include <array>

#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/world/table_shape.hpp"
#include "tests/world/target.hpp"

namespace sluice::test {
namespace {

constexpr auto pg = odbc::product::postgresql;
constexpr auto maria = odbc::product::mariadb;
constexpr auto lite = odbc::product::sqlite;

constexpr std::array pool{
    table_shape{pg, "bigint", "text", true, false},
    table_shape{lite, "INTEGER", "TEXT", true, false},
    table_shape{maria, "INT", "VARCHAR(9) COLLATE utf8mb4_nopad_bin", true, false},
    table_shape{pg, "numeric(20,4)", "char(3)", true, false},
    table_shape{lite, "NUMERIC", "", true, false},
    table_shape{maria, "DECIMAL(20,4)", "CHAR(3)", true, false},
    table_shape{pg, "char(12)", "varchar(1)", false, true},
    table_shape{lite, "TEXT", "TEXT", false, false},
    table_shape{maria, "CHAR(12) COLLATE utf8mb4_nopad_bin", "TEXT", false, true},
    table_shape{pg, "double precision", "text", true, false},
    table_shape{lite, "REAL", "VARCHAR(3)", true, false},
    table_shape{maria, "FLOAT", "ENUM('a', 'b', 'c')", true, false},
    table_shape{pg, "varchar(12)", "char(1)", false, false},
    table_shape{lite, "", "BLOB", false, false},
    table_shape{maria, "VARCHAR(12) COLLATE utf8mb4_nopad_bin", "VARCHAR(9)", false, false},
};

class table final : public target {
 public:
  explicit table(const connection_plan& plan)
      : how_(plan.how), shape_(table_shape_of(plan.shape)), database_(shape_.database) {
    database_.run({std::string("CREATE TABLE t(id ") + shape_.key +
                   " NOT NULL PRIMARY KEY, value " + shape_.value + ")"});
  }

  destinations::destination_factory ways() override {
    return [this] {
      return destinations::make_odbc_destination(
          {config::secret_string(database_.connection_string()), "t", false});
    };
  }
  [[nodiscard]] std::map<std::string, std::string> rows() const override {
    std::map<std::string, std::string> found;
    for (const auto& row : database_.connect().query("SELECT id, value FROM t")) {
      auto value = row[1].value_or("");
      while (value.ends_with(' ')) value.pop_back();  // of a padded column
      found[row_named(how_, row[0].value())] = value;
    }
    return found;
  }

 private:
  telling_apart how_;
  table_shape shape_;
  database_fixture database_;
};

}  // namespace

const std::uint32_t table_shapes = pool.size();

table_shape table_shape_of(std::uint32_t number) { return pool.at(number % pool.size()); }

std::unique_ptr<target> make_table(const connection_plan& plan) {
  return std::make_unique<table>(plan);
}

}  // namespace sluice::test
