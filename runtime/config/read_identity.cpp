// How an API identifies rows: `identity`.
#include <algorithm>
#include <array>

#include "runtime/config/field_path.hpp"
#include "runtime/config/read_http.hpp"

namespace sluice::config {
namespace {

constexpr std::array steps{identity_step::trim,   identity_step::lower, identity_step::casefold,
                           identity_step::nfc,    identity_step::nfkc,  identity_step::unaccent,
                           identity_step::digits, identity_step::md5,   identity_step::sha256};

/// Words that cannot be combined with others.
constexpr std::array<std::string_view, 3> whole_words{"exact", "number", "uuid"};

std::optional<identity_form> form_of(std::string_view whole_word) {
  if (whole_word == "number") return identity_form::number;
  if (whole_word == "uuid") return identity_form::uuid;
  return std::nullopt;
}

bool is_hash(identity_step step) {
  return step == identity_step::md5 || step == identity_step::sha256;
}

/// One word or a list of them.
http_identity read_words(const json_value& value) {
  http_identity out;
  std::vector<std::string_view> known(whole_words.begin(), whole_words.end());
  std::ranges::transform(steps, std::back_inserter(known),
                         [](identity_step step) { return to_string(step); });
  const bool several = value.raw().is_array();
  const auto words =
      several ? value.elements(R"(["trim", "lower"])") : std::vector<json_value>{value};
  for (const auto& word : words) {
    const auto position = word.as_one_of(known);
    if (!position) continue;
    if (*position < whole_words.size()) {
      if (words.size() > 1)
        word.complain(word.quoted() + " stands alone", "remove it, or everything else");
      out.form = form_of(known[*position]);
    } else {
      if (!out.steps.empty() && is_hash(out.steps.back()))
        word.complain("follows a hash, of which nothing is to be changed", "put the hash last");
      out.steps.push_back(steps[*position - whole_words.size()]);
    }
  }
  return out;
}

}  // namespace

std::vector<http_identity> read_identity(const identity_section& identity) {
  const auto& [whole, own] = identity;
  if (!whole.present()) return {};
  if (!whole.raw().is_object()) return {read_words(whole)};
  std::vector<http_identity> out;
  for (const auto& [name, words] : whole.members()) {
    auto each = read_words(words);
    each.path = parse_field_path(name).value_or(std::vector{name});
    each.insists = own.member(name).present();
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace sluice::config
