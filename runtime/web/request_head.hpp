// The head of a request: its line and its header fields, read so strictly that no proxy in front
// can take it for another request. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/web/exchange.hpp"

namespace sluice::web {

/// Why a request is not answered by those who know its path.
struct refusal {
  int status = 400;
  std::string text;  ///< for the client, without a full stop
};

struct request_head {
  request asked;  ///< but for body, peer and encryption
  bool is_http_1_0 = false;
  bool closes = false;           ///< the client asks no more over its connection
  bool awaits_go_ahead = false;  ///< it sends its body after `100 Continue`
  bool is_chunked = false;
  std::uint64_t length = 0;  ///< bytes of a body that is not chunked
};

/// Reads a head, the empty line at its end included. Refused is whatever is no HTTP/1.0 or 1.1, and
/// what two readers may understand in two ways: two lengths, a length beside chunks, lines that end
/// in LF alone or go on in the next one, control characters, blanks before a colon. A missing Host
/// is left to whoever answers; two of them are refused.
[[nodiscard]] std::variant<request_head, refusal> read_head(std::string_view text);

/// The target in the first line of a head, or of the beginning of one, however broken; empty if
/// there is none.
[[nodiscard]] std::string_view target_in(std::string_view text);

}  // namespace sluice::web
