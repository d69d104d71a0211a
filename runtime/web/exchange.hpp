// A request over HTTP and the response that its client waits for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::web {

/// Orders names of header fields, whose case does not matter.
struct field_name_less {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

/// Header fields by name.
using fields = std::multimap<std::string, std::string, field_name_less>;

/// A whole request.
struct request {
  std::string method;                             ///< as sent: `GET`
  std::string target;                             ///< as sent: path and query
  std::string path;                               ///< of the target, decoded
  std::multimap<std::string, std::string> query;  ///< of the target, decoded
  fields headers;
  std::string body;        ///< whole, whatever its transfer encoding was
  std::string peer;        ///< the client's address, as text, without a port
  bool encrypted = false;  ///< it came over TLS

  /// The first field of that name; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct response {
  int status = 200;
  /// But for Content-Length, Transfer-Encoding, Connection and Date, which the server writes.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// How an exchange ended.
enum class parting : std::uint8_t {
  answered,  ///< the kernel has taken the whole response, for a client that had not hung up
  lost,      ///< the client hung up, or was cut off, before that; or the server ended
};

/// One request, and the handle by which it is answered, sooner or later, by any thread. Exactly one
/// of `respond` and `open_stream` is called, once: later calls do nothing. An exchange that is
/// dropped without either is answered with 500, and a stream that is dropped is closed. An exchange
/// may outlive its server. Nothing here blocks.
class exchange {
 public:
  exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  virtual ~exchange() = default;

  [[nodiscard]] virtual const request& asked() const = 0;
  virtual void respond(response r) = 0;
  /// Answers with a body that comes in pieces; `head` has none. Its connection closes at the end.
  virtual void open_stream(response head) = 0;
  /// The next piece. False: the client is gone, or was cut off since it did not read what it was
  /// sent before.
  virtual bool write(std::string piece) = 0;
  /// The end of the stream.
  virtual void close_stream() = 0;
  /// Calls `heard` once when the exchange is over: on the thread of the server, which it must not
  /// block, or at once, on the caller's, if the exchange is over. A second `heard` replaces the
  /// first.
  virtual void on_end(std::function<void(parting)> heard) = 0;
};

}  // namespace sluice::web
