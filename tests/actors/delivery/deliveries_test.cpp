// Batches of other nodes, delivered here: what is opened, ended and waited for. Virtual time.
#include "actors/delivery/deliveries.hpp"

#include <doctest/doctest.h>

#include "tests/support/actor_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Counts what happens to the destinations that it makes.
struct counted_destination : destinations::destination {
  struct counts {
    int made = 0;
    int open = 0;
    int stopped = 0;  ///< closed after a stop
    std::vector<std::string> runs;
    error refuses;
  };
  explicit counted_destination(counts& c) : all(c) { ++all.made; }
  ~counted_destination() override {
    if (!opened) return;
    --all.open;
    if (token.stop_requested()) ++all.stopped;
  }
  void open(const destinations::delivery_context& context, std::stop_token stop) override {
    if (all.refuses) throw failure(all.refuses);
    all.runs.push_back(context.run);
    token = std::move(stop);
    opened = true;
    ++all.open;
  }
  [[nodiscard]] identity_rule identity() const override { return {{identity_form::number}}; }
  batch_outcome deliver(const batch& deltas) override {
    if (all.refuses) throw failure(all.refuses);
    batch_outcome out;
    out.fates.assign(deltas.size(), fate::delivered);
    return out;
  }
  void probe(const destinations::delivery_context&, std::stop_token) override {}
  [[nodiscard]] std::vector<std::string> warnings() const override { return {"odd"}; }

  counts& all;
  std::stop_token token;
  bool opened = false;
};

struct delivering : test::actor_fixture {
  delivering() {
    subject = system.spawn(
        actors::deliveries,
        std::make_shared<actors::deliveries_args>(actors::deliveries_args{
            [this](const delivery_order& order) -> destinations::destination_factory {
              if (order.destination == "bad")
                throw failure(errc::invalid_config, "read destination", "x", "it is bad");
              ++factories;
              return [this] { return std::make_unique<counted_destination>(counts); };
            },
            false}));
  }
  ~delivering() {
    caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
    run();
  }

  delivery_order order(const std::string& remote_id, const run_id& run = "r1") const {
    delivery_order o;
    o.remote_id = remote_id;
    o.connection = "customers";
    o.run = run;
    o.destination = "{}";
    return o;
  }
  /// Stands for the writer of another node; opens a delivery and keeps it until it ends.
  struct writer {
    caf::actor me;
    std::shared_ptr<caf::strong_actor_ptr> opened = std::make_shared<caf::strong_actor_ptr>();
    std::shared_ptr<error> failed = std::make_shared<error>();
  };
  writer open(const delivery_order& o) {
    writer w;
    w.me = system.spawn([=, to = subject](caf::event_based_actor* me) -> caf::behavior {
      me->request(to, caf::infinite, open_atom_v, o)
          .then([w](const caf::strong_actor_ptr& agent) { *w.opened = agent; },
                [w](const caf::error& e) { *w.failed = to_error(e, "open"); });
      return {[](close_atom) {}};
    });
    run();
    return w;
  }
  void lose(const writer& w) {
    caf::anon_send_exit(w.me, caf::exit_reason::kill);
    run();
  }

  counted_destination::counts counts;
  int factories = 0;
  deliveries_actor subject;
};

batch some_batch() {
  batch b(1);
  b.append(operation::insert, {1, 2}, {3, 4}, "k", "v");
  return b;
}

}  // namespace

TEST_CASE_FIXTURE(delivering,
                  "a batch is delivered, and the destination closed with its warnings") {
  const auto w = open(order("w1"));
  REQUIRE(*w.opened);
  const auto agent = caf::actor_cast<delivery_actor>(*w.opened);
  CHECK(ask<batch_outcome>(agent, some_batch()).get().fates == std::vector<fate>{fate::delivered});
  CHECK(counts.open == 1);
  CHECK(ask<std::vector<std::string>>(agent, close_atom_v).get() ==
        std::vector<std::string>{"odd"});
  CHECK(counts.open == 0);
  CHECK(counts.stopped == 0);
  lose(w);
}

TEST_CASE_FIXTURE(delivering, "a destination that refuses is answered in its words, and closed") {
  counts.refuses = {errc::destination_failed, "open destination", "customers", "no such table", ""};
  const auto w = open(order("w1"));
  CHECK(*w.failed == counts.refuses);
  lose(w);
  counts.refuses = {};
  auto bad = order("w2");
  bad.destination = "bad";
  const auto other = open(bad);
  CHECK(other.failed->code == errc::invalid_config);
  lose(other);
  // One batch that fails does not end the delivery.
  const auto good = open(order("w3"));
  const auto agent = caf::actor_cast<delivery_actor>(*good.opened);
  counts.refuses = {errc::destination_failed, "deliver", "customers", "away", ""};
  CHECK(ask<batch_outcome>(agent, some_batch()).failed == counts.refuses);
  counts.refuses = {};
  CHECK(ask<batch_outcome>(agent, some_batch()).arrived);
  lose(good);
}

TEST_CASE_FIXTURE(delivering, "a delivery ends with whoever asked for it") {
  const auto w = open(order("w1"));
  CHECK(counts.open == 1);
  lose(w);
  CHECK(counts.open == 0);
}

TEST_CASE_FIXTURE(delivering, "the writers of one run deliver side by side and share one factory") {
  const auto first = open(order("w1"));
  const auto second = open(order("w2"));
  CHECK(counts.open == 2);
  CHECK(factories == 1);
  lose(first);
  lose(second);
}

TEST_CASE_FIXTURE(delivering, "a delivery that is opened again waits for the end of the old one") {
  const auto lost = open(order("w1"));
  REQUIRE(*lost.opened);
  // The link broke, which this node has not noticed yet.
  const auto again = open(order("w1"));
  CHECK(*again.opened);
  CHECK(counts.made == 2);
  CHECK(counts.open == 1);
  CHECK(counts.stopped == 1);
  lose(lost);
  CHECK(counts.open == 1);
  lose(again);
}

TEST_CASE_FIXTURE(delivering, "what an earlier run left is ended before a later one delivers") {
  const auto earlier = open(order("w1", "r1"));
  const auto later = open(order("w2", "r2"));
  REQUIRE(*later.opened);
  CHECK(counts.runs == std::vector<std::string>{"r1", "r2"});
  CHECK(counts.open == 1);
  CHECK(counts.stopped == 1);
  lose(earlier);
  lose(later);
}

TEST_CASE_FIXTURE(delivering, "an abandoned delivery is stopped, the others are not") {
  const auto first = open(order("w1"));
  const auto second = open(order("w2"));
  caf::anon_send(subject, abandon_atom_v, std::string{"w1"});
  run();
  caf::anon_send_exit(*first.opened, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(*second.opened, caf::exit_reason::user_shutdown);
  run();
  CHECK(counts.open == 0);
  CHECK(counts.stopped == 1);
  lose(first);
  lose(second);
}

TEST_CASE_FIXTURE(delivering, "the node's end ends what it delivers") {
  const auto w = open(order("w1"));
  caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
  run();
  CHECK(counts.open == 0);
  CHECK(counts.stopped == 1);
  lose(w);
}
