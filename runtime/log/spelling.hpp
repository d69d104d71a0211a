// The ways in which a text is written elsewhere: escapes that can be undone, and encodings that a
// secret may stand in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::log {

/// A text with escapes undone, and where in the text as it came each of its bytes stands. Escapes
/// may be undone in several layers.
class spelled_text {
 public:
  /// Which escapes are undone. What is not escaped stays as it is.
  enum class escape : std::uint8_t {
    backslash,   ///< of JSON and of programs: \" \/ \n \u00e4 \xe4
    percent,     ///< of addresses (RFC 3986): %22
    form,        ///< of forms: percent, and + for a blank
    entity,      ///< of HTML and XML: &quot; &#34; &#x22;
    line_break,  ///< the text goes on after it, as base64 in mails does
  };

  /// The text as it came, which must outlive this and everything that is made of it.
  explicit spelled_text(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view bytes() const { return own_.empty() ? text_ : own_; }
  /// Where the byte at `i` begins and ends in the text as it came.
  [[nodiscard]] std::size_t begin_of(std::size_t i) const {
    return begins_.empty() ? i : begins_[i];
  }
  [[nodiscard]] std::size_t end_of(std::size_t i) const { return ends_.empty() ? i + 1 : ends_[i]; }

  /// The text with escapes undone; equal to this one if there are none.
  [[nodiscard]] spelled_text without(escape what) const;

 private:
  std::string_view text_;
  std::string own_;  ///< empty: nothing is undone
  std::vector<std::size_t> begins_;
  std::vector<std::size_t> ends_;
};

/// Calls `look` with the text and with every text that comes of undoing escapes in it, up to three
/// layers of them (JSON within JSON within an address). Bounded: texts that are made of escapes do
/// not cost more than about twenty times their length.
void for_each_spelling(std::string_view text, const std::function<void(const spelled_text&)>& look);

/// What shows that `secret` stands in a text, whatever stands around it: itself, with quotes or
/// braces doubled, in hexadecimal digits, and, in both alphabets, the digits of base64 that it
/// alone decides at each of its three places among the bytes of a longer text. None is shorter than
/// four bytes.
std::vector<std::string> spellings_of(std::string_view secret);

/// `user:password`, if that is what `credentials` are in base64, as basic authentication sends
/// them; else nothing.
std::string basic_credentials(std::string_view credentials);

}  // namespace sluice::log
