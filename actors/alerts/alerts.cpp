#include "actors/alerts/alerts.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/alerts/alert_poster.hpp"
#include "messages/handlers.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::actors {
namespace {

void dismiss(alert_poster_actor& poster) {
  if (poster) caf::anon_send_exit(poster, caf::exit_reason::user_shutdown);
  poster = nullptr;
}

/// Connections with the same address share its queue. A reference to a relative file differs from
/// folder to folder.
std::string key_of(const config::notify_config& endpoint) {
  return endpoint.directory.string() + '\n' + endpoint.url + '\n' + endpoint.key;
}

}  // namespace

alerts_args make_alerts_args(node_name node, log::logger log, std::function<std::string()> new_id) {
  alerts_args args{
      std::move(node), std::move(log), schedule::system_now, std::move(new_id), {}, {}};
  args.random = schedule::random_numbers();
  args.spawn_poster = [](caf::actor_system& system, const std::stop_token& stop) {
    return system.spawn<caf::detached>(alert_poster, schedule::clock(schedule::system_now), stop);
  };
  return args;
}

alerts_state::~alerts_state() {
  stop.request_stop();
  for (auto& [key, to] : lanes) dismiss(to.poster);
}

void alerts_state::raise(const run_ended& ended, const alert_endpoints& whom) {
  if (!whom.all) return;
  std::shared_ptr<const run_record> run;
  for (const auto& endpoint : *whom.all) {
    const auto incident = key_of(endpoint) + '\n' + ended.run.connection;
    auto events = alerts::events_of(ended, endpoint, open_incidents.contains(incident));
    if (events.empty()) continue;
    if (endpoint.is_pager()) {
      if (alerts::is_wrong(events))
        open_incidents.insert(incident);
      else
        open_incidents.erase(incident);
    }
    if (!run) run = std::make_shared<const run_record>(ended.run);
    add({args->new_id(),
         args->node,
         std::move(events),
         run,
         {whom.all, &endpoint},
         ended.late_after});
  }
}

void alerts_state::add(alerts::alert what) {
  const auto key = key_of(*what.to);
  auto found = lanes.find(key);
  if (found == lanes.end()) {
    const auto shown = config::shown_url(what.to->url, config::masked_settings::all);
    found = lanes.emplace(key, lane{{shown, args->worth, args->log}, {}, false}).first;
  }
  found->second.queue.add(std::make_shared<const alerts::alert>(std::move(what)),
                          self->clock().now());
  std::size_t waiting = 0;
  for (const auto& [other, to] : lanes) waiting += to.queue.size();
  if (waiting > args->worth.most_waiting_in_all)
    std::ranges::max_element(lanes, {}, [](const auto& x) {
      return x.second.queue.size();
    })->second.queue.drop_oldest();
  advance(key);
}

void alerts_state::advance(const std::string& key) {
  const auto found = lanes.find(key);
  if (found == lanes.end()) return;
  auto& [queue, poster, ticking] = found->second;
  const auto now = self->clock().now();
  if (auto what = queue.next(now)) {
    if (!poster) poster = args->spawn_poster(self->home_system(), stop.get_token());
    self->request(poster, caf::infinite, alert_attempt{std::move(what), queue.dropped()})
        .then([this, key](const alert_reply& reply) { settle(key, reply); },
              [this, key](const caf::error& e) {
                settle(key, {alert_reply::outcome::failed, to_error(e, "send alert").message()});
              });
    return;
  }
  if (queue.under_way()) return;
  dismiss(poster);
  if (queue.idle()) {
    lanes.erase(found);
  } else if (const auto due = queue.due(); due && !ticking) {
    ticking = true;
    self->delayed_send(self, *due - now, next_atom_v, key);
  }
}

void alerts_state::settle(const std::string& key, const alert_reply& reply) {
  const auto found = lanes.find(key);
  if (found == lanes.end()) return;
  auto& [queue, poster, ticking] = found->second;
  queue.settle(reply, self->clock().now(), args->random());
  // The next attempt must not use a connection on which one has failed.
  if (reply.what == alert_reply::outcome::failed) dismiss(poster);
  advance(key);
  leave_if_done();
}

caf::result<std::uint64_t> alerts_state::shut_down() {
  if (leaving)
    return to_caf({errc::shutting_down, "send alerts", args->node, "the node is ending", {}});
  leaving = self->make_response_promise<std::uint64_t>();
  const auto answer = *leaving;
  self->delayed_send(self, args->worth.farewell, abandon_atom_v);
  std::vector<std::string> keys;  // advancing may forget a lane
  for (auto& [key, to] : lanes) {
    to.queue.hurry();
    keys.push_back(key);
  }
  for (const auto& key : keys) advance(key);
  leave_if_done();
  return answer;
}

void alerts_state::leave_if_done() {
  const auto busy = [](const auto& x) { return x.second.queue.under_way(); };
  if (leaving && std::ranges::none_of(lanes, busy)) leave();
}

void alerts_state::leave() {
  std::uint64_t unsent = 0;
  std::size_t concerned = 0;
  for (const auto& [key, to] : lanes) {
    unsent += to.queue.size();
    if (to.queue.size() > 0) ++concerned;
  }
  if (unsent > 0)
    args->log.warning("{} alerts to {} endpoints were not sent, and are forgotten: the node ends",
                      unsent, concerned);
  leaving->deliver(unsent);
  leaving.reset();
  self->quit();
}

alerts_actor::behavior_type alerts(alerts_actor::stateful_pointer<alerts_state> self,
                                   alerts_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "send alerts", "");
  return {
      [self](ended_atom, const run_ended& ended, const alert_endpoints& whom) {
        self->state.raise(ended, whom);
      },
      [self](shutdown_atom) { return self->state.shut_down(); },
      [self](next_atom, const std::string& key) {
        const auto found = self->state.lanes.find(key);
        if (found != self->state.lanes.end()) found->second.ticking = false;
        self->state.advance(key);
      },
      [self](abandon_atom) {
        if (self->state.leaving) self->state.leave();
      },
  };
}

}  // namespace sluice::actors
