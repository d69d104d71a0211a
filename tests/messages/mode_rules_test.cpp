#include "messages/mode_rules.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

TEST_CASE("a mode says which deltas it delivers") {
  const auto sent = [](sync_mode mode) {
    std::string out;
    for (const auto op : {operation::insert, operation::update, operation::erase})
      if (sends(mode, op)) out += to_string(op).substr(0, 1);
    return out;
  };
  CHECK(sent(sync_mode::upsert) == "iu");
  CHECK(sent(sync_mode::mirror) == "iud");
  CHECK(sent(sync_mode::insert) == "i");
  CHECK(sent(sync_mode::update) == "u");
  CHECK(sent(sync_mode::append) == "iu");
}
