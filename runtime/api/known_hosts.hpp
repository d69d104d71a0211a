// Whether a request was meant for this node.
//
// A page of another origin can have its own host name point at this machine (DNS rebinding). To the
// browser its requests are of one origin then, so that they come with cookies and without `Origin`:
// `Host` is the only header that still names the page's host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/api/refusal.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// The hosts that requests may name. Immutable; thread safe.
class known_hosts {
 public:
  /// `listen`: where the node listens, as in `127.0.0.1:9470`. `others`: in lower case; one without
  /// a port is known with any.
  known_hosts(const std::string& listen, std::uint16_t port, bool encrypted,
              const std::vector<std::string>& others);

  /// 421 unless the request names one of them, once.
  [[nodiscard]] std::optional<refusal> refuse(const web::request& r) const;

 private:
  [[nodiscard]] bool knows(const std::string& host) const;

  std::vector<std::string> with_port_;
  std::vector<std::string> with_any_port_;
};

}  // namespace sluice::api
