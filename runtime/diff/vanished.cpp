#include "runtime/diff/vanished.hpp"

#include <optional>
#include <string>
#include <vector>

#include "messages/delivery_name.hpp"
#include "messages/expect.hpp"

namespace sluice::diff {

void add_delete(router& deltas, const ledger_key& row, const ledger::known_row& known,
                std::uint64_t run) {
  deltas.add(operation::erase, row.hash, {}, row.key, {},
             delivery_name_after(known.delivery, run, operation::erase, {}));
}

bool vanished::produce(std::size_t max) {
  expect(max > 0, "delete vanished rows", "room for one row");
  std::vector<hash128> hashes;
  std::vector<std::string> keys;
  known_.for_each_unseen([&](const hash128& key_hash, std::string_view key) {
    hashes.push_back(key_hash);
    keys.emplace_back(key);
    return hashes.size() < max;
  });
  if (hashes.empty()) {
    deltas_.complete_all();
    return false;
  }
  std::vector<std::optional<ledger::known_row>> found(hashes.size());
  known_.lookup(hashes, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& known = found[i];
    // Otherwise the same keys would be produced again, for ever.
    if (!known || !known_.mark_seen(known->ordinal))
      throw failure(defect("delete vanished rows", {},
                           "the ledger's view lists a key that it does not find"));
    add_delete(deltas_, {hashes[i], keys[i]}, *known, run_);
  }
  return true;
}

}  // namespace sluice::diff
