#include "runtime/destinations/http/answer_conditions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/config/text_pattern.hpp"
#include "runtime/http/json_places.hpp"

namespace sluice::destinations {
namespace {

using config::answer_condition;
using nlohmann::json;
using part = answer_condition::part;
using test = answer_condition::test;

/// Whether a condition holds; `untold` if the body cannot be read.
enum class truth : std::uint8_t { no, untold, yes };

truth of(bool holds) { return holds ? truth::yes : truth::no; }

/// A compiled condition.
class condition {
 public:
  explicit condition(const answer_condition& asked) : asked_(asked) {
    for (const auto& value : asked.in) values_.push_back(json::parse(value));
    if (asked.is == test::matches) pattern_.emplace(asked.matches);
  }

  [[nodiscard]] truth holds(const http::header_fields& headers,
                            const http::answer_body& body) const {
    switch (asked_.of) {
      case part::header:
        return of_texts(http::values_of(headers, asked_.name));
      case part::value:
        return of_value(body);
      case part::text:
        break;
    }
    if (pattern_->found_in(body.text())) return truth::yes;
    return body.problem().empty() ? truth::no : truth::untold;
  }

 private:
  [[nodiscard]] truth of_texts(const std::vector<std::string>& texts) const {
    return of(ask(
        texts, [](const std::string& text) { return !text.empty(); },
        [](const std::string& text, const json& value) {
          return http::compared_text(value) == text;
        },
        [](const std::string& text) -> const std::string& { return text; }));
  }

  [[nodiscard]] truth of_value(const http::answer_body& body) const {
    // In an answer without a body no value exists.
    if (body.blank() && body.problem().empty()) return of(asked_.is == test::absent);
    const auto* const document = body.document();
    if (document == nullptr) return truth::untold;
    return of(ask(
        http::places(*document, asked_.name),
        [](const json* found) { return http::says_something(*found); },
        [](const json* found, const json& value) { return *found == value; },
        [](const json* found) { return http::compared_text(*found); }));
  }

  /// The result of a condition; one of the values in `found` is enough.
  template <class Found, class Says, class Equals, class Text>
  [[nodiscard]] bool ask(const Found& found, Says says, Equals equals, Text text_of) const {
    switch (asked_.is) {
      case test::in:
        return std::ranges::any_of(found, [&](const auto& one) {
          return std::ranges::any_of(values_,
                                     [&](const json& value) { return equals(one, value); });
        });
      case test::present:
        return std::ranges::any_of(found, says);
      case test::absent:
        return std::ranges::none_of(found, says);
      case test::matches:
        break;
    }
    return std::ranges::any_of(found,
                               [&](const auto& one) { return pattern_->found_in(text_of(one)); });
  }

  answer_condition asked_;
  std::vector<json> values_;
  std::optional<config::text_pattern> pattern_;
};

}  // namespace

struct answer_conditions::rule {
  explicit rule(const config::answer_rule& written) : asked(written) {
    for (const auto& each : written.all) all.emplace_back(each);
  }
  [[nodiscard]] truth holds(const http::header_fields& headers,
                            const http::answer_body& body) const {
    auto so_far = truth::yes;
    for (const auto& each : all) so_far = std::min(so_far, each.holds(headers, body));
    return so_far;
  }

  config::answer_rule asked;
  std::vector<condition> all;
};

answer_conditions::answer_conditions(const config::answer_rules& rules) {
  // Classes about all rows come before classes about some; a refusal before a success, and a
  // refusal that says what to do before the others.
  const auto add = [&](answer_class is, const std::vector<config::answer_rule>& written) {
    rule_list list(written.begin(), written.end());
    classes_.emplace_back(is, std::move(list));
  };
  add(answer_class::credentials, rules.credentials);
  add(answer_class::road, rules.road);
  add(answer_class::retry, rules.retry);
  add(answer_class::exists, rules.exists);
  add(answer_class::missing, rules.missing);
  add(answer_class::rejected, rules.reject);
  add(answer_class::delivered, rules.delivered);
}
answer_conditions::~answer_conditions() = default;
answer_conditions::answer_conditions(answer_conditions&&) noexcept = default;
answer_conditions& answer_conditions::operator=(answer_conditions&&) noexcept = default;

judgement answer_conditions::judge(int status, const http::header_fields& headers,
                                   const http::answer_body& body) const {
  judgement out;
  for (const auto& [is, rules] : classes_) {
    for (const auto& each : rules) {
      if (!each.asked.is_about(status)) continue;
      const auto holds = each.holds(headers, body);
      if (holds == truth::yes) return {is, {}, false};
      if (holds == truth::untold)
        out.untold = body.problem().empty() ? body.why_no_document() : body.problem();
      if (is == answer_class::delivered) out.undelivered = true;
    }
  }
  return out;
}

}  // namespace sluice::destinations
