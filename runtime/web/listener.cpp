#include "runtime/web/listener.hpp"

#include <utility>

namespace sluice::web {
namespace {

server_limits limits_of_server(const listener_limits& l) {
  using namespace std::chrono_literals;
  server_limits out;
  out.connections = l.connections;
  out.unsent = l.unsent;
  out.each.head = l.request;
  out.each.asking = l.asking;
  out.each.taking = l.taking;
  out.each.idle = 0ms;
  return out;
}

}  // namespace

listener::listener(listening_port port, routes paths,
                   std::function<void(const std::string&)> trouble, limits l)
    : paths_(std::move(paths)) {
  server_events events;
  events.asked = [this](std::shared_ptr<exchange> e) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(std::move(e));
    }
    todo_.notify_one();
  };
  events.trouble = std::move(trouble);
  server_ =
      std::make_unique<server>(std::move(port), nullptr, std::move(events), limits_of_server(l));
  for (std::size_t i = 0; i < l.workers; ++i) workers_.emplace_back([this] { work(); });
}

listener::~listener() {
  server_.reset();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  todo_.notify_all();
  for (auto& w : workers_) w.join();
}

void listener::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    todo_.wait(lock, [this] { return ending_ || !asked_.empty(); });
    if (ending_) return;
    const auto next = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    next->respond(web::respond(paths_, next->asked()));
    lock.lock();
  }
}

}  // namespace sluice::web
