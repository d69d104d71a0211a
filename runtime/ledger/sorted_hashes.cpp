#include "runtime/ledger/sorted_hashes.hpp"

#include <algorithm>

namespace sluice::ledger {

sorted_hashes::sorted_hashes(system_calls& calls, const std::filesystem::path& directory,
                             std::uint64_t capacity, const std::function<const hash128*()>& next) {
  // presence | hashes
  auto out = file::unnamed(calls, directory);
  const auto presence_bytes = round_up(capacity * presence_bits_per_entry / 8, page_bytes);
  presence_writer presence(out, 0, byte_count{presence_bytes});
  region_writer hashes(out, presence_bytes);
  std::uint64_t count = 0;
  for (const auto* each = next(); each != nullptr; each = next(), ++count) {
    presence.add(each->high);
    hashes.append(bytes_of(*each));
  }
  presence.finish();
  hashes.flush();
  mapped_ = out.map();
  presence_ = presence_filter(mapped_.bytes().substr(0, presence_bytes));
  hashes_ = {reinterpret_cast<const hash128*>(mapped_.data() + presence_bytes), count};
}

bool sorted_hashes::contains(const hash128& hash) const {
  return presence_.may_contain(hash.high) &&
         std::binary_search(hashes_.begin(), hashes_.end(), hash);
}

}  // namespace sluice::ledger
