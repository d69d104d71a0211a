// An answer, as it came.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/http/answer_body.hpp"
#include "runtime/http/header_fields.hpp"

namespace sluice::http {

/// The outcome of a request.
struct http_answer {
  int status = 0;  ///< 0 if the head of no answer came; its body may have come in part
  header_fields headers;
  answer_body body;  ///< decompressed
  std::optional<std::chrono::seconds> retry_after;
  /// From when the request was written to a connection until the end of its answer; 0 without one.
  std::chrono::microseconds round_trip{0};

  enum class failure : std::uint8_t {
    none,
    not_sent,  ///< the request certainly did not reach the API
    unknown,   ///< it may have been carried out
    /// Trying again is useless: a certificate is refused or missing, the server does not speak the
    /// client's TLS or HTTP, the address is malformed.
    futile,
    cancelled,  ///< stopped: before it was sent, unless the client breaks requests off
  } failed = failure::none;
  std::string why;  ///< of a failure
};

/// The answer in words, secrets masked: `HTTP 422 Unprocessable Content: email is taken`.
std::string in_words(const http_answer& answer);
/// The same with the whole body, which is cut where it is long: `HTTP 201: {"id":"1"}`.
std::string whole_words(const http_answer& answer);

}  // namespace sluice::http
