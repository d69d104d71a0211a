// The last line of defence of "a secret never reaches a log": known secrets are masked wherever
// they turn up in a text. The first line is to keep them out of texts; see
// runtime/config/secret_string.hpp.
#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::log {

/// Replaces registered secrets by `***`. Thread safe.
class redactor {
 public:
  /// Shorter values are not registered: masking every "no" or "1" would make texts unreadable and
  /// give the value away all the same.
  static constexpr std::size_t shortest_secret = 4;  ///< bytes

  /// From now on `secret` is masked. Adding it again, or one that is too short, does nothing. There
  /// is no way to take one back: a rotated password may still be valid elsewhere.
  void add(std::string_view secret);

  /// `text` with every occurrence of every secret replaced; where secrets overlap the longest wins.
  [[nodiscard]] std::string masked(std::string_view text) const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<std::string> secrets_;  ///< longest first, so that a secret inside another is no leak
};

/// The secrets of this process. One for all, so that nobody who resolves a secret or writes a line
/// can forget to pass it on.
redactor& secrets();

}  // namespace sluice::log
