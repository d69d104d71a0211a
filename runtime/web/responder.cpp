#include "runtime/web/responder.hpp"

#include <exception>

#include "runtime/http/gzip.hpp"
#include "runtime/web/accepted_coding.hpp"
#include "runtime/web/response_text.hpp"

namespace sluice::web {
namespace {

response refusal_of_method(const request& asked) {
  auto r = plain_refusal(405, "only GET and HEAD are allowed here", asked.target);
  r.headers.emplace_back("Allow", "GET, HEAD");
  return r;
}

response unknown_page(const routes& paths, const request& asked) {
  std::string known;
  for (const auto& [path, ask] : paths) known += " " + path;
  return plain_refusal(404, "no such page; there are:" + known, asked.target);
}

response page_of(answer given, bool zipped) {
  response r{given.status,
             {{"Content-Type", given.type}, {"Cache-Control", "no-store"}},
             std::move(given.body)};
  if (!zipped || r.body.empty()) return r;
  r.body = http::gzip(r.body);
  r.headers.emplace_back("Content-Encoding", "gzip");
  return r;
}

}  // namespace

response respond(const routes& paths, const request& asked) {
  if (asked.method != "GET" && asked.method != "HEAD") return refusal_of_method(asked);
  const auto found = paths.find(asked.path);
  if (found == paths.end()) return unknown_page(paths, asked);
  try {
    return page_of(found->second(), accepts_gzip(asked.header("Accept-Encoding")));
  } catch (const std::exception&) {
    // Its text is not for clients.
    return plain_refusal(500, "this failed", asked.target);
  }
}

}  // namespace sluice::web
