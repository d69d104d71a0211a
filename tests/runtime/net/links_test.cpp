#include "runtime/net/links.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include "runtime/net/channel.hpp"

using namespace sluice::net;

namespace {

struct pair : inner_socket {
  pair() : inner_socket(make_inner_socket()) {}
  [[nodiscard]] int caf_socket() const { return ours.get(); }
  /// The other end sees the connection end.
  [[nodiscard]] bool is_cut() const {
    char byte = 0;
    return ::recv(for_caf.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }
};

}  // namespace

TEST_CASE("there is one connection with a node, whoever made it, until it goes") {
  links of_b{"b"};
  const pair p;
  for (const auto& other : {sluice::node_name("a"), sluice::node_name("c")}) {
    CAPTURE(other);
    auto first = of_b.accepted(other, p.caf_socket());
    REQUIRE(first);
    CHECK(of_b.connected(other));
    CHECK_FALSE(of_b.accepted(other, p.caf_socket()));
    CHECK_FALSE(of_b.dialled(other, p.caf_socket()));
    first.reset();
    CHECK_FALSE(of_b.connected(other));

    auto second = of_b.dialled(other, p.caf_socket());
    REQUIRE(second);
    second->complete();
    CHECK_FALSE(of_b.accepted(other, p.caf_socket()));
    CHECK_FALSE(of_b.dialled(other, p.caf_socket()));
  }
  CHECK(of_b.dialled("d", p.caf_socket()));
}

TEST_CASE("of two connections made at the same time the one of the first name is kept by both") {
  const pair p;
  links of_a{"a"};
  links of_b{"b"};
  auto dialled_by_a = of_a.dialled("b", p.caf_socket());
  auto dialled_by_b = of_b.dialled("a", p.caf_socket());
  REQUIRE(dialled_by_a);
  REQUIRE(dialled_by_b);
  CHECK_FALSE(of_a.accepted("b", p.caf_socket()));
  const auto kept = of_b.accepted("a", p.caf_socket());
  REQUIRE(kept);
  // The end of the attempt that gave way does not end the connection that took its place.
  dialled_by_b->complete();
  dialled_by_b.reset();
  CHECK(of_b.connected("a"));
  CHECK_FALSE(of_b.dialled("a", p.caf_socket()));
}

TEST_CASE("cutting a connection ends it at its other end, and only that one") {
  links of_a{"a"};
  const pair to_b;
  const pair to_c;
  const auto b = of_a.accepted("b", to_b.caf_socket());
  const auto c = of_a.accepted("c", to_c.caf_socket());
  of_a.cut("b");
  of_a.cut("nobody");
  CHECK(to_b.is_cut());
  CHECK_FALSE(to_c.is_cut());
}

TEST_CASE("a hold may outlive the book it stands in") {
  const pair p;
  std::shared_ptr<links::hold> kept;
  {
    links of_a{"a"};
    kept = of_a.dialled("b", p.caf_socket());
  }
  kept->complete();
  kept.reset();
}
