// The body of a request, as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/refusal.hpp"

namespace sluice::api {

/// Reads the members of an object and collects what is wrong with them; `check` throws all of it.
/// No body is an empty object.
class body {
 public:
  /// What is taken beside an object of known members.
  enum class manner : std::uint8_t {
    strict,   ///< nothing: a member that is mistyped would do nothing
    lenient,  ///< unknown members, and comments, as RudderStack's own examples have them
  };

  /// Throws `refused` (400) if the text is no object.
  body(const std::string& text, manner m);

  bool boolean(std::string_view name, bool otherwise);
  std::uint32_t number(std::string_view name, std::uint32_t from, std::uint32_t to,
                       std::uint32_t otherwise);
  /// Nothing if it is absent; null counts as absent.
  std::optional<std::string> text(std::string_view name);

  /// The objects of a list, as JSON texts; none if it is absent.
  std::vector<std::string> objects(std::string_view name);

  void complain(std::string_view name, std::string detail);
  /// Throws `refused` (400) if anything was wrong.
  void check() const;

 private:
  const nlohmann::json* find(std::string_view name);

  nlohmann::json object_ = nlohmann::json::object();
  manner manner_;
  std::vector<std::string_view> asked_;
  std::vector<refusal::complaint> complaints_;
};

}  // namespace sluice::api
