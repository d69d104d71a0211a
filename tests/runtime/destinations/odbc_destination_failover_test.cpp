// The server goes away in the midst of a commit, and another one, or the same, is there for the
// next delivery. It may have taken the rows or not: nobody can tell from here.
#include <doctest/doctest.h>

#include <string>

#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/people_table.hpp"
#include "tests/support/slow_road.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;
using cut = slow_road::cut;

namespace {

/// A way into the table by a road that may be cut.
struct road_to_people {
  explicit road_to_people(product kind) : people(kind) {}

  [[nodiscard]] std::uint16_t server_port() const {
    const odbc::connection_string text(people.database().connection_string());
    return static_cast<std::uint16_t>(std::stoi(text.get("Port").value()));
  }
  std::unique_ptr<destination> open() {
    auto config = people.config();
    config.odbc = config::secret_string(
        with_attribute(people.database().connection_string(), "Port", std::to_string(road.port())));
    auto out = make_odbc_destination(config);
    out->open(person_context(), {});
    return out;
  }

  people_table people;
  slow_road road{server_port(), std::chrono::milliseconds(0)};
};

const person ada{1, "Ada", "1.00", std::nullopt};
const person bob{2, "Bob", "2.00", std::nullopt};
const person cid{3, "Cid", "3.00", std::nullopt};

}  // namespace

TEST_CASE("a failover during the commit leaves its rows unknown, whether they arrived or not") {
  for (const auto kind : {product::postgresql, product::mariadb})
    for (const auto what : {cut::request, cut::answer}) {
      CAPTURE(to_string(kind));
      CAPTURE(static_cast<int>(what));
      road_to_people way(kind);
      auto out = way.open();
      REQUIRE(out->deliver(person_batch().insert(ada).insert(bob)).fates ==
              std::vector(2, fate::delivered));
      way.road.cut_at({"Ada changed", "COMMIT"}, what);
      const auto changed = person{1, "Ada changed", "1.00", std::nullopt};
      const auto outcome = out->deliver(person_batch(2).update(changed).insert(cid).erase(bob.id));
      REQUIRE(way.road.has_cut());
      CHECK(outcome.fates == std::vector(3, fate::unknown));
      // The next delivery finds a server by itself, and makes either outcome the right one.
      CHECK(out->deliver(person_batch(3).update(changed).insert(cid).erase(bob.id)).fates ==
            std::vector(3, fate::delivered));
      CHECK(way.people.state() == std::map<int, person>{{1, changed}, {3, cid}});
    }
}

TEST_CASE("a failover before the commit is tried again, and no row is lost or there twice") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    road_to_people way(kind);
    auto out = way.open();
    out->deliver(person_batch().insert(ada));
    way.road.cut_at({"Bob"}, cut::answer);
    CHECK(out->deliver(person_batch(2).insert(bob).erase(ada.id)).fates ==
          std::vector(2, fate::delivered));
    REQUIRE(way.road.has_cut());
    CHECK(way.people.state() == std::map<int, person>{{2, bob}});
  }
}
