// Types whose values unnest takes apart, or that an array literal cannot hold as they are.
#include <doctest/doctest.h>

#include "runtime/destinations/table/target_table.hpp"
#include "tests/runtime/destinations/table_way_in.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;

namespace {

struct typed_text {
  std::string type;
  std::string value;  ///< as the database prints it
};

const typed_text typed_texts[] = {
    {"addr", R"_((Main,"(5,t)"))_"},
    {"addr", R"_(("a ""quoted"", \\ street",))_"},
    {"home", "(Main,)"},
    {"homes", R"_({"(Main,)","(,\"(7,f)\")"})_"},
    {"addr[]", R"_({"(Main,)",NULL})_"},
    {"integer[]", "{1,NULL,3}"},
    {"ints", "{1,2}"},
    {"text[]", R"_({{"a,b",c},{"d\"e",NULL}})_"},
    {"int4range", "[1,5)"},
    {"int4multirange", "{[1,3),[7,9)}"},
    {"tstzrange", R"_(["2026-01-31 09:00:00+00",))_"},
    {"mood", "very happy"},
    {"mood[]", R"_({sad,"very happy"})_"},
    {"box", "(3,4),(1,2)"},
    {"boxes", "(3,4),(1,2)"},
    {"box[]", "{(3,4),(1,2);(1,1),(0,0)}"},
    {"point", "(1,2.5)"},
    {"polygon", "((0,0),(1,1),(1,0))"},
    {"circle", "<(1,2),3>"},
    {"money", "$1,234.50"},
    {"xml", "<a>&amp;</a>"},
    {"jsonpath", R"_($."a"[*])_"},
    {"jsonb", R"_({"a": [1, "x,y"]})_"},
    {"tsvector", R"_('a':1 'it''s':2)_"},
    {"bit(3)", "101"},
    {"bit varying", "10110"},
    {"interval", "1 day 02:03:04"},
    {"inet", "10.0.0.0/8"},
    {"macaddr", "08:00:2b:01:02:03"},
    {"oid", "4294967295"},
    {"int2vector", "1 2 3"},
    {"oidvector", "1 2"},
    {"regclass", "pg_class"},
    {"pg_lsn", "16/B374D848"},
    {"\"char\"", "q"},
    {"name", "a name"},
    {"score", "100"},
};

}  // namespace

TEST_CASE("PostgreSQL: a column of any type takes values and NULLs, in every statement") {
  const database_fixture database(odbc::product::postgresql);
  database.run({"CREATE TYPE flat AS (no int, back boolean)",
                "CREATE TYPE addr AS (street text, flat flat)",
                "CREATE DOMAIN home AS addr CHECK ((VALUE).street <> 'nowhere')",
                "CREATE DOMAIN homes AS addr[]", "CREATE DOMAIN ints AS int[]",
                "CREATE DOMAIN boxes AS box", "CREATE TYPE mood AS ENUM ('sad', 'very happy')",
                "CREATE DOMAIN score AS integer CHECK (VALUE BETWEEN 0 AND 100)"});
  for (const auto& s : typed_texts) {
    CAPTURE(s.type);
    database.run(
        {"DROP TABLE IF EXISTS t", "CREATE TABLE t (id bigint PRIMARY KEY, v " + s.type + ")"});
    for (const auto mode : {sync_mode::append, sync_mode::upsert, sync_mode::update}) {
      CAPTURE(to_string(mode));
      if (mode == sync_mode::update) database.run({"UPDATE t SET v = NULL"});
      if (mode == sync_mode::upsert) database.run({"TRUNCATE t"});
      auto context = context_of({{"id", value_kind::integer}, {"v", value_kind::text}});
      context.mode = mode;
      const auto outcome = way_into(database.connection_string(), "t", context)
                               ->deliver(upserts({{integer("1"), text(s.value)},
                                                  {integer("2"), null_value},
                                                  {integer("3"), text(s.value)}}));
      for (const auto& refused : outcome.rejections) FAIL_CHECK(s.type << ": " << refused.reason);
      CHECK(with_fate(outcome, fate::delivered).size() == 3);
      CHECK(database.connect().query("SELECT v::text FROM t ORDER BY id") ==
            std::vector<std::vector<std::optional<std::string>>>{{s.value}, {{}}, {s.value}});
    }
  }
}

TEST_CASE("PostgreSQL: rows are found by keys of types that travel as text") {
  const database_fixture database(odbc::product::postgresql);
  database.run({"CREATE TYPE addr AS (street text, no int)",
                "CREATE TABLE t (id addr PRIMARY KEY, v bigint)"});
  auto context = context_of({{"id", value_kind::text}, {"v", value_kind::integer}});
  // A key of the database's own type is spelled as the database spells it.
  context.schema.keys[0].declared = "PostgreSQL addr";
  const auto out = way_into(database.connection_string(), "t", context);
  for (const auto* v : {"1", "2"})
    CHECK(with_fate(out->deliver(
                        upserts({{text("(Main,5)"), integer(v)}, {text("(Side,)"), integer(v)}})),
                    fate::delivered)
              .size() == 2);
  out->deliver(erases({{text("(Main,5)")}}));
  CHECK(database.connect().query("SELECT id::text, v::text FROM t") ==
        std::vector<std::vector<std::optional<std::string>>>{{"(Side,)", "2"}});
}
