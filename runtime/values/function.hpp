// What a function of mappings is made of; see function_table.hpp for which there are.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/row.hpp"
#include "runtime/values/call.hpp"

namespace sluice::values {

/// What is wrong with a call, and what would be right.
struct call_problem {
  std::string message;
  std::string hint;
};

/// The arguments of one call while it is bound. Keeps the first complaint.
class arguments {
 public:
  explicit arguments(const call& of) : call_(of) {}

  [[nodiscard]] std::size_t size() const { return call_.arguments.size(); }
  [[nodiscard]] const argument& operator[](std::size_t i) const { return call_.arguments[i]; }
  /// The text at `i`, or `otherwise` if there are fewer arguments.
  [[nodiscard]] std::string text(std::size_t i, std::string otherwise = {}) const;
  /// The whole number at `i`; complains if it is not from `from` to `to`.
  std::int64_t whole(std::size_t i, std::int64_t from, std::int64_t to, std::int64_t otherwise);
  /// One of a set of words.
  template <class T>
  T word(std::size_t i, std::initializer_list<std::pair<std::string_view, T>> words, T otherwise) {
    if (i >= size()) return otherwise;
    std::string known;
    for (const auto& [word, meaning] : words) {
      if (call_.arguments[i].bytes == word) return meaning;
      known.append(known.empty() ? "'" : ", '").append(word).append("'");
    }
    complain("does not know '" + call_.arguments[i].bytes + "'", "known here: " + known);
    return otherwise;
  }

  void complain(std::string message, std::string hint) {
    if (!problem) problem = call_problem{std::move(message), std::move(hint)};
  }

  std::optional<call_problem> problem;

 private:
  const call& call_;
};

/// The buffer of a bound function, and why it gives nothing.
struct workplace {
  std::string text;
  std::string problem;

  std::nullopt_t refuse(std::string why) {
    problem = std::move(why);
    return std::nullopt;
  }
  /// What `text` holds, as a text.
  [[nodiscard]] value_view made(value_kind kind = value_kind::text) const { return {kind, text}; }
};

/// Makes a value of a value, which lies in the old one's bytes, in the workplace's text, or in what
/// was bound; or gives nothing, with the problem in the workplace, which never quotes the value.
using step = std::function<std::optional<value_view>(value_view, workplace&)>;

struct parameter {
  enum class type : std::uint8_t { text, number, any };
  std::string_view name;
  type what = type::text;
  bool optional = false;
};

struct function {
  std::string_view name;
  std::vector<parameter> parameters = {};
  bool repeats = false;  ///< the last parameter takes any number of arguments
  /// The kind of the results, as far as it is known beforehand.
  value_kind (*gives)(value_kind of) = [](value_kind) { return value_kind::text; };
  /// Prepares a call. The number and the types of the arguments are right.
  step (*bind)(arguments&) = nullptr;
  bool takes_null = false;  ///< for others NULL stays NULL
  bool rescues = false;     ///< takes NULL in place of what a function before it refused
};

}  // namespace sluice::values
