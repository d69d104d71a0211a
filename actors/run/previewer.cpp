#include "actors/run/previewer.hpp"

#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "actors/common/spawn_blocking.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {

caf::result<preview_result> previewer_state::run() {
  answer = self->make_response_promise<preview_result>();
  self->request(args.catalog, catalog_timeout, refused_atom_v, args.services->config.name)
      .then(
          [this](std::vector<refused_delta>& refused) {
            listed.refused = std::move(refused);
            list_keys();
          },
          [this](const caf::error& e) { fail(to_error(e, "list refused rows")); });
  return answer;
}

void previewer_state::list_keys() {
  self->request(args.catalog, catalog_timeout, keys_atom_v, args.services->config.name)
      .then(
          [this](std::vector<std::string>& keys) {
            listed.keys = std::move(keys);
            preview_now();
          },
          [this](const caf::error& e) { fail(to_error(e, "list rejected keys")); });
}

void previewer_state::preview_now() {
  try {
    answer.deliver(preview(*args.services,
                           {args.what, args.how, std::move(listed.refused), std::move(listed.keys)},
                           args.stop));
    args.services->log.info("preview done");
    self->quit();
  } catch (...) {
    fail(error_from(std::current_exception(), "read model", args.services->config.name));
  }
}

void previewer_state::fail(const error& why) {
  args.services->log.info("preview ended: {}", why.text());
  answer.deliver(to_caf(why));
  self->quit();
}

previewer_actor::behavior_type previewer(previewer_actor::stateful_pointer<previewer_state> self,
                                         previewer_args args) {
  self->state.self = self;
  self->state.args = std::move(args);
  install_handlers(*self, "preview", self->state.args.services->config.name);
  return {[self](preview_atom) { return self->state.run(); }};
}

caf::result<preview_result> running_preview::begin(
    supervisor_actor::pointer self, const std::shared_ptr<const run_services>& services,
    const catalog_actor& catalog, foreseen_run what, const preview_options& how, watched client) {
  const auto& connection = services->config.name;
  if (closed_) return to_caf(closed_);
  if (under_way_)
    return to_caf({errc::already_running, "preview", connection,
                   "another preview of the connection is under way", "try again when it is done"});
  auto permit = take(services->previews);
  if (!permit)
    return to_caf({errc::already_running, "preview", connection,
                   "the node makes as many previews as it can", "try again when one is done"});
  forget();
  under_way_ = true;
  client_ = std::move(client);
  answer_ = self->make_response_promise<preview_result>();
  previewer_args args{services, std::move(what),   how,
                      catalog,  stop_.get_token(), std::move(permit)};
  services->log.info("preview began");
  const auto one = spawn_blocking(*self, services->own_threads, previewer, std::move(args));
  // Monitored before the request, so that the reason of its end arrives before the error of the
  // request.
  previewer_ = one->address();
  self->monitor(previewer_);
  // The supervisor passes the answer on, since CAF registers an actor that answers a remote client,
  // and does not always unregister it.
  const auto settle = [this, number = number_](auto& outcome) {
    if (number != number_ || !under_way_) return;
    under_way_ = false;
    client_ = nullptr;
    answer_.deliver(std::move(outcome));
  };
  self->request(one, caf::infinite, preview_atom_v)
      .then([settle](preview_result& result) { settle(result); },
            [settle](caf::error& e) { settle(e); });
  return answer_;
}

void running_preview::down(const caf::down_msg& dm) {
  if (!under_way_) return;
  if (client_ && dm.source == *client_) return forget();
  if (dm.source != previewer_) return;
  under_way_ = false;
  client_ = nullptr;
  answer_.deliver(to_caf(to_error(dm.reason, "preview")));
}

void running_preview::close(const error& why) {
  closed_ = why;
  if (!under_way_) return;
  answer_.deliver(to_caf(why));
  forget();
}

void running_preview::forget() {
  stop_.request_stop();
  stop_ = {};
  ++number_;
  under_way_ = false;
  client_ = nullptr;
}

}  // namespace sluice::actors
