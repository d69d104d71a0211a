// Applies the configured `answer` rules to an answer. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/http/answer_body.hpp"
#include "runtime/http/header_fields.hpp"

namespace sluice::destinations {

/// The class of an answer, as configured.
enum class answer_class : std::uint8_t {
  delivered,
  retry,
  credentials,
  road,
  rejected,
  exists,
  missing
};

/// The result of applying the rules to an answer.
struct judgement {
  std::optional<answer_class> is;  ///< nothing: no rule applies
  /// Why a rule could not be evaluated: the body is no JSON. Empty if all could, or if one holds.
  std::string untold;
  /// There are `delivered` rules for this status, and none of them holds.
  bool undelivered = false;
};

/// Compiled rules. One thread.
class answer_conditions {
 public:
  explicit answer_conditions(const config::answer_rules& rules);
  ~answer_conditions();
  answer_conditions(answer_conditions&&) noexcept;
  answer_conditions& operator=(answer_conditions&&) noexcept;

  [[nodiscard]] judgement judge(int status, const http::header_fields& headers,
                                const http::answer_body& body) const;

 private:
  struct rule;
  using rule_list = std::vector<rule>;
  std::vector<std::pair<answer_class, rule_list>> classes_;  ///< the first that holds counts
};

}  // namespace sluice::destinations
