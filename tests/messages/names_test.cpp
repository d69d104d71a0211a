#include "messages/names.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <optional>
#include <sstream>
#include <type_traits>
#include <unordered_set>

using namespace sluice;

// What must not compile.
static_assert(!std::is_convertible_v<std::string, run_id>);
static_assert(!std::is_convertible_v<std::string_view, run_id>);
static_assert(!std::is_convertible_v<const char*, run_id>);
static_assert(!std::is_constructible_v<run_id, connection_name>);
static_assert(!std::is_assignable_v<run_id&, connection_name>);
static_assert(!std::is_assignable_v<run_id&, std::string>);
static_assert(!std::is_convertible_v<std::uint64_t, row_count>);
static_assert(!std::is_constructible_v<row_count, byte_count>);
static_assert(!std::is_convertible_v<std::uint32_t, writer_number>);

TEST_CASE("a name is read as a text") {
  const run_id run("01JD");
  const std::string text = run;
  const std::string_view view = run;
  CHECK(text == "01JD");
  CHECK(view == "01JD");
  CHECK("run " + run == "run 01JD");
  CHECK(run + " ended" == "01JD ended");
  CHECK(fmt::format("{:>6}", run) == "  01JD");
  std::ostringstream out;
  out << run;
  CHECK(out.str() == "01JD");
}

TEST_CASE("a literal is the name that is asked for") {
  const auto of = [](const connection_name& connection, const std::optional<run_id>& run) {
    return connection + "/" + (run ? run->text() : "none");
  };
  CHECK(of("orders", "01JD") == "orders/01JD");
  CHECK(of("orders", {}) == "orders/none");
}

TEST_CASE("names compare as their texts do, and with texts") {
  const node_name a = "a", b = "b";
  CHECK(a == node_name("a"));
  CHECK(a != b);
  CHECK(a < b);
  CHECK(a == "a");
  CHECK("b" == b);
  CHECK(a == std::string("a"));
  CHECK(a < std::string_view("aa"));
  CHECK(node_name{}.empty());
  CHECK_FALSE(a.empty());
  CHECK(std::unordered_set<node_name>{a, b, a}.size() == 2);
}

TEST_CASE("counts of one kind compare") {
  CHECK(row_count{3} == row_count{3});
  CHECK(row_count{2} < row_count{3});
  CHECK(row_count{} == row_count{0});
  CHECK(byte_count{7}.number() == 7);
}
