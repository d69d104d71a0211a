#include "actors/node/configuration_changes.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using actors::changes_between;
using actors::configuration_changes;

namespace {

config::connection_config connection_named(const connection_name& name,
                                           sync_mode mode = sync_mode::upsert) {
  config::connection_config c;
  c.name = name;
  c.mode = mode;
  return c;
}

using connections = std::vector<config::connection_config>;

configuration_changes compare(const connections& before, const connections& next,
                              const std::set<connection_name>& unsupervised = {}) {
  const auto by_name = [](const connections& all) {
    actors::configurations named;
    for (const auto& one : all) named.emplace(one.name, &one);
    return named;
  };
  return changes_between(
      {.before = by_name(before), .next = by_name(next), .unsupervised = unsupervised});
}

}  // namespace

TEST_CASE("an equal configuration changes nothing") {
  CHECK(compare({}, {}) == configuration_changes{});
  CHECK(compare({connection_named("a"), connection_named("b")},
                {connection_named("b"), connection_named("a")}) ==
        configuration_changes{.unchanged = 2});
}

TEST_CASE("each connection counts once: added, removed, changed or as before") {
  const connections before{connection_named("changed"), connection_named("gone"),
                           connection_named("same"), connection_named("went")};
  const connections next{connection_named("changed", sync_mode::mirror), connection_named("new"),
                         connection_named("same")};
  CHECK(compare(before, next) ==
        configuration_changes{
            .added = {"new"}, .removed = {"gone", "went"}, .changed = {"changed"}, .unchanged = 1});
}

TEST_CASE("what nobody takes care of is taken up afresh, changed or not, unless it goes") {
  const connections before{connection_named("a"), connection_named("b"), connection_named("c")};
  const connections next{connection_named("a"), connection_named("b", sync_mode::mirror)};
  CHECK(compare(before, next, {"a", "b", "c"}) ==
        configuration_changes{.added = {"a", "b"}, .removed = {"c"}});
}
