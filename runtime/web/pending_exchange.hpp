// An exchange that a server has begun: what other threads say in it, until the server's thread
// takes that; and what becomes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/os/unique_fd.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::web {

class pending_exchange;

/// The exchanges in which something was said. Thread safe; shared by a server and its exchanges.
class exchange_queue {
 public:
  /// `most_unsent`: bytes of a stream that its client has not taken. Throws `failure` (internal) if
  /// the kernel has no descriptors left.
  explicit exchange_queue(std::size_t most_unsent);

  /// Readable when there is something to take, or after `wake`.
  [[nodiscard]] int fd() const { return wake_.get(); }
  void wake() const;
  /// The server's thread.
  [[nodiscard]] std::vector<std::shared_ptr<pending_exchange>> take();
  /// No server takes anything any more: whatever is said from now on is heard by nobody. Exchanges
  /// that wait to be taken are let go: they hold this queue, and would keep it for good.
  void close();

 private:
  friend class pending_exchange;

  const std::size_t most_unsent_;
  os::unique_fd wake_;
  std::mutex mutex_;  ///< of all exchanges, too
  std::vector<std::shared_ptr<pending_exchange>> stirred_;
  bool is_closed_ = false;
};

class pending_exchange : public std::enable_shared_from_this<pending_exchange> {
 public:
  /// What was said since it was last taken.
  struct news {
    std::optional<response> answer;
    bool streams = false;     ///< the answer is the head of a stream
    std::string bytes;        ///< of the stream
    bool is_closed = false;   ///< no more bytes follow
    bool is_cut = false;      ///< more bytes than the client takes
    bool is_dropped = false;  ///< nobody is left who could answer
  };

  /// `connection`: its number, for the server.
  pending_exchange(std::shared_ptr<exchange_queue> queue, request asked, std::uint64_t connection)
      : queue_(std::move(queue)), asked_(std::move(asked)), connection_(connection) {}

  /// The handle for whoever answers. When its last owner lets go, the exchange is dropped. To be
  /// called once.
  [[nodiscard]] std::shared_ptr<exchange> hand_out();

  // -- the server's thread
  [[nodiscard]] const request& asked() const { return asked_; }
  [[nodiscard]] std::uint64_t connection() const { return connection_; }
  [[nodiscard]] news take();
  /// How many of the bytes that it took are not sent yet.
  void holds(std::size_t bytes);
  /// Tells whoever wants to know; only the first call does.
  void end(parting how);
  /// As `end`; and nothing that is said from now on reaches the client.
  void abandon();

 private:
  class handle;

  void say(const std::function<void()>& change);

  const std::shared_ptr<exchange_queue> queue_;
  const request asked_;
  const std::uint64_t connection_;

  // -- with the queue's mutex
  news news_;
  bool is_answered_ = false;
  bool is_stream_ = false;   ///< it was answered with one
  bool is_stirred_ = false;  ///< it is in the queue
  bool is_abandoned_ = false;
  std::size_t held_ = 0;  ///< bytes of the stream that the server has
  std::optional<parting> over_;
  std::function<void(parting)> heard_;
};

}  // namespace sluice::web
