// What a message looks like on its way between processes, for code that judges it before CAF
// reads it.
//
// CAF 0.17.6 writes a message as two zero bytes, the names of its types as one text
// (`@<>+@atom+@str`), and the values one after the other: numbers in network order, a text with its
// length in front (7 bits a byte, the lowest first), an object as its members.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// The longest text in a client's request, and the longest `long_text`, in bytes.
inline constexpr std::uint32_t longest_text = 1024;
inline constexpr std::uint32_t longest_long_text = 12u << 10;

/// One value, as far as its length goes.
struct value_form {
  enum class kind : std::uint8_t { atom, number, text };
  kind what = kind::text;
  std::uint8_t bytes = 0;                ///< of a number
  std::uint64_t atom = 0;                ///< the only value that an atom may have
  std::uint32_t longest = longest_text;  ///< of a text

  bool operator==(const value_form&) const = default;
};

/// What kind of answer a request gets.
enum class answer_kind : std::uint8_t {
  prompt,  ///< at once, and small
  list,    ///< at once, and of any size
  later,   ///< may take a minute or more
};

/// A message that a peer may send.
struct message_form {
  std::string types;  ///< as CAF writes them
  std::vector<value_form> values;
  answer_kind answered = answer_kind::prompt;
};

}  // namespace sluice
