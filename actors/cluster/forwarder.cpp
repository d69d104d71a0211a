#include "actors/cluster/forwarder.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

using std::chrono::milliseconds;

/// A node answers in milliseconds. Less than a shim waits, so that it is told what is wrong.
constexpr milliseconds patience{5'000};

/// The question that is under way.
class question : public std::enable_shared_from_this<question> {
 public:
  question(node_actor::pointer self, node_actor there, std::string node)
      : self_(self), there_(std::move(there)), node_(std::move(node)) {}

  template <class Reply, class... Ts>
  caf::result<Reply> ask(const std::string& operation, caf::duration limit, const Ts&... message) {
    const auto asker = self_->current_sender();  // the promise takes it
    auto promise = self_->make_response_promise<Reply>();
    fail_ = [promise](caf::error e) mutable { promise.deliver(std::move(e)); };
    self_->set_down_handler([me = shared_from_this(),
                             asker = caf::actor_cast<caf::actor_addr>(asker),
                             operation](const caf::down_msg& dm) {
      me->end(dm.source == asker ? caf::error{} : to_caf(me->lost(operation)));
    });
    self_->monitor(there_);
    if (asker) self_->monitor(asker);
    self_->request(there_, limit, message...)
        .then(
            [me = shared_from_this(), promise](Reply& reply) mutable {
              promise.deliver(std::move(reply));
              me->end({});
            },
            [me = shared_from_this(), operation](caf::error& e) {
              me->end(e == caf::sec::request_timeout ? to_caf(me->silent(operation))
                                                     : std::move(e));
            });
    return promise;
  }

 private:
  /// Answers with an error, if there is one. Forgets the promise: it keeps the actor.
  void end(caf::error why) {
    if (const auto fail = std::exchange(fail_, nullptr); fail && why) fail(std::move(why));
    self_->quit();
  }
  [[nodiscard]] error lost(const std::string& operation) const {
    return {errc::unreachable, operation, "node " + node_,
            "the connection with it was lost before it answered",
            "whether it did what was asked is not known; `sluice nodes` shows the links"};
  }
  [[nodiscard]] error silent(const std::string& operation) const {
    return {
        errc::timed_out, operation, "node " + node_,
        "it is linked and did not answer within " + std::to_string(patience.count() / 1000) + " s",
        "is it frozen or overloaded? Whether it did what was asked is not known"};
  }

  node_actor::pointer self_;
  node_actor there_;
  std::string node_;
  std::function<void(caf::error)> fail_;
};

}  // namespace

node_actor::behavior_type forwarder(node_actor::pointer self, const node_actor& there,
                                    const std::string& node) {
  install_handlers(*self, "ask node", node);
  const auto q = std::make_shared<question>(self, there, node);
  const caf::duration soon{patience};
  return {
      [=](hello_atom a, const std::string& version) {
        return q->ask<node_info>("talk to node", soon, a, version);
      },
      [=](list_atom a) {
        return q->ask<std::vector<connection_status>>("list connections", soon, a);
      },
      [=](start_atom a, const std::string& connection, const start_options& options) {
        return q->ask<run_record>("start sync", soon, a, connection, options);
      },
      [=](stop_atom a, const std::string& connection, const stop_options& options) {
        return q->ask<run_record>("stop sync", soon, a, connection, options);
      },
      [=](await_atom a, const std::string& connection, const std::string& run, std::uint32_t ms) {
        return q->ask<run_record>("follow run", caf::duration{patience + milliseconds{ms}}, a,
                                  connection, run, ms);
      },
      [=](status_atom a, const std::string& connection) {
        return q->ask<connection_status>("read status", soon, a, connection);
      },
      [=](runs_atom a, const std::string& connection, std::uint32_t limit,
          const std::string& before) {
        return q->ask<std::vector<run_record>>("list runs", soon, a, connection, limit, before);
      },
      [=](rejected_atom a, const std::string& connection, std::uint32_t limit) {
        return q->ask<std::vector<rejected_row>>("list rejected rows", soon, a, connection, limit);
      },
      [=](enable_atom a, const std::string& connection, bool on) {
        return q->ask<connection_status>(on ? "enable connection" : "disable connection", soon, a,
                                         connection, on);
      },
      [=](reset_atom a, const std::string& connection) {
        return q->ask<connection_status>("reset connection", soon, a, connection);
      },
      [=](preview_atom a, const std::string& connection, const preview_options& options) {
        // Reading may take minutes: the link's end or the asker's ends it.
        return q->ask<preview_result>("preview sync", caf::infinite, a, connection, options);
      },
      [=](reload_atom a) { return q->ask<reload_report>("reload", soon, a); },
      [=](shutdown_atom a, bool abandon) {
        return q->ask<std::uint32_t>("shut node down", soon, a, abandon);
      },
  };
}

}  // namespace sluice::actors
