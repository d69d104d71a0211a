#include "runtime/config/suggestion.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace sluice::config;

namespace {
constexpr std::array<std::string_view, 4> words{"table", "query", "key", "change_detection"};
}

TEST_CASE("the nearest word is found over typos and case") {
  CHECK(nearest("tabel", words) == "table");
  CHECK(nearest("tables", words) == "table");
  CHECK(nearest("qery", words) == "query");
  CHECK(nearest("KEY", words) == "key");
  CHECK(nearest("changedetection", words) == "change_detection");
}

TEST_CASE("the beginning of a word is near it") {
  CHECK(nearest("change", words) == "change_detection");
  CHECK_FALSE(nearest("ch", words));
}

TEST_CASE("no word is suggested when none is near") {
  CHECK_FALSE(nearest("password", words));
  CHECK_FALSE(nearest("", words));
  CHECK_FALSE(nearest(std::string(100'000, 'k'), words));
}

TEST_CASE("without a near word all of them are listed") {
  CHECK(suggestion("tabel", words) == "did you mean \"table\"?");
  CHECK(suggestion("zzz", words) == R"(known here: "table", "query", "key", "change_detection")");
  CHECK(suggestion("zzz", std::span(words).first(1)) == R"(only "table" is known here)");
}
