#include "runtime/destinations/http/quota.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::destinations;
using namespace std::chrono_literals;

namespace {

const timestamp now = *parse_timestamp("2026-01-31T09:00:00.000Z");  // 1769850000

std::optional<quota> read_quota(const http::header_fields& headers,
                                const config::quota_header_names& names = {}) {
  return quota_in(headers, names, now);
}

}  // namespace

TEST_CASE("what is left of a limit is read from the usual headers, in whatever case they are") {
  const quota expected{50, 30'001ms};
  CHECK(read_quota({{"RateLimit-Remaining", "50"}, {"RateLimit-Reset", "30"}}) == expected);
  CHECK(read_quota({{"ratelimit-limit", "100, 100;w=60"},
                    {"ratelimit-remaining", "50"},
                    {"ratelimit-reset", "30"}}) == expected);
  CHECK(read_quota({{"X-RateLimit-Remaining", "50"}, {"X-RateLimit-Reset", "30"}}) == expected);
  CHECK(read_quota({{"X-Rate-Limit-Remaining", "50"}, {"X-Rate-Limit-Reset", "30"}}) == expected);
  CHECK(read_quota({{"RateLimit", R"("default";r=50;t=30)"},
                    {"RateLimit-Policy", R"("default";q=100;w=60)"}}) == expected);
  CHECK(read_quota({{"RateLimit", "limit=100, remaining=50, reset=30"}}) == expected);
}

TEST_CASE("a reset is a number of seconds or a Unix time, in seconds or milliseconds") {
  for (const auto* reset : {"30", "1769850030", "1769850030000", " 30.0"}) {
    CAPTURE(reset);
    CHECK(read_quota({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", reset}}) ==
          quota{0, 30'001ms});
  }
  CHECK(read_quota({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "0.25"}}) ==
        quota{0, 251ms});
}

TEST_CASE("headers that make no sense say nothing") {
  for (const auto* reset : {"", "soon", "-5", "0", "1769849999", "99999999", "1e300", "nan"}) {
    CAPTURE(reset);
    CHECK_FALSE(read_quota({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", reset}}));
  }
  CHECK_FALSE(read_quota({{"X-RateLimit-Remaining", "some"}, {"X-RateLimit-Reset", "30"}}));
  CHECK_FALSE(read_quota({{"X-RateLimit-Remaining", "10"}}));
  CHECK_FALSE(read_quota({{"X-RateLimit-Reset", "10"}}));
  CHECK_FALSE(read_quota({{"RateLimit", "\"default\";pair=3;q=100"}}));
  CHECK_FALSE(read_quota({}));
}

TEST_CASE("configured names count, and no others") {
  const config::quota_header_names names{"X-Daily-Left", "X-Daily-Again"};
  CHECK(read_quota({{"X-Daily-Left", "7"},
                    {"x-daily-again", "60"},
                    {"X-RateLimit-Remaining", "0"},
                    {"X-RateLimit-Reset", "1"}},
                   names) == quota{7, 60'001ms});
  CHECK_FALSE(read_quota({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1"}}, names));
}
