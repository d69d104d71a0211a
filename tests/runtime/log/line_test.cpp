#include "runtime/log/line.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace sluice::log;
using namespace std::chrono_literals;

namespace {

/// 2026-01-31T09:00:00.007Z: `date -u -d @1769850000`
constexpr std::chrono::sys_time<std::chrono::milliseconds> some_time{1'769'850'000'007ms};

line about_customers(std::string message) {
  return {some_time, level::warning, {"customers", "01JD"}, std::move(message)};
}

}  // namespace

TEST_CASE("a text line gives time and level and scope before the message") {
  CHECK(render(about_customers("reading halted"), format::text) ==
        "2026-01-31T09:00:00.007Z warning [customers 01JD] reading halted");
  CHECK(render({some_time, level::info, {}, "ready"}, format::text) ==
        "2026-01-31T09:00:00.007Z info    ready");
  CHECK(render({some_time, level::info, {"customers", ""}, "idle"}, format::text) ==
        "2026-01-31T09:00:00.007Z info    [customers] idle");
}

TEST_CASE("a message cannot forge a second text line") {
  const auto text =
      render(about_customers("bad\n2026-01-31T09:00:00.000Z info fake"), format::text);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find(R"(bad\n2026)") != std::string::npos);
}

TEST_CASE("a JSON line carries connection and run as fields and leaves out what is empty") {
  const auto parsed = nlohmann::json::parse(render(about_customers("halted"), format::json));
  CHECK(parsed == nlohmann::json{{"time", "2026-01-31T09:00:00.007Z"},
                                 {"level", "warning"},
                                 {"connection", "customers"},
                                 {"run", "01JD"},
                                 {"message", "halted"}});
  const auto bare = nlohmann::json::parse(render({some_time, level::info, {}, "x"}, format::json));
  CHECK_FALSE(bare.contains("connection"));
  CHECK_FALSE(bare.contains("run"));
}

TEST_CASE("a JSON line is one valid document whatever the message holds") {
  for (const auto& message :
       {std::string("quote \" backslash \\ newline \n return \r escape \x1b"),
        std::string("not UTF-8: \xff\xfe \xc3"), std::string("nul\0inside", 10), std::string(),
        std::string("paragraph separator \xe2\x80\xa9"), std::string("{\"fake\": 1}")}) {
    const auto text = render(about_customers(message), format::json);
    CHECK(text.find('\n') == std::string::npos);
    const auto parsed = nlohmann::json::parse(text);
    REQUIRE(parsed.is_object());
    CHECK(parsed["message"].is_string());
  }
}
