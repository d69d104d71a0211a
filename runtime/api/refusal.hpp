// Why a request is not granted, in the form of the surface that was asked: `/v2` answers as
// RudderStack's clients read it, everything else with a problem (RFC 9457).
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

struct refusal {
  /// One thing wrong with what was sent.
  struct complaint {
    std::string pointer;  ///< a JSON pointer into the body, or `?name` for a query parameter
    std::string detail;
    bool operator==(const complaint&) const = default;
  };

  int status = 500;
  std::string code;    ///< a word for programs: `unknown_path`
  std::string detail;  ///< one sentence for people
  std::string hint = {};
  std::vector<complaint> complaints = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// A refusal on its way out of what reads a request. Caught by the router.
class refused : public std::exception {
 public:
  explicit refused(refusal why) : why_(std::move(why)) {}
  [[nodiscard]] const refusal& why() const { return why_; }
  [[nodiscard]] const char* what() const noexcept override { return why_.detail.c_str(); }

 private:
  refusal why_;
};

/// Whether RudderStack's clients ask there.
[[nodiscard]] bool is_compatible(std::string_view path);

/// What an error of the node is to a client.
refusal refusal_of(const error& why);

/// `path`: what was asked for.
web::response to_response(const refusal& why, const std::string& path);
/// The same of an error.
web::response to_response(const error& why, const std::string& path);

}  // namespace sluice::api
