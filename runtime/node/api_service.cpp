#include "runtime/node/api_service.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include "actors/api/api.hpp"
#include "actors/api/event_hub.hpp"
#include "runtime/api/gatekeeper.hpp"
#include "runtime/schedule/clock.hpp"
#include "runtime/web/console/console_files.hpp"
#include "runtime/web/stored_file.hpp"

namespace sluice::node {
namespace {

using namespace std::chrono_literals;

/// Longer than the actor gives what is under way.
constexpr auto api_farewell = 5s;

api::moment now() { return {std::chrono::steady_clock::now(), schedule::system_now()}; }

std::optional<web::response> console_page(const web::request& r, std::string_view path) {
  const auto* const file = web::find_console_file(path);
  if (file == nullptr) return std::nullopt;
  return web::respond_with(file, r);
}

net::server_files files_of(const config::api_tls_config& tls) { return {tls.certificate, tls.key}; }

std::shared_ptr<const net::tls_server> tls_of(const config::api_config& api) {
  if (!api.tls) return nullptr;
  return std::make_shared<const net::tls_server>(files_of(*api.tls));
}

/// Where a browser finds the API: as other machines call it, where they are meant to.
std::string address_of(const config::api_config& api) {
  if (api.listen.is_loopback() || api.hosts.empty()) return api.url();
  const auto& host = api.hosts.front();
  const bool has_port = host.find(':') != std::string::npos && !host.ends_with(']');
  return (api.tls ? "https://" : "http://") + host +
         (has_port ? "" : ":" + std::to_string(api.listen.port));
}

}  // namespace

api_opening::api_opening(const config::node_config& config)
    : port(config.api->listen.host, config.api->listen.port, "api.listen"),
      tls(tls_of(*config.api)),
      desk(std::make_unique<api::desk>(*config.api, config.name, now, console_page)) {}

/// The desk, for the threads of both actors.
class api_service::guarded_desk {
 public:
  explicit guarded_desk(std::unique_ptr<api::desk> desk) : desk_(std::move(desk)) {}

  api::understood understand(const web::request& r) {
    const std::lock_guard lock(mutex_);
    return desk_->understand(r);
  }
  std::string issue_code(api::caller who) {
    const std::lock_guard lock(mutex_);
    return desk_->issue_code(std::move(who));
  }
  bool is_welcome(const api::caller& who) {
    const std::lock_guard lock(mutex_);
    return desk_->is_welcome(who);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<api::desk> desk_;
};

api_service::api_service(caf::actor_system& system, const config::node_config& config,
                         api_opening opening, const log::logger& log)
    : system_(system),
      config_(*config.api),
      opening_(std::move(opening)),
      log_(log),
      desk_(std::make_shared<guarded_desk>(std::move(opening_.desk))) {
  const auto is_welcome = [desk = desk_](const api::caller& who) { return desk->is_welcome(who); };
  const auto understand = [desk = desk_](const web::request& r) { return desk->understand(r); };
  const auto admit = [desk = desk_, page = address_of(config_) + "/ui/"](api::caller who) {
    return console_code{page, desk->issue_code(std::move(who)),
                        static_cast<std::uint32_t>(api::gatekeeper::code_life.count())};
  };
  api_ = system.spawn(actors::api, actors::api_args{.log = log,
                                                    .hub = {.log = log, .is_welcome = is_welcome},
                                                    .understand = understand,
                                                    .admit = admit});
}

void api_service::serve(const api_fronts& fronts) {
  caf::anon_send(api_, fronts);
  server_ = std::make_shared<web::server>(
      std::move(opening_.port), opening_.tls,
      web::server_events{
          .asked =
              [api = api_](std::shared_ptr<web::exchange> from) {
                caf::anon_send(api, web_request{std::move(from)});
              },
          .refuse = api::refuse_transport,
          .trouble = [log = log_](const std::string& line) { log.warning("{}", line); }});
  if (config_.tls)
    certificate_.emplace(
        system_, files_of(*config_.tls),
        [server = std::weak_ptr(server_)](std::shared_ptr<const net::tls_server> tls) {
          if (const auto there = server.lock()) there->use(std::move(tls));
        },
        log_);
  log_.info("API{} on {}", config_.console ? " and console" : "", config_.url());
}

void api_service::close() {
  caf::scoped_actor self(system_);
  self->request(api_, api_farewell, shutdown_atom_v)
      .receive(
          [this](std::uint64_t unanswered) {
            if (unanswered > 0)
              log_.warning("{} requests over HTTP were not answered: the node ends", unanswered);
          },
          [this](const caf::error& e) { log_.warning("{}", to_error(e, "end the API").text()); });
}

api_service::~api_service() {
  certificate_.reset();
  server_.reset();
  caf::anon_send_exit(api_, caf::exit_reason::user_shutdown);
}

}  // namespace sluice::node
