#include "runtime/api/start_key.hpp"

#include <string>

#include "messages/hex.hpp"
#include "runtime/api/secrets.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t longest_key = 255;

std::string hash(const std::string& text) { return to_hex(digest_of(text)); }

}  // namespace

start_once start_key_of(const asked& a, const start_options& how) {
  const auto key = a.request.header("Idempotency-Key");
  if (key.empty()) return {};
  if (key.size() > longest_key)
    throw refused({400, "usage",
                   "the header Idempotency-Key has " + std::to_string(key.size()) + " characters",
                   "it may have " + std::to_string(longest_key)});
  // What is asked for counts, not how its JSON is written.
  std::string wish;
  for (const bool x : {how.full, how.wait, how.allow_deletes}) wish += x ? '1' : '0';
  if (how.rows.limit > row_count{}) wish += " limit " + std::to_string(how.rows.limit.number());
  wish += '\n' + how.rows.keys.text();
  return {hash(a.who.name + '\n' + a.request.path + '\n' + std::string(key)), hash(wish)};
}

}  // namespace sluice::api
