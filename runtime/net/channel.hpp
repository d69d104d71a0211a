// A connected stream of bytes to a peer, with TLS or without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/os/unique_fd.hpp"

namespace sluice::net {

/// The outcome of one attempt at moving bytes.
enum class moved : std::uint8_t {
  some,         ///< at least one byte
  would_block,  ///< no byte now: poll, then try again
  closed,       ///< the peer is gone, or must be given up
};

/// Non-blocking; belongs to one poll loop at a time, as its descriptor does.
class channel {
 public:
  virtual ~channel() = default;

  /// The descriptor to poll.
  [[nodiscard]] virtual int fd() const = 0;
  /// The events to poll the descriptor for, to go on reading, writing or both.
  [[nodiscard]] virtual short events(bool reading, bool writing) const = 0;
  /// Whether bytes were taken from the descriptor that `read` has not handed out; poll does not
  /// see those.
  [[nodiscard]] virtual bool holds_bytes() const = 0;

  /// Sets `n` to the number of bytes read.
  virtual moved read(std::span<char> into, std::size_t& n) = 0;
  /// Sets `n` to the number of bytes taken. After `would_block` the next call must begin with the
  /// same bytes; more may follow.
  virtual moved write(std::span<const char> from, std::size_t& n) = 0;
};

/// The two ends of a socket inside this process: one for the relay or tunnel, one for CAF.
struct inner_socket {
  os::unique_fd ours;
  os::unique_fd for_caf;
};
/// Both ends are non-blocking. Throws `failure` (internal) if the kernel has no descriptors left.
inner_socket make_inner_socket();

/// A socket as it is.
class plain_channel : public channel {
 public:
  /// `fd` is non-blocking.
  explicit plain_channel(os::unique_fd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] short events(bool reading, bool writing) const override;
  [[nodiscard]] bool holds_bytes() const override { return false; }
  moved read(std::span<char> into, std::size_t& n) override;
  moved write(std::span<const char> from, std::size_t& n) override;

 private:
  os::unique_fd fd_;
};

}  // namespace sluice::net
