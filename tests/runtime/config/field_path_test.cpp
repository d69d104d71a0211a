#include "runtime/config/field_path.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;

TEST_CASE("field names nest at dots and escape them with backslashes") {
  CHECK(parse_field_path("a.b.c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(parse_field_path(R"(a\.b)") == std::vector<std::string>{"a.b"});
  CHECK(parse_field_path(R"(a\\.b)") == std::vector<std::string>{"a\\", "b"});
  for (const auto* text : {"", ".", "a.", ".a", "a..b", "a\\", "a\\b"})
    CHECK_MESSAGE(!parse_field_path(text), text);
}

TEST_CASE("a field's path is written as the configuration writes it") {
  CHECK(field_path_text({"name", "first"}) == "name.first");
  CHECK(field_path_text({"a.b", "c\\d"}) == R"(a\.b.c\\d)");
  CHECK(parse_field_path(field_path_text({"a.b", "c\\d"})) ==
        std::vector<std::string>{"a.b", "c\\d"});
}
