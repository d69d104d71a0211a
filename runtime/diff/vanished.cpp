#include "runtime/diff/vanished.hpp"

#include <optional>
#include <vector>

#include "messages/error.hpp"

namespace sluice::diff {

bool vanished::produce(std::size_t max) {
  std::vector<hash128> hashes;
  known_.for_each_unseen([&](const hash128& key_hash, std::string_view key) {
    deltas_.add(operation::erase, key_hash, {}, key, {});
    hashes.push_back(key_hash);
    return hashes.size() < max;
  });
  if (hashes.empty()) {
    deltas_.complete_all();
    return false;
  }
  std::vector<std::optional<ledger::known_row>> found(hashes.size());
  known_.lookup(hashes, found);
  for (const auto& known : found) {
    // Without this the same keys would come again, for ever.
    if (!known || !known_.mark_seen(known->ordinal))
      throw failure(errc::internal, "delete vanished rows", {},
                    "the ledger's view lists a key that it does not find",
                    "please report this as a defect");
  }
  return true;
}

}  // namespace sluice::diff
