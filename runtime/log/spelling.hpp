// Other spellings of a text: escapes that can be undone, and encodings of secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::log {

/// A text with escapes undone, in one or more layers, and the place of each byte in the original
/// text.
class spelled_text {
 public:
  /// Which escapes are undone. All other text stays as it is.
  enum class escape : std::uint8_t {
    backslash,   ///< of JSON and of programs: \" \/ \n \u00e4 \xe4
    percent,     ///< of addresses (RFC 3986): %22
    form,        ///< of forms: percent, and + for a blank
    entity,      ///< of HTML and XML: &quot; &#34; &#x22;
    line_break,  ///< within a text that goes on, as base64 in mails
  };

  /// The original text, which must outlive this object and all objects made of it.
  explicit spelled_text(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view bytes() const { return own_.empty() ? text_ : own_; }
  /// The begin and the end of the byte at `i` in the original text.
  [[nodiscard]] std::size_t begin_of(std::size_t i) const {
    return begins_.empty() ? i : begins_[i];
  }
  [[nodiscard]] std::size_t end_of(std::size_t i) const { return ends_.empty() ? i + 1 : ends_[i]; }

  /// The text with escapes undone; equal to this one if there are none.
  [[nodiscard]] spelled_text without(escape what) const;

 private:
  std::string_view text_;
  std::string own_;  ///< empty: no escape was undone
  std::vector<std::size_t> begins_;
  std::vector<std::size_t> ends_;
};

/// Calls `look` with the text and with every text that results from undoing up to three layers of
/// escapes (JSON within JSON within an address). Bounded: a text full of escapes costs at most
/// about twenty times its length.
void for_each_spelling(std::string_view text, const std::function<void(const spelled_text&)>& look);

/// Texts that show that `secret` is in another text: the secret itself, with quotes or braces
/// doubled, in hexadecimal digits, and in base64. Base64 counts in both alphabets, as the digits
/// that depend on the secret alone at each of its three possible places among the bytes of a longer
/// text. None is shorter than four bytes.
std::vector<std::string> spellings_of(std::string_view secret);

/// `user:password`, if that is what `credentials` are in base64, as basic authentication sends
/// them; else nothing.
std::string basic_credentials(std::string_view credentials);

}  // namespace sluice::log
