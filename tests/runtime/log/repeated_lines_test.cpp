#include "runtime/log/repeated_lines.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace sluice::log;
using namespace std::chrono_literals;

namespace {

struct said {
  std::vector<std::string> lines;
  repeated_lines::clock::time_point now{};
  repeated_lines log{[this](const std::string& line) { lines.push_back(line); }, 10s};

  void say(const std::string& kind, const std::string& line) {
    log.say({.kind = kind, .text = line}, now);
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    log.sum_up(now);
  }
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(said, "the first line of a kind is out at once, and so is that of another kind") {
  say("silent", "1 was silent");
  say("noisy", "2 was noisy");
  CHECK(lines == texts{"1 was silent", "2 was noisy"});
}

TEST_CASE_FIXTURE(said,
                  "what follows is one line for each interval, which says how many there were") {
  CHECK(log.due() == repeated_lines::clock::time_point::max());
  for (int i = 0; i <= 2'346; ++i) say("silent", std::to_string(i) + " was silent");
  CHECK(lines == texts{"0 was silent"});
  CHECK(log.due() == now + 10s);
  pass(10s);
  REQUIRE(lines.size() == 2);
  CHECK(lines.back() == "2346 was silent … and 2,345 more like it");
  say("silent", "again");
  pass(9s);
  CHECK(lines.size() == 2);
  pass(1s);
  CHECK(lines.back() == "again");
}

TEST_CASE_FIXTURE(said, "after a quiet interval the next line is a first one") {
  say("silent", "a");
  pass(10s);
  CHECK(log.due() == repeated_lines::clock::time_point::max());
  say("silent", "b");
  CHECK(lines == texts{"a", "b"});
}

TEST_CASE_FIXTURE(said, "whoever invents kinds fills neither the log nor the memory") {
  for (int i = 0; i < 10'000; ++i) say("kind " + std::to_string(i), "line");
  CHECK(lines.size() == repeated_lines::most_kinds + 1);
  pass(10s);
  CHECK(lines.size() == repeated_lines::most_kinds + 2);
  CHECK(lines.back() == "line … and 9,982 more like it");
}
