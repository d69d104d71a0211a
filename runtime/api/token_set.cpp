#include "runtime/api/token_set.hpp"

#include "runtime/crypto/crypto.hpp"

namespace sluice::api {

token_set::token_set(const std::vector<token>& tokens) {
  entries_.reserve(tokens.size());
  for (const auto& [bearer, value] : tokens) entries_.push_back({bearer, digest_of(value)});
}

const caller* token_set::find(std::string_view shown) const {
  const auto value = digest_of(shown);
  const caller* found = nullptr;
  for (const auto& known : entries_)
    if (crypto::are_equal(known.digest, value)) found = &known.bearer;
  return found;
}

}  // namespace sluice::api
