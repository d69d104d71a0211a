// The query of a request: `?state=failed&limit=10`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/queries.hpp"
#include "messages/timestamp.hpp"
#include "runtime/api/refusal.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// Reads parameters and collects what is wrong with them; `check` throws all of it. A parameter
/// that is there without a value counts as absent, as a form sends a field that nobody filled in.
/// Refers to the request.
class parameters {
 public:
  explicit parameters(const web::request& r) : request_(r) {}

  std::uint32_t number(std::string_view name, std::uint32_t from, std::uint32_t to,
                       std::uint32_t otherwise);
  std::optional<int> whole_number(std::string_view name);
  /// At most `most` bytes; empty if it is absent.
  std::string text(std::string_view name, std::size_t most = 1'000);
  std::optional<timestamp> time(std::string_view name);
  /// One of the words; empty if it is absent.
  std::string one_of(std::string_view name, std::initializer_list<std::string_view> words);
  /// Any of the words, in as many parameters: `state=failed&state=stopped`.
  template <class Enum>
  choice<Enum> any_of(std::string_view name, std::initializer_list<Enum> values) {
    choice<Enum> out;
    for (const auto& word : all(name)) {
      std::vector<std::string_view> words;
      bool known = false;
      for (const auto value : values) {
        words.push_back(to_string(value));
        if (words.back() != word) continue;
        out.bits |= choice<Enum>{value}.bits;
        known = true;
      }
      if (!known) complain_word(name, word, words);
    }
    return out;
  }

  /// Whether unknown parameters are wrong, too: one that is mistyped would filter nothing.
  enum class others : std::uint8_t { refused, ignored };
  /// Throws `refused` (400) if anything was wrong.
  void check(others unknown = others::refused) const;

 private:
  std::optional<std::string_view> one(std::string_view name);
  std::vector<std::string_view> all(std::string_view name);
  void complain(std::string_view name, std::string detail);
  void complain_word(std::string_view name, std::string_view word,
                     const std::vector<std::string_view>& words);

  const web::request& request_;
  std::vector<std::string_view> asked_;
  std::vector<refusal::complaint> complaints_;
};

/// What is wrong with a member or parameter, `what`, that is none of the known ones.
std::string unknown_beside(const std::vector<std::string_view>& known, const char* what);

/// One refusal for all that is wrong with a request.
refusal bad_request(std::vector<refusal::complaint> complaints);

}  // namespace sluice::api
