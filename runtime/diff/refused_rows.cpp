#include "runtime/diff/refused_rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::diff {
namespace {

bool key_before(const refused_delta& a, const refused_delta& b) { return a.key_hash < b.key_hash; }

}  // namespace

refused_rows::refused_rows(std::vector<refused_delta> refused) : refused_(std::move(refused)) {
  std::sort(refused_.begin(), refused_.end(), key_before);
}

bool refused_rows::keep(const refused_delta& delta) {
  const auto [begin, end] = std::equal_range(refused_.begin(), refused_.end(), delta, key_before);
  if (std::find(begin, end, delta) == end) return false;
  kept_.push_back(delta);
  return true;
}

void refused_rows::keep_vanished(ledger::view& known) {
  std::vector<hash128> hashes;
  for (const auto& delta : refused_)
    if (delta.op == operation::erase) hashes.push_back(delta.key_hash);
  std::vector<std::optional<ledger::known_row>> found(hashes.size());
  known.lookup(hashes, found);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const bool certain = found[i] && !found[i]->in_doubt;
    if (certain && known.mark_seen(found[i]->ordinal))
      kept_.push_back({operation::erase, hashes[i], {}});
  }
}

}  // namespace sluice::diff
