// Requests that the HTTP server receives, and replies that a test prescribes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/http_stream.hpp"

namespace sluice::test {

/// Header fields in their order. Names are compared without regard to case.
class http_headers {
 public:
  using field = std::pair<std::string, std::string>;

  http_headers() = default;
  http_headers(std::initializer_list<field> fields) : fields_(fields) {}

  void add(std::string name, std::string value);
  [[nodiscard]] bool contains(std::string_view name) const;
  /// The first value; empty if there is none.
  [[nodiscard]] std::string value(std::string_view name) const;
  /// Whether one of the comma-separated words of the header is `word`, in any case.
  [[nodiscard]] bool has_word(std::string_view name, std::string_view word) const;

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::vector<field> fields_;
};

/// A request that arrived whole.
struct http_request {
  std::uint64_t number = 0;      ///< in order of arrival, from 1
  std::uint64_t connection = 0;  ///< in order of their acceptance, from 1
  std::string method;
  std::string target;  ///< path and query as they were sent
  http_headers headers;
  std::string body;      ///< without chunks and compression
  bool chunked = false;  ///< the body came in chunks
  bool gzip = false;     ///< the body came compressed
  bool applied = false;  ///< the destination has carried it out

  /// The target without its query.
  [[nodiscard]] std::string path() const { return target.substr(0, target.find('?')); }
};

/// How a server answers, or fails to.
enum class http_behaviour {
  normal,
  reset_before_applying,  ///< a TCP reset instead of an answer; the request is never applied
  reset_after_applying,   ///< a TCP reset instead of an answer
  headers_only,           ///< the headers of a whole answer, then the stream's end
  half_body,              ///< the headers and half of the body, then the stream's end
  trickle,                ///< the body in single bytes, `interval` before each
  huge_body,              ///< `huge_size` bytes in chunks, generated while they are sent
  raw,                    ///< `body` and nothing else, then the stream's end
};

/// How the connection goes on after an answer that looked complete to the client.
enum class http_afterwards {
  keep,
  close,              ///< announced by `Connection: close`
  close_when_idle,    ///< not announced; if no request came for `idle`
  reset_when_reused,  ///< a TCP reset when the next request arrives, which is not read
};

/// Whether a request counts as applied.
enum class http_application {
  if_success,  ///< if the status is 2xx
  always,      ///< but for `reset_before_applying`
  never,
};

/// An answer. All members combine, for example to a slow reset or a compressed trickle.
struct http_reply {
  int status = 200;
  /// Content-Type, Content-Length, Content-Encoding and the like are added where they are missing.
  http_headers headers = {};
  std::string body = "{}";
  http_behaviour behaviour = http_behaviour::normal;

  bool gzip = false;     ///< `body` is compressed on its way
  bool chunked = false;  ///< no Content-Length
  std::chrono::milliseconds interval{1};
  std::size_t huge_size = 0;

  std::chrono::milliseconds delay{0};  ///< between the request and the answer
  bool hold = false;                   ///< no answer before `http_server::release`

  http_application apply = http_application::if_success;
  /// Applied after delay and hold, when the client may have given up; otherwise before.
  bool apply_late = false;

  http_afterwards afterwards = http_afterwards::keep;
  std::chrono::milliseconds idle{0};
};

/// Whether the request is applied, sooner or later.
bool applies(const http_reply& reply);

/// The next request of a connection, without its numbers. Answers `Expect: 100-continue`. Nothing
/// at the stream's end. Throws std::runtime_error if it is not HTTP/1.1, or ends in its midst.
std::optional<http_request> read_request(http_stream& from);

}  // namespace sluice::test
