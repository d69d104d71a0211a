#include "actors/cluster/observer_front.hpp"

#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

caf::error refusal(const std::string& operation, const std::string& object) {
  return to_caf({errc::forbidden, operation, object, "an observer may ask and change nothing",
                 "use an operator's certificate"});
}

}  // namespace

front_actor::behavior_type observer_front(front_actor::pointer self, const front_actor& front) {
  install_handlers(*self, "answer an observer", {});
  return {
      [=](hello_atom a, const std::string& version) { return self->delegate(front, a, version); },
      [=](list_atom a) { return self->delegate(front, a); },
      [](start_atom, const std::string& connection, const start_options&)
          -> caf::result<run_record> { return refusal("start sync", connection); },
      [](stop_atom, const std::string& connection, const stop_options&) -> caf::result<run_record> {
        return refusal("stop sync", connection);
      },
      [=](await_atom a, const std::string& connection, const std::string& run,
          std::uint32_t milliseconds) {
        return self->delegate(front, a, connection, run, milliseconds);
      },
      [=](status_atom a, const std::string& connection) {
        return self->delegate(front, a, connection);
      },
      [=](runs_atom a, const std::string& connection, std::uint32_t limit,
          const std::string& before) {
        return self->delegate(front, a, connection, limit, before);
      },
      [=](rejected_atom a, const std::string& connection, std::uint32_t limit) {
        return self->delegate(front, a, connection, limit);
      },
      [](enable_atom, const std::string& connection, bool on) -> caf::result<connection_status> {
        return refusal(on ? "enable connection" : "disable connection", connection);
      },
      [](reset_atom, const std::string& connection) -> caf::result<connection_status> {
        return refusal("reset connection", connection);
      },
      [=](preview_atom a, const std::string& connection, const preview_options& options) {
        return self->delegate(front, a, connection, options);
      },
      [](reload_atom) -> caf::result<reload_report> { return refusal("reload", {}); },
      [](shutdown_atom, bool) -> caf::result<std::uint32_t> {
        return refusal("shut node down", {});
      },
      [=](nodes_atom a) { return self->delegate(front, a); },
  };
}

}  // namespace sluice::actors
