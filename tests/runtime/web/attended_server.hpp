// A server whose requests the test answers itself.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/web/server.hpp"

namespace sluice::test {

/// Limits that no test reaches by being slow.
inline web::server_limits patient_limits() {
  web::server_limits limits;
  limits.each.asking = limits.each.taking = limits.each.idle = std::chrono::hours(1);
  return limits;
}

class attended_server {
 public:
  explicit attended_server(web::server_limits limits = patient_limits(),
                           std::shared_ptr<const net::tls_server> tls = nullptr)
      : server_(std::make_unique<web::server>(web::listening_port("127.0.0.1", 0), std::move(tls),
                                              events(), limits)) {}

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] web::server& server() const { return *server_; }

  /// The next request that was not answered; waits up to a minute for it. `/quick` never is one: it
  /// is answered at once, by the server's thread.
  std::shared_ptr<web::exchange> next() {
    std::unique_lock lock(mutex_);
    REQUIRE(there_.wait_for(lock, std::chrono::minutes(1), [this] { return !asked_.empty(); }));
    auto out = std::move(asked_.front());
    asked_.pop_front();
    return out;
  }
  [[nodiscard]] bool has_next() {
    const std::lock_guard lock(mutex_);
    return !asked_.empty();
  }
  /// Ends the server before its exchanges.
  void end() { server_.reset(); }

 private:
  web::server_events events() {
    web::server_events out;
    out.asked = [this](std::shared_ptr<web::exchange> e) {
      if (e->asked().path == "/quick") return e->respond({200, {}, "quick"});
      if (e->asked().path == "/broken") throw std::runtime_error("canary");
      const std::lock_guard lock(mutex_);
      asked_.push_back(std::move(e));
      there_.notify_all();
    };
    out.refuse = [](int status, const std::string& text, std::string_view target) {
      return web::response{status,
                           {{"Content-Type", "application/json"}},
                           "{" + std::string(target) + "|" + text + "}"};
    };
    out.trouble = [](const std::string&) {};
    return out;
  }

  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<std::shared_ptr<web::exchange>> asked_;
  std::unique_ptr<web::server> server_;
};

/// How an exchange ends. Waits up to a minute for it.
class awaited_end {
 public:
  explicit awaited_end(web::exchange& of) {
    of.on_end([told = told_](web::parting how) { told->set_value(how); });
  }
  [[nodiscard]] web::parting get() {
    auto end = told_->get_future();
    REQUIRE(end.wait_for(std::chrono::minutes(1)) == std::future_status::ready);
    return end.get();
  }

 private:
  std::shared_ptr<std::promise<web::parting>> told_ =
      std::make_shared<std::promise<web::parting>>();
};

}  // namespace sluice::test
