#include "runtime/net/turns.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace sluice::net;

namespace {

struct queue {
  turns all{{.total = 3, .share = 2}};
  std::vector<std::unique_ptr<turns::ticket>> tickets;

  turns::ticket& come(const std::string& whose) {
    tickets.push_back(std::make_unique<turns::ticket>(all, whose));
    tickets.back()->want();
    return *tickets.back();
  }
};

}  // namespace

TEST_CASE_FIXTURE(queue, "who waits longest goes next") {
  auto& a = come("a");
  auto& b = come("b");
  auto& c = come("c");
  const auto& d = come("d");
  const auto& e = come("e");
  CHECK(a.has_turn());
  CHECK(c.has_turn());
  CHECK_FALSE(d.has_turn());
  b.give_back();
  CHECK_FALSE(b.has_turn());
  CHECK(d.has_turn());
  CHECK_FALSE(e.has_turn());
  a.give_back();
  CHECK(e.has_turn());
}

TEST_CASE_FIXTURE(queue, "nobody has more than a share, whoever else waits") {
  auto& first = come("a");
  come("a");
  const auto& third = come("a");
  CHECK_FALSE(third.has_turn());
  const auto& other = come("b");
  CHECK(other.has_turn());
  first.give_back();
  CHECK(third.has_turn());
}

TEST_CASE_FIXTURE(queue, "a turn that is had is not had twice, and one that goes is free") {
  auto& a = come("a");
  a.want();
  const auto& second = come("a");
  CHECK(second.has_turn());
  come("b");
  tickets.erase(tickets.begin());
  CHECK(come("a").has_turn());
}
