// The last line of defence of "a secret never reaches a log": known secrets are masked wherever
// they stand in a text, in other spellings, too, since APIs repeat requests, escaped or encoded.
// The first line is to keep secrets out of texts; see runtime/config/secret_string.hpp.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/log/spelling.hpp"

namespace sluice::log {

/// Replaces registered secrets by `***`. Thread safe.
class redactor {
 public:
  /// Shorter values are not registered: masking every "no" or "1" would make texts unreadable and
  /// give the value away all the same.
  static constexpr std::size_t shortest_secret = 4;  ///< bytes

  /// Masks `secret` from now on; if it is the base64 of user and password, as in basic
  /// authentication, masks these, too. Adding a secret again, or one that is too short, does
  /// nothing. A secret cannot be taken back: a rotated password may still be valid elsewhere.
  void add(std::string_view secret);

  /// `text` with every occurrence of every secret replaced, in each of its spellings (spelling.hpp)
  /// and under up to three layers of escapes. Secrets that overlap are masked as one. A text may
  /// have been cut: the beginning of a secret at its end is masked, too, if that is long and no
  /// word. Costs one pass over the text, and one more for each kind of escape in it.
  [[nodiscard]] std::string masked(std::string_view text) const;

  /// The masked text as far as its whole characters fit into `bytes` bytes: masked before it is
  /// cut, so that no half of a secret is left. Looks at little more of a longer text than it shows.
  [[nodiscard]] std::string masked(std::string_view text, std::size_t bytes) const;

 private:
  /// A stretch of a text, from its first byte to the one behind its last.
  using span = std::pair<std::size_t, std::size_t>;

  void find(const spelled_text& text, std::vector<span>& found) const;
  /// How many bytes of `text` are the longest spelling that begins there; 0 if none does.
  [[nodiscard]] std::size_t length_at(std::string_view text) const;

  mutable std::shared_mutex mutex_;
  std::unordered_set<std::string> secrets_;
  std::unordered_set<std::string> spellings_;
  /// Spellings by their first four bytes. Views into `spellings_`, whose elements stay in place.
  std::unordered_map<std::uint32_t, std::vector<std::string_view>> by_beginning_;
  /// The hashes of all beginnings. This alone rules out nearly every place in a text.
  std::bitset<1u << 16> beginnings_;
};

/// The secrets of this process. One instance for all, so that no code that resolves a secret or
/// writes a line can forget to pass it on.
redactor& secrets();

}  // namespace sluice::log
