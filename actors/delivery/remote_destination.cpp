#include "actors/delivery/remote_destination.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "messages/courier.hpp"
#include "messages/expect.hpp"
#include "runtime/config/duration.hpp"
#include "runtime/os/pause.hpp"

namespace sluice::actors {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// For an answer of an actor that never blocks.
constexpr milliseconds soon = 5s;
/// How often to see whether the node is back.
constexpr milliseconds between_attempts = 200ms;
/// How long a node may take to answer with the fates of a batch that it was asked to abandon.
constexpr milliseconds last_word = 1s;

bool is_loss(const error& e) { return e.code == errc::unreachable || e.code == errc::timed_out; }

class remote_destination : public destinations::destination {
 public:
  remote_destination(const config::connection_config& config,
                     std::shared_ptr<const cluster_access> access, std::string remote_id,
                     const log::logger& log)
      : on_(config.delivery.on),
        give_up_after_(config.delivery.give_up_after),
        access_(std::move(access)),
        log_(log) {
    order_.remote_id = std::move(remote_id);
    order_.destination = config.destination_text;
    order_.file = config.file.string();
  }

  void open(const destinations::delivery_context& context, std::stop_token stop) override {
    order_.connection = context.connection;
    order_.run = context.run;
    order_.mode = context.mode;
    order_.schema = context.schema;
    order_.set_fields.assign(context.on_delete.fields.begin(), context.on_delete.fields.end());
    order_.set_packed = context.on_delete.packed;
    order_.tells_answers = context.tells_answers;
    waits_ = context.waits;
    stop_ = std::move(stop);
    reach(clock::now() + give_up_after_);
  }

  [[nodiscard]] identity_rule identity() const override {
    const auto got =
        courier_->ask<std::string>(delivery_, soon, "open destination", keys_atom_v).take();
    if (const auto* e = std::get_if<error>(&got)) throw failure(*e);
    if (auto rule = identity_rule::parse(std::get<std::string>(got))) return *std::move(rule);
    throw failure(defect("deliver on node", on_,
                         "it tells rows apart in a way that this node does not know"));
  }

  batch_outcome deliver(const batch& deltas) override {
    return deliver_until_answered(deltas, [&] {
      return courier_->ask<batch_outcome>(delivery_, std::nullopt, "deliver", deltas);
    });
  }
  batch_outcome deliver_again(const batch& deltas) override {
    return deliver_until_answered(deltas, [&] {
      return courier_->ask<batch_outcome>(delivery_, std::nullopt, "deliver", again_atom_v, deltas);
    });
  }

  void probe(const destinations::delivery_context& context, std::stop_token stop) override {
    open(context, std::move(stop));
    hang_up();
  }

  [[nodiscard]] std::vector<std::string> warnings() const override {
    if (!delivery_) return {};
    const auto got =
        courier_->ask<std::vector<std::string>>(delivery_, soon, "close destination", close_atom_v)
            .take();
    if (const auto* said = std::get_if<std::vector<std::string>>(&got)) return *said;
    return {"node " + on_ + " did not say what the destination did about values it cannot hold: " +
            std::get<error>(got).cause};
  }

 private:
  /// Delivers `deltas` by `question`, again after each loss of the node, until the node answers.
  template <class Question>
  batch_outcome deliver_until_answered(const batch& deltas, const Question& question) {
    if (stop_.stop_requested()) return all(deltas, fate::undelivered, {});
    std::optional<clock::time_point> deadline;  // of the node, once it was lost
    bool in_doubt = false;                      // an attempt may have been applied
    for (;;) {
      try {
        if (!delivery_) reach(deadline ? *deadline : clock::now() + give_up_after_);
      } catch (const failure& e) {
        if (!in_doubt) throw;
        return all(deltas, fate::unknown, e.info());
      }
      auto got = ask(question);
      if (!got) {
        hang_up();
        return all(deltas, fate::unknown, {});
      }
      if (auto* outcome = std::get_if<batch_outcome>(&*got)) {
        if (outcome->fates.size() != deltas.size())
          return all(
              deltas, fate::unknown,
              defect("deliver", order_.connection,
                     "node " + on_ + " answered for " + std::to_string(outcome->fates.size()) +
                         " of " + std::to_string(deltas.size()) + " rows"));
        if (in_doubt) admit_doubt(*outcome);
        return std::move(*outcome);
      }
      const auto& why = std::get<error>(*got);
      if (!is_loss(why)) {
        if (!in_doubt) throw failure(why);
        return all(deltas, fate::unknown, why);
      }
      hang_up();
      in_doubt = true;
      if (!deadline) deadline = clock::now() + give_up_after_;
      log_.warning(
          "node {} was lost while it delivered {} rows: they are delivered again when it "
          "is back",
          on_, deltas.size());
    }
  }

