// Answers a request with a response, both as text.
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

/// The answers to GET and HEAD, by path. Called from several threads at a time; may block for a few
/// seconds.
using routes = std::map<std::string, std::function<answer()>>;

/// Speaks HTTP/1.0 and 1.1. Thread safe.
class responder {
 public:
  explicit responder(const routes& paths);
  ~responder();
  responder(const responder&) = delete;
  responder& operator=(const responder&) = delete;

  /// `request`: the request line and all headers, the empty line at their end included. The
  /// response says that the connection closes. Unknown paths are answered with 404, methods other
  /// than GET and HEAD with 405, text that is no HTTP with 400, and a route that throws with 500.
  /// The only header that counts is Accept-Encoding, the only encoding gzip: there are no ranges,
  /// no bodies, no conditions, so that no answer costs more than its page.
  [[nodiscard]] std::string respond(std::string_view request) const;

 private:
  class server;
  std::unique_ptr<server> server_;
};

}  // namespace sluice::web
