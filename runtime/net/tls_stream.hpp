// One TLS connection over a non-blocking socket, as server or as client.
#pragma once

#include <memory>
#include <string>

#include "runtime/net/channel.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace sluice::net {

/// Neither reads nor writes before `shake_hands` has returned `some`.
class tls_stream : public channel {
 public:
  /// The server's side, unless a derived class makes the session the client's. `fd` is
  /// non-blocking; the stream shares `context`. Throws `failure` (internal) if OpenSSL has no
  /// memory.
  tls_stream(os::unique_fd fd, ssl_ctx_st* context);
  /// Announces the end to the peer, as `end_sending` does.
  ~tls_stream() override;
  tls_stream(const tls_stream&) = delete;
  tls_stream& operator=(const tls_stream&) = delete;

  /// Goes on with the handshake: `some` when it is done and the peer is welcome; `closed` if it
  /// failed, and `complaint` says why; else poll for `events`.
  moved shake_hands();
  /// Announces to the peer that no more bytes follow; does not wait for an answer.
  void end_sending();
  /// Why the peer was refused or the connection broke, for people; empty after an ordinary end.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] short events(bool reading, bool writing) const override;
  [[nodiscard]] bool holds_bytes() const override;
  moved read(std::span<char> into, std::size_t& n) override;
  moved write(std::span<const char> from, std::size_t& n) override;

 protected:
  [[nodiscard]] ssl_st* session() const { return session_.get(); }

 private:
  struct release {
    void operator()(ssl_st* session) const;
  };

  /// Called once, when the handshake is done: why the peer is refused; empty for a welcome one.
  virtual std::string judge_peer() { return {}; }
  /// Judges an operation that did not succeed: it waits for an event (`waits_for`), or has failed.
  moved blocked(int result, short& waits_for);
  moved fail(std::string why);

  os::unique_fd fd_;
  std::unique_ptr<ssl_st, release> session_;
  std::string complaint_;
  /// The events to poll for before reading, or writing, is worth another try; a session may have to
  /// read in order to write, and the other way round. 0: the operation is not blocked.
  short reading_waits_for_ = 0;
  short writing_waits_for_ = 0;
  bool ready_ = false;     ///< the handshake is done
  bool said_all_ = false;  ///< the end was announced
  bool broken_ = false;
};

}  // namespace sluice::net
