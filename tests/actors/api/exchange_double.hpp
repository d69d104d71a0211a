// A request whose server is the test: it notes what is answered, and says when the client goes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/web/exchange.hpp"

namespace sluice::test {

/// Used by one thread.
class exchange_double final : public web::exchange {
 public:
  static std::shared_ptr<exchange_double> of(std::string method, std::string path,
                                             std::string body = {}) {
    auto out = std::make_shared<exchange_double>();
    out->request.method = std::move(method);
    out->request.path = out->request.target = std::move(path);
    out->request.body = std::move(body);
    out->request.peer = "127.0.0.1";
    return out;
  }

  web::request request;
  std::vector<web::response> answers;  ///< at most one, of a correct program
  std::optional<web::response> stream_head;
  std::vector<std::string> pieces;
  bool closed = false;
  bool reads = true;  ///< the client takes what it is sent

  [[nodiscard]] int status() const { return answers.empty() ? 0 : answers.front().status; }
  [[nodiscard]] std::string body() const { return answers.empty() ? "" : answers.front().body; }
  [[nodiscard]] std::string streamed() const {
    std::string all;
    for (const auto& piece : pieces) all += piece;
    return all;
  }

  /// The client takes what it was sent, or hangs up.
  void end(web::parting how) {
    if (ended_) return;
    ended_ = how;
    if (const auto told = std::exchange(heard_, nullptr)) told(how);
  }

  [[nodiscard]] const web::request& asked() const override { return request; }
  void respond(web::response r) override { answers.push_back(std::move(r)); }
  void open_stream(web::response head) override { stream_head = std::move(head); }
  bool write(std::string piece) override {
    if (!reads || ended_) return false;
    pieces.push_back(std::move(piece));
    return true;
  }
  void close_stream() override { closed = true; }
  void on_end(std::function<void(web::parting)> heard) override {
    if (ended_) return heard(*ended_);
    heard_ = std::move(heard);
  }

 private:
  std::function<void(web::parting)> heard_;
  std::optional<web::parting> ended_;
};

}  // namespace sluice::test
