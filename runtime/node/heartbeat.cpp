#include "runtime/node/heartbeat.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "messages/handlers.hpp"
#include "messages/own_version.hpp"

namespace sluice::node {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// How often the node actor is asked during a drain, and how long each answer counts.
constexpr milliseconds drain_period = 10s;
constexpr milliseconds patience = 3 * drain_period;
/// Asking too often costs next to nothing.
constexpr milliseconds longest_period = 60s;

/// The state of the actor: sends one question at each tick.
class beat {
 public:
  beat(caf::event_based_actor* self, node_actor node, const service_manager& manager,
       log::logger log)
      : self_(self), node_(std::move(node)), manager_(manager), log_(std::move(log)) {
    if (const auto limit = manager_.watchdog())
      begin(std::clamp(std::chrono::duration_cast<milliseconds>(*limit / 2), 1ms, longest_period));
  }

  void drain(milliseconds longest) {
    drained_by_ = self_->clock().now() + longest;
    begin(std::min(period_, drain_period));
  }

  void tick(std::uint64_t rhythm) {
    if (rhythm != rhythm_) return;
    self_->delayed_send(self_, period_, tick_atom_v, rhythm_);
    // An answer that takes half a period still comes before the watchdog's time is over.
    const auto limit = std::max<milliseconds>(period_ / 2, 1ms);
    // At high priority: a node with many requests is alive.
    self_->request<caf::message_priority::high>(node_, limit, hello_atom_v, own_version())
        .then([this](const node_info&) { answered(); },
              [this, limit](const caf::error&) {
                log_.warning(
                    "the node actor does not answer within {} ms: no sign of life for the service "
                    "manager",
                    limit.count());
              });
  }

 private:
  void begin(milliseconds period) {
    period_ = period;
    self_->send(self_, tick_atom_v, ++rhythm_);
  }

  void answered() {
    if (manager_.watchdog()) manager_.alive();
    if (drained_by_ && self_->clock().now() < *drained_by_) manager_.extend_timeout(patience);
  }

  caf::event_based_actor* self_;
  node_actor node_;
  const service_manager& manager_;
  log::logger log_;
  milliseconds period_ = longest_period;
  /// Counts the changes of the period: ticks of an earlier one are void.
  std::uint64_t rhythm_ = 0;
  std::optional<caf::actor_clock::time_point> drained_by_;
};

caf::behavior heartbeat_actor(caf::event_based_actor* self, const node_actor& node,
                              const service_manager* manager, const log::logger& log) {
  install_handlers(*self, "watch", "node");
  self->monitor(node);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  const auto b = std::make_shared<beat>(self, node, *manager, log);
  return {
      [b](tick_atom, std::uint64_t rhythm) { b->tick(rhythm); },
      [b](shutdown_atom, caf::timespan longest) {
        b->drain(std::chrono::duration_cast<milliseconds>(longest));
      },
  };
}

}  // namespace

heartbeat::heartbeat(caf::actor_system& system, const node_actor& node,
                     const service_manager& manager, const log::logger& log) {
  if (manager.present()) beat_ = system.spawn(heartbeat_actor, node, &manager, log);
}

heartbeat::~heartbeat() {
  if (beat_) caf::anon_send_exit(beat_, caf::exit_reason::user_shutdown);
}

void heartbeat::draining(milliseconds longest) const {
  if (beat_) caf::anon_send(beat_, shutdown_atom_v, caf::timespan{longest + drain_grace});
}

}  // namespace sluice::node
