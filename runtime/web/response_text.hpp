// The head of a response as it is sent. Pure.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "runtime/web/exchange.hpp"

namespace sluice::web {

/// What the server decides of a response.
struct response_form {
  enum class body_end : std::uint8_t {
    length,  ///< of the response's body
    chunks,
    close,  ///< of the connection
  };
  body_end end = body_end::length;
  bool closes = false;  ///< the connection, after this response
  std::time_t now = 0;
};

/// Status line, header fields, and the empty line. Throws `failure` (internal) if a field of the
/// response would be more than one line.
[[nodiscard]] std::string head_of(const response& r, const response_form& form);

/// Whether responses of that status may have a body.
[[nodiscard]] bool may_have_body(int status);

/// `bytes` as a chunk. REQUIRES: there are some, for an empty chunk is the end of all.
[[nodiscard]] std::string chunk_of(std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// A refusal as plain text, for servers whose clients are people and probes.
[[nodiscard]] response plain_refusal(int status, const std::string& text, std::string_view target);

}  // namespace sluice::web
