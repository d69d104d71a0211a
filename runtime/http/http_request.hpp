// A request, ready to be sent.
#pragma once

#include <string>
#include <vector>

namespace sluice::http {

struct http_request {
  std::string method;
  std::string url;
  std::vector<std::string> headers;  ///< `Name: value`
  std::string body;
  bool has_body = false;
};

}  // namespace sluice::http
