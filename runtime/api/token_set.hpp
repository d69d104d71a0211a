// The tokens that open the API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/plan.hpp"
#include "runtime/api/secrets.hpp"

namespace sluice::api {

/// Knows tokens by their digests only. Immutable; thread safe.
class token_set {
 public:
  struct token {
    caller bearer;
    std::string value;
  };

  explicit token_set(const std::vector<token>& tokens);

  /// Whose token that is; null if it is none. Takes as long for each of the tokens, and for none.
  [[nodiscard]] const caller* find(std::string_view shown) const;

 private:
  struct entry {
    caller bearer;
    std::string digest;
  };
  std::vector<entry> entries_;
};

}  // namespace sluice::api
