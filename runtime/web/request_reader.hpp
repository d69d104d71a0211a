// Takes requests from the bytes of a connection, one after the other. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/web/chunked_body.hpp"
#include "runtime/web/request_head.hpp"

namespace sluice::web {

/// Holds at most a head, a body, and what its owner adds beyond the end of a request.
class request_reader {
 public:
  enum class state : std::uint8_t { more, whole, refused };

  /// `most_head`, `most_body`: bytes.
  request_reader(std::size_t most_head, std::size_t most_body)
      : most_head_(most_head), most_body_(most_body) {}

  void add(std::string_view bytes) { bytes_ += bytes; }
  /// Looks at what was added. `whole`: `take` the request, and read on for the next; `refused`:
  /// nothing can be read from this connection any more.
  state read();
  /// The request, without its body's transfer encoding. REQUIRES: `read` has returned `whole`.
  [[nodiscard]] request_head take();
  /// REQUIRES: `read` has returned `refused`.
  [[nodiscard]] const refusal& why() const { return why_; }

  /// Whether a request has begun.
  [[nodiscard]] bool has_begun() const { return head_.has_value() || !bytes_.empty(); }
  /// True once if the client sends the body only after `100 Continue`, and has sent none of it.
  [[nodiscard]] bool wants_go_ahead();
  /// Of the request that is being read, as far as it is known.
  [[nodiscard]] std::string_view method() const;
  [[nodiscard]] std::string_view target() const;

 private:
  state refuse(refusal why);
  state read_whole_head();
  state read_body();

  std::size_t most_head_;
  std::size_t most_body_;
  std::string bytes_;         ///< not understood yet
  std::size_t searched_ = 0;  ///< bytes of them without the end of a head
  std::optional<request_head> head_;
  std::optional<chunked_body> chunks_;
  bool gone_ahead_ = false;
  refusal why_;
};

}  // namespace sluice::web
