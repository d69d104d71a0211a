// The patterns of Lua, matched in a bounded number of steps.
//
// Lua's own matcher is a C function, which no hook interrupts: `string.find(text, ".-.-.-.-.-x")`
// takes hours for a text of some thousand characters. This one counts, and gives up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::values {

/// A match: positions in the subject.
struct lua_match {
  static constexpr std::size_t most_captures = 32;
  /// A capture `()` is a position, and has no length.
  static constexpr std::size_t position = static_cast<std::size_t>(-1);
  struct capture {
    std::size_t begin = 0;
    std::size_t length = 0;
  };

  std::size_t begin = 0;
  std::size_t end = 0;
  std::array<capture, most_captures> captures{};
  std::size_t count = 0;  ///< of captures
};

/// A text, and the pattern to find in it.
struct lua_search {
  std::string_view subject;
  std::string_view pattern;
};

class lua_pattern {
 public:
  enum class outcome : std::uint8_t { found, none, malformed, too_long };

  /// `steps`: what is left of them; matching takes from it. It and the texts must outlive the
  /// object.
  lua_pattern(lua_search what, std::uint64_t& steps);

  /// The first match that begins at `from` or behind it. REQUIRES: from <= size of the subject.
  outcome find(std::size_t from, lua_match& out);

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  static constexpr std::size_t open = static_cast<std::size_t>(-2);  ///< length of an open capture
  static constexpr int deepest = 200;                                ///< as Lua's

  /// The end of the whole match, or, with an item to go on with, the position at which it does.
  struct progress {
    std::size_t end = none;
    std::size_t next = none;  ///< the item to go on with
  };

  // `s` is a position in the subject, `p` one in the pattern.
  std::size_t match(std::size_t s, std::size_t p);
  progress match_item(std::size_t s, std::size_t p);
  progress frontier(std::size_t s, std::size_t p);
  std::size_t most_first(std::size_t s, std::size_t p, std::size_t end);
  std::size_t least_first(std::size_t s, std::size_t p, std::size_t end);
  std::size_t balanced(std::size_t s, std::size_t p);
  std::size_t capture_position(std::size_t s, std::size_t p);
  std::size_t begin_capture(std::size_t s, std::size_t p);
  std::size_t end_capture(std::size_t s, std::size_t p);
  std::size_t repeated(std::size_t s, std::string_view digit);
  std::size_t end_of_class(std::size_t p);
  bool single(std::size_t s, std::size_t p, std::size_t end);
  bool in_set(unsigned char c, std::size_t p, std::size_t end) const;
  std::size_t fail(outcome why);
  bool step();

  std::string_view subject_;
  std::string_view pattern_;
  std::uint64_t& steps_;
  lua_match found_;
  int depth_ = 0;
  outcome problem_ = outcome::none;
};

}  // namespace sluice::values
