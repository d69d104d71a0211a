#include "runtime/web/stored_file.hpp"

#include <algorithm>

#include "messages/ascii.hpp"
#include "runtime/http/content_coding.hpp"
#include "runtime/web/accepted_coding.hpp"
#include "runtime/web/response_text.hpp"

namespace sluice::web {
namespace {

/// A weak tag: it stands for the file gzipped and inflated.
std::string tag_of(const console_file& file) { return "W/" + std::string(file.etag); }

/// Whether If-None-Match names the file as it is.
bool is_known(const console_file& file, std::string_view tags) {
  while (!tags.empty()) {
    const auto end = std::min(tags.find(','), tags.size());
    auto tag = trimmed(tags.substr(0, end));
    tags.remove_prefix(std::min(end + 1, tags.size()));
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == file.etag) return true;
  }
  return false;
}

response guarded(response r) {
  const auto& more = security_headers();
  r.headers.insert(r.headers.end(), more.begin(), more.end());
  return r;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& security_headers() {
  static const std::vector<std::pair<std::string, std::string>> all{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "
       "'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  return all;
}

response respond_with(const console_file* file, const request& asked) {
  if (file == nullptr) return guarded(plain_refusal(404, "there is no such file", asked.target));
  if (asked.method != "GET" && asked.method != "HEAD") {
    auto r = plain_refusal(405, "a file takes GET and HEAD alone", asked.target);
    r.headers.emplace_back("Allow", "GET, HEAD");
    return guarded(std::move(r));
  }
  response r;
  r.headers = {{"ETag", tag_of(*file)}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}};
  if (is_known(*file, asked.header("If-None-Match"))) {
    r.status = 304;
    return guarded(std::move(r));
  }
  r.headers.emplace_back("Content-Type", file->type);
  r.body = file->gzipped;
  if (accepts_gzip(asked.header("Accept-Encoding")))
    r.headers.emplace_back("Content-Encoding", "gzip");
  else
    r.body = http::plain(std::move(r.body), "gzip", file->size).text;
  return guarded(std::move(r));
}

}  // namespace sluice::web