  /// Has the destination opened on the node; waits for the node until `deadline`. Throws `failure`.
  void reach(clock::time_point deadline) {
    for (bool told = false;;) {
      const auto why = try_to_reach();
      if (!why) {
        if (told) waits_({});
        return;
      }
      heed_stop();
      if (!std::exchange(told, true)) {
        log_.warning("waits for node {}, which is to deliver: {}", on_, why->cause);
        waits_("node " + on_ + ", which is to deliver: " + why->cause);
      }
      if (clock::now() >= deadline)
        throw failure(
            errc::destination_failed, "deliver on node", on_,
            why->cause + " (given up after " + config::to_text(give_up_after_) + ")",
            "`sluice nodes` shows the links; delivery.give_up_after says how long to wait");
      os::sleep_unless_stopped(between_attempts, stop_);
    }
  }

  /// Opens the destination on the node. Returns nothing if it is open, or why the node cannot be
  /// reached. Throws `failure` for errors that waiting does not mend.
  std::optional<error> try_to_reach() {
    const auto here = access_->get();
    if (!here) return error{errc::unreachable, "deliver on node", on_, "this node is starting", {}};
    courier local(*here->system, caf::actor_cast<caf::strong_actor_ptr>(here->cluster),
                  {errc::shutting_down, "deliver on node", on_, "this node is ending", {}});
    auto found =
        local.ask<delivery_place>(here->cluster, soon, "find node", deliver_atom_v, on_).take();
    if (const auto* e = std::get_if<error>(&found)) return *e;
    const auto& place = std::get<delivery_place>(found);
    if (!place.deliveries) return place.unavailable;

    deliveries_ = caf::actor_cast<deliveries_actor>(place.deliveries);
    const error lost{
        errc::unreachable, "deliver on node", on_, "the connection with it was lost", {}};
    courier_.emplace(*here->system, place.deliveries, lost);
    // Without a limit: the destination has its own time-outs, and the loss of the node is noticed.
    auto opened = courier_
                      ->ask<caf::strong_actor_ptr>(deliveries_, std::nullopt, "open destination",
                                                   open_atom_v, order_)
                      .take(stop_);
    if (!opened) {
      abandon();
      heed_stop();
    }
    if (const auto* e = std::get_if<error>(&*opened)) {
      if (is_loss(*e)) return *e;
      throw failure(*e);
    }
    const auto& agent = std::get<caf::strong_actor_ptr>(*opened);
    if (!agent) return lost;
    courier_->watch(agent);  // it may end before its node does
    delivery_ = caf::actor_cast<delivery_actor>(agent);
    return std::nullopt;
  }

  void heed_stop() const {
    if (stop_.stop_requested())
      throw failure(errc::cancelled, "deliver on node", on_, "the delivery was abandoned");
  }

  /// Returns nothing if the delivery was abandoned and the node did not answer with the fates.
  template <class Question>
  std::optional<std::variant<batch_outcome, error>> ask(const Question& question) {
    const auto answer = question();
    if (auto got = answer.take(stop_)) return got;
    abandon();
    return answer.take_within(last_word);
  }

  void abandon() const {
    if (deliveries_) caf::anon_send(deliveries_, abandon_atom_v, order_.remote_id);
  }

  void hang_up() {
    delivery_ = nullptr;
    deliveries_ = nullptr;
    courier_.reset();
  }

  static batch_outcome all(const batch& deltas, fate what, error why) {
    batch_outcome outcome;
    outcome.fates.assign(deltas.size(), what);
    outcome.failed = std::move(why);
    return outcome;
  }

  /// An earlier attempt may have been applied, whatever the last attempt reports.
  static void admit_doubt(batch_outcome& outcome) {
    for (auto& f : outcome.fates)
      if (f != fate::delivered) f = fate::unknown;
  }

  node_name on_;
  milliseconds give_up_after_;
  std::shared_ptr<const cluster_access> access_;
  log::logger log_;
  delivery_order order_;
  std::stop_token stop_;
  std::function<void(const std::string&)> waits_;
  deliveries_actor deliveries_;
  delivery_actor delivery_;
  /// The other node monitors it: when it goes, the delivery there ends.
  mutable std::optional<courier> courier_;
};

}  // namespace

destinations::destination_factory deliver_on(const config::connection_config& config,
                                             std::shared_ptr<const cluster_access> access,
                                             std::function<std::string()> new_id,
                                             const log::logger& log) {
  return [config, access = std::move(access), new_id = std::move(new_id), log] {
    return std::make_unique<remote_destination>(config, access, new_id(), log);
  };
}

}  // namespace sluice::actors
