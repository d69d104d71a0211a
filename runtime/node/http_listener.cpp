#include "runtime/node/http_listener.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "messages/handlers.hpp"
#include "messages/own_version.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::node {
namespace {

using namespace std::chrono_literals;

/// The node actor only passes messages on, and answers in microseconds. Probes wait a second or
/// more, and for them a 503 is clearer than no answer.
constexpr auto health_timeout = 1s;
/// Longer than the node waits for its supervisors, and shorter than Prometheus waits by default.
constexpr auto scrape_timeout = 6s;
/// A scrape may take megabytes and a while; a limit of two leaves room for health probes.
constexpr int scrapes_at_a_time = 2;

web::answer text(int status, std::string line) {
  web::answer a;
  a.status = status;
  a.body = std::move(line) + "\n";
  return a;
}

class pages {
 public:
  explicit pages(observed_node node) : node_(std::move(node)) {}

  web::answer metrics() {
    struct place {
      std::atomic<int>& taken;
      int before = taken++;
      ~place() { --taken; }
    } const mine{scraping_};
    if (mine.before >= scrapes_at_a_time)
      return text(503,
                  "busy: " + std::to_string(scrapes_at_a_time) + " scrapes are being answered");
    return guarded("answer a scrape", [this] {
      auto asked = ask<std::vector<connection_status>, caf::message_priority::normal>(
          scrape_timeout, command::connections{});
      if (const auto* const why = std::get_if<error>(&asked)) return silent(*why);
      auto facts = node_.facts;
      facts.process = metrics::sample_process();
      const auto now = schedule::system_now();
      auto& statuses = std::get<std::vector<connection_status>>(asked);
      return web::answer{200, metrics::exposition_type,
                         metrics::expose(facts, node_.counts->sample(std::move(statuses), now))};
    });
  }

  web::answer health() {
    return guarded("answer a probe", [this] {
      const auto asked = hello();
      if (const auto* const why = std::get_if<error>(&asked)) return silent(*why);
      if (const auto why = node_.trouble()) return text(503, why.text());
      return text(200, "ok");
    });
  }

  web::answer readiness() {
    return guarded("answer a probe", [this] {
      const auto asked = hello();
      if (const auto* const why = std::get_if<error>(&asked)) return silent(*why);
      if (const auto why = node_.trouble()) return text(503, why.text());
      if (std::get<node_info>(asked).ending) return text(503, "ending: no run is started any more");
      return text(200, "ready");
    });
  }

 private:
  std::variant<node_info, error> hello() {
    return ask<node_info, caf::message_priority::high>(health_timeout, hello_atom_v, own_version());
  }

  /// Asks the node actor and waits. The asking actor lives as long as the question.
  template <class Reply, caf::message_priority Priority, class... Ts>
  std::variant<Reply, error> ask(std::chrono::seconds timeout, const Ts&... question) {
    std::variant<Reply, error> answer;
    caf::scoped_actor self(node_.system);
    self->request<Priority>(node_.actor, timeout, question...)
        .receive([&](Reply& r) { answer = std::move(r); },
                 [&](const caf::error& e) { answer = to_error(e, "ask the node"); });
    return answer;
  }

  web::answer silent(const error& why) {
    node_.log.warning("over HTTP: {}", why.text());
    return text(503, "the node does not answer: " + why.message());
  }

  template <class Work>
  web::answer guarded(const char* operation, const Work& work) {
    try {
      return work();
    } catch (...) {
      const auto why = error_from(std::current_exception(), operation, node_.facts.name);
      node_.log.error("over HTTP: {}", why.text());
      return text(500, "this failed; the node's log tells why");
    }
  }

  observed_node node_;
  std::atomic<int> scraping_{0};
};

}  // namespace

std::unique_ptr<web::listener> serve_http(web::listening_port port, const observed_node& node) {
  const auto all = std::make_shared<pages>(node);
  return std::make_unique<web::listener>(
      std::move(port),
      web::routes{{"/metrics", [all] { return all->metrics(); }},
                  {"/healthz", [all] { return all->health(); }},
                  {"/readyz", [all] { return all->readiness(); }}},
      [log = node.log](const std::string& trouble) { log.warning("{}", trouble); });
}

}  // namespace sluice::node
