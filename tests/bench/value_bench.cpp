// What functions and programs of mappings cost per row, on one core.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "runtime/mapping/compile.hpp"
#include "tests/bench/figures.hpp"

using namespace sluice;
using namespace sluice::bench;

namespace {

constexpr int rows = 200'000;

const std::vector<source::model_column> model{{"id", value_kind::integer},
                                              {"first", value_kind::text},
                                              {"last", value_kind::text},
                                              {"email", value_kind::text},
                                              {"phone", value_kind::text}};
const std::vector<value_view> everybody{{value_kind::integer, "7"},
                                        {value_kind::text, "Ada"},
                                        {value_kind::text, "Lovelace"},
                                        {value_kind::text, " Ada.Lovelace@gmail.com"},
                                        {value_kind::text, "044 668 18 00"}};

/// Seconds of this thread's processor time.
double processor_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Processor seconds for packing `count` rows of one mapped field; the median of five.
double packing(const decltype(config::mapped_field::value)& value, int count) {
  auto plan = mapping::compile("bench", {{{"field"}, value}}, {"id"}, model);
  std::vector<value_view> wanted;
  for (const auto column : plan.wanted()) wanted.push_back(everybody[column]);
  std::string packed;
  std::vector<double> times;
  for (int round = 0; round < 5; ++round) {
    const auto begin = processor_seconds();
    for (int i = 0; i < count; ++i) {
      packed.clear();
      REQUIRE_MESSAGE(plan.pack(wanted, packed), plan.invalid_reason());
    }
    times.push_back(processor_seconds() - begin);
  }
  return percentile(times, 0.5);
}

config::column_value applied(const std::string& column, const char* calls) {
  return {column, mapping::cast::none, false, {}, values::parse_calls(calls).calls};
}

/// A line with a rate, which is wanted to be at least `wanted` rows a second; 0: it only informs.
void add_rate(const std::string& measure, double time, int count, double wanted) {
  const bool met = count >= wanted * time;
  add({measure, rate(count, time), {}, wanted > 0 ? rate(wanted, 1) : "", met});
  CHECK_MESSAGE(met, measure);
}

}  // namespace

TEST_CASE("values") {
  const auto text = config::parse_template("{first} {last}").value;
  add_rate("a field by template", packing(text, rows), rows, 0);
  add_rate("the same by a program in Lua",
           packing(config::lua_value{"return row.first .. ' ' .. row.last"}, rows), rows, 300'000);
  add_rate("trim, lower", packing(applied("email", "trim | lower"), rows), rows, 0);
  add_rate("email_gmail, sha256", packing(applied("email", "email_gmail | sha256"), rows), rows, 0);
  add_rate("e164", packing(applied("phone", "e164('CH')"), rows / 20), rows / 20, 0);
}
