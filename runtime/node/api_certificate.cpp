#include "runtime/node/api_certificate.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <utility>

#include "messages/handlers.hpp"
#include "messages/protocol.hpp"

namespace sluice::node {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto between_looks = 1min;

/// When both were written last; a file that is not there is of no time.
std::array<fs::file_time_type, 2> times_of(const net::server_files& files) {
  const auto written = [](const fs::path& file) {
    std::error_code missing;
    return fs::last_write_time(file, missing);
  };
  return {written(files.certificate), written(files.key)};
}

struct watched_files {
  net::server_files files;
  std::array<fs::file_time_type, 2> seen;
};

caf::behavior watch_files(caf::event_based_actor* self, const net::server_files& files,
                          const api_certificate::renewed& tell, const log::logger& log) {
  install_handlers(*self, "watch", "certificate of the API");
  const auto watched = std::make_shared<watched_files>(watched_files{files, times_of(files)});
  self->delayed_send(self, between_looks, next_atom_v);
  return {[self, watched, tell, log](next_atom) {
    self->delayed_send(self, between_looks, next_atom_v);
    const auto now = times_of(watched->files);
    if (std::exchange(watched->seen, now) == now) return;
    try {
      tell(std::make_shared<const net::tls_server>(watched->files));
      log.info("the API shows the certificate {} as it is now",
               watched->files.certificate.string());
    } catch (const failure& f) {
      log.warning("the API goes on with the certificate that it had: {}", f.info().text());
    }
  }};
}

}  // namespace

api_certificate::api_certificate(caf::actor_system& system, const net::server_files& files,
                                 renewed tell, const log::logger& log)
    : watch_(system.spawn(watch_files, files, std::move(tell), log)) {}

api_certificate::~api_certificate() {
  caf::anon_send_exit(watch_, caf::exit_reason::user_shutdown);
}

}  // namespace sluice::node
