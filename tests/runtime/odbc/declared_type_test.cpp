#include "runtime/odbc/declared_type.hpp"

#include <doctest/doctest.h>

using namespace sluice::odbc;

TEST_CASE("a declared type is taken apart into name, length and scale") {
  CHECK(declared_type::parse("numeric(36,18)") == declared_type{"numeric", 36, 18, false});
  CHECK(declared_type::parse("DECIMAL( 10 , 2 ) UNSIGNED ZEROFILL") ==
        declared_type{"decimal", 10, 2, true});
  CHECK(declared_type::parse("bigint(20) unsigned") == declared_type{"bigint", 20, {}, true});
  CHECK(declared_type::parse("bigint unsigned") == declared_type{"bigint", {}, {}, true});
  CHECK(declared_type::parse("timestamp(3) with time zone") ==
        declared_type{"timestamp with time zone", 3, {}, false});
  CHECK(declared_type::parse("double precision") ==
        declared_type{"double precision", {}, {}, false});
  CHECK(declared_type::parse("enum('a)b','c')") == declared_type{"enum", {}, {}, false});
  CHECK(declared_type::parse("") == declared_type{});
  CHECK(declared_type::parse("varchar(") == declared_type{"varchar", {}, {}, false});
}

TEST_CASE("a foreign type comes back from its text") {
  for (const auto& type :
       {foreign_type{product::postgresql, "numeric(36,18)"},
        foreign_type{product::mariadb, "bigint(20) unsigned"},
        foreign_type{product::sqlite, "INTEGER"}, foreign_type{product::generic, "DECIMAL"}}) {
    const auto back = foreign_type::parse(type.declared());
    CHECK(back.database == type.database);
    CHECK(back.text == type.text);
  }
  CHECK(foreign_type{product::mariadb, "int"}.declared() == "MariaDB int");
  CHECK(foreign_type{product::mariadb, ""}.declared().empty());
  CHECK(foreign_type::parse("").text.empty());
}
