#include "runtime/destinations/table/text_forms.hpp"

#include <doctest/doctest.h>

using namespace sluice::destinations;

TEST_CASE("characters are counted, not bytes") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("abc") == 3);
  CHECK(count_characters("é日😀") == 3);
}

TEST_CASE("a set's text names its labels in their order, each once") {
  const std::vector<std::string> labels{"a", "b", "c"};
  for (const auto* same : {"", "a", "b", "a,c", "a,b,c"}) CHECK(is_set_of(labels, same));
  for (const auto* other : {"b,a", "a,a", "A", "a ", "a,", ",a", "3", "a,d", ","})
    CHECK_FALSE(is_set_of(labels, other));
}

TEST_CASE("words for true and false are known in any case, their beginnings are not") {
  for (const auto* word : {"true", "FALSE", "t", "F", "yes", "No", "on", "off", "1", "0"})
    CHECK(is_boolean_word(word));
  for (const auto* other : {"", "tru", "2", " true", "01", "wahr", "maybe so"})
    CHECK_FALSE(is_boolean_word(other));
}

TEST_CASE("a UUID has 32 hexadecimal digits") {
  for (const auto* uuid :
       {"0000000a-0000-0000-0000-000000000000", "0000000A000000000000000000000000",
        "{0000000a-0000-0000-0000-000000000000}"})
    CHECK(is_uuid(uuid));
  for (const auto* other :
       {"", "{}", "0000000a-0000-0000-0000-00000000000", "0000000g-0000-0000-0000-000000000000",
        "0000000a-0000-0000-0000-0000000000000"})
    CHECK_FALSE(is_uuid(other));
}

TEST_CASE("money has at most two digits behind the point, and commas where they belong") {
  for (const auto* money :
       {"12", "-12.50", "$1,234.50", "-$1,234,567.89", "1234.5", "$0.00", "12.500"})
    CHECK(is_dollars(money));
  for (const auto* other : {"", "$", "12.345", "1,2", "1,2345", ",123", "1234,567", "$-1",
                            "($1.00)", "1.234,50", "12 €", " 12", "1e3", "12.3,4"})
    CHECK_FALSE(is_dollars(other));
}

TEST_CASE("an interval has units, and digits of the second that fit") {
  for (const auto* interval :
       {"1 day", "1 year 2 mons -3 days", "05:00:00", "-00:00:01.5", "1 day 00:00:01.500000",
        "@ 1 day 1.5 secs ago", "P1DT1.5S", "1.25 seconds"})
    CHECK(is_interval(interval, 6));
  for (const auto* other : {"", "5", "-5", "1.5", "1.5 days", "00:00:00.0000001", "1.1234567 secs",
                            "1.5 days 1.5 secs", "P1.5D"})
    CHECK_FALSE(is_interval(other, 6));
  CHECK(is_interval("00:00:01.500", 1));
  CHECK_FALSE(is_interval("00:00:01.5", 0));
}

TEST_CASE("the elements of an array are found, however nested and quoted") {
  using elements = std::vector<std::string>;
  CHECK(array_elements("{}").empty());
  CHECK(array_elements("{1, 2,NULL}") == elements{"1", "2"});
  CHECK(array_elements("[0:1]={1,2}") == elements{"1", "2"});
  CHECK(array_elements(R"({{a,"b,c"},{"d \"e\" \\","NULL"}})") ==
        elements{"a", "b,c", R"(d "e" \)", "NULL"});
  CHECK(array_elements("{\"\",\"ab  \"}") == elements{"", "ab  "});
  CHECK(array_elements("no array").empty());
  CHECK(array_elements("{\"open").size() == 1);
}
