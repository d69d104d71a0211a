// A request as text becomes a response as text.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::web {

struct answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// What there is: the answer to GET and HEAD by path. Called from several threads at a time, and
/// may block for a few seconds.
using routes = std::map<std::string, std::function<answer()>>;

/// Speaks HTTP/1.0 and 1.1. Thread safe.
class responder {
 public:
  explicit responder(const routes& paths);
  ~responder();
  responder(const responder&) = delete;
  responder& operator=(const responder&) = delete;

  /// `request`: the request line and all headers, the empty line at their end included. The
  /// response says that the connection closes. Unknown paths are answered with 404, methods but GET
  /// and HEAD with 405, what is no HTTP with 400, and a route that throws with 500. Of the headers
  /// only Accept-Encoding counts, and of what it names only gzip: there are no ranges, no bodies,
  /// no conditions, so that no answer costs more than its page.
  [[nodiscard]] std::string respond(std::string_view request) const;

 private:
  class server;
  std::unique_ptr<server> server_;
};

}  // namespace sluice::web
