#include "messages/row.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"

using namespace sluice;

TEST_CASE("a packed row gives back the values it was made of") {
  const std::string long_text(100'000, 'x');
  const std::vector<value_view> values{
      {value_kind::integer, "-42"},
      {value_kind::null, ""},
      {value_kind::text, ""},
      {value_kind::text, long_text},
      {value_kind::binary, std::string_view("\0\xff", 2)},
      {value_kind::text, std::string_view(long_text).substr(0, 127)},
      {value_kind::text, std::string_view(long_text).substr(0, 128)}};
  std::string packed;
  for (const auto& v : values) append_value(packed, v);
  CHECK(unpack(packed) == values);
}

TEST_CASE("NULL, the empty text and zero are packed differently") {
  std::string null, empty, zero;
  append_value(null, value_kind::null, "");
  append_value(empty, value_kind::text, "");
  append_value(zero, value_kind::integer, "0");
  CHECK(null != empty);
  CHECK(empty != zero);
}

TEST_CASE("no two lists of values share a packed form") {
  std::string ab_c, a_bc;
  append_value(ab_c, value_kind::text, "ab");
  append_value(ab_c, value_kind::text, "c");
  append_value(a_bc, value_kind::text, "a");
  append_value(a_bc, value_kind::text, "bc");
  CHECK(ab_c != a_bc);
}

TEST_CASE("damaged packed bytes are refused, never read past their end") {
  std::string packed;
  append_value(packed, value_kind::text, "hello");
  for (std::size_t cut = 1; cut < packed.size(); ++cut)
    CHECK_THROWS_AS(unpack(packed.substr(0, cut)), failure);
  CHECK_THROWS_AS(unpack("\x7f"), failure);
  CHECK_THROWS_AS(unpack(std::string("\x05") + std::string(12, '\xff')), failure);
}

TEST_CASE("a value is found by the name before it, and no value is taken for a name") {
  std::string packed;
  for (const auto* text : {"a", "b", "b", "c"}) append_value(packed, value_kind::text, text);
  CHECK(row_reader(packed).value_named("a") == value_view{value_kind::text, "b"});
  CHECK(row_reader(packed).value_named("b") == value_view{value_kind::text, "c"});
  CHECK(row_reader(packed).value_named("c").kind == value_kind::null);
  CHECK(row_reader("").value_named("a").kind == value_kind::null);
}
