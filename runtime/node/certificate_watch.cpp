#include "runtime/node/certificate_watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "messages/handlers.hpp"
#include "messages/protocol.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::node {
namespace {

using namespace std::chrono_literals;

constexpr auto glance_at_certificate = 1h;
constexpr std::array<std::chrono::hours, 3> warned_before{24h * 30, 24h * 7, 0h};

struct watched {
  timestamp ends;
  std::optional<timestamp> looked_at;
};

caf::behavior watch_certificate(caf::event_based_actor* self, timestamp ends,
                                const log::logger& log) {
  install_handlers(*self, "watch", "certificate");
  const auto state = std::make_shared<watched>(watched{ends, {}});
  self->send(self, next_atom_v);
  return {[self, state, log](next_atom) {
    const auto now = schedule::system_now();
    if (const auto news = certificate_news(state->ends, state->looked_at, now))
      log.warning("{}", *news);
    state->looked_at = now;
    self->delayed_send(self, glance_at_certificate, next_atom_v);
  }};
}

}  // namespace

std::optional<std::string> certificate_news(timestamp ends, std::optional<timestamp> before,
                                            timestamp now) {
  const bool passed_one = std::ranges::any_of(warned_before, [&](std::chrono::hours early) {
    const auto due = ends - early;
    return now >= due && (!before || *before < due);
  });
  if (!passed_one) return std::nullopt;
  constexpr auto remedy = ": make another one with `sluice tls init` and restart the node";
  const auto end = format_timestamp(ends);
  if (now >= ends)
    return "the node's certificate ended at " + end + ", nobody links with it any more" + remedy;
  const auto days = std::chrono::duration_cast<std::chrono::days>(ends - now).count();
  return "the node's certificate ends in " + std::to_string(days) + (days == 1 ? " day" : " days") +
         ", at " + end + remedy;
}

certificate_watch::certificate_watch(caf::actor_system& system, timestamp ends,
                                     const log::logger& log)
    : watch_(system.spawn(watch_certificate, ends, log)) {}

certificate_watch::~certificate_watch() {
  caf::anon_send_exit(watch_, caf::exit_reason::user_shutdown);
}

}  // namespace sluice::node
