// Answers a request with one of a few pages.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "runtime/web/exchange.hpp"

namespace sluice::web {

struct answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// The answers to GET and HEAD, by path. Called from several threads at a time; may block for a few
/// seconds.
using routes = std::map<std::string, std::function<answer()>, std::less<>>;

/// Unknown paths are answered with 404, methods other than GET and HEAD with 405, and a route that
/// throws with 500. The only header that counts is Accept-Encoding, the only encoding gzip: there
/// are no ranges and no conditions, so that no answer costs more than its page.
[[nodiscard]] response respond(const routes& paths, const request& asked);

}  // namespace sluice::web
