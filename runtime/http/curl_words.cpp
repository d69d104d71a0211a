#include "runtime/http/curl_words.hpp"

namespace sluice::http {

using failure_kind = http_answer::failure;

std::string header_for_curl(const std::string& line) {
  const auto colon = line.find(':');
  const bool empty = line.find_first_not_of(" \t", colon + 1) == std::string::npos;
  return empty ? line.substr(0, colon) + ';' : line;
}

failure_kind classify(CURLcode code, bool sent) {
  // Where a connection that was used before ends, libcurl makes another, and that one may fail.
  if (sent && code != CURLE_OK) return failure_kind::unknown;
  switch (code) {
    case CURLE_OK:
      return failure_kind::none;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return failure_kind::futile;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return failure_kind::not_sent;
    default:
      break;
  }
  return failure_kind::not_sent;
}

std::string cut_short(CURLcode code, std::string_view details) {
  switch (code) {
    case CURLE_OK:
      return {};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
      return "the answer ends too early";
    case CURLE_OPERATION_TIMEDOUT:
      return "the answer did not end within the time-out";
    default:
      return "the answer is cut short: " + std::string(details);
  }
}

bool is_http2(std::string_view bytes) {
  constexpr std::size_t frame_head = 9;
  constexpr char settings = 4;
  constexpr char go_away = 7;
  return bytes.size() >= frame_head && bytes[0] == 0 &&
         (bytes[3] == settings || bytes[3] == go_away) &&
         bytes.substr(5, 4) == std::string_view("\0\0\0\0", 4);
}

}  // namespace sluice::http
