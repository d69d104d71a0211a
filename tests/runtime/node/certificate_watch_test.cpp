#include "runtime/node/certificate_watch.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;
using node::certificate_news;

namespace {

const auto ends = *parse_timestamp("2026-06-30T00:00:00.000Z");

bool contains(const std::optional<std::string>& text, std::string_view part) {
  return text && text->find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a certificate's end is told of 30 days before and 7 days before and when it is there") {
  CHECK_FALSE(certificate_news(ends, {}, ends - 24h * 31));
  CHECK(contains(certificate_news(ends, ends - 24h * 31, ends - 24h * 30), "ends in 30 days"));
  CHECK_FALSE(certificate_news(ends, ends - 24h * 30, ends - 24h * 8));
  CHECK(contains(certificate_news(ends, ends - 24h * 8, ends - 24h * 7), "ends in 7 days"));
  CHECK_FALSE(certificate_news(ends, ends - 24h * 7, ends - 1h));
  CHECK(contains(certificate_news(ends, ends - 1h, ends), "ended at 2026-06-30T00:00:00.000Z"));
  CHECK_FALSE(certificate_news(ends, ends, ends + 24h));
}

TEST_CASE("a node that starts late tells of the end once") {
  CHECK(contains(certificate_news(ends, {}, ends - 24h - 1min), "ends in 1 day,"));
  CHECK_FALSE(certificate_news(ends, ends - 24h - 1min, ends - 1min));
}
