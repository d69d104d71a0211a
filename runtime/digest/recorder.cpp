#include "runtime/digest/recorder.hpp"

#include "messages/expect.hpp"

namespace sluice::digest {
namespace {

/// Keys that are kept in memory, 64 bytes each. A source with more is read as a whole.
constexpr std::size_t most_repeated = 256u << 10;

}  // namespace

void recorder::note(const diff::row_block& block,
                    std::span<const std::optional<source::row_hashes>> hashes,
                    std::span<const hash128> repeated) {
  if (!usable_) return;
  expect(hashes.size() == block.size(), "note hashes", "those of each row");
  for (std::size_t i = 0; i < block.size() && usable_; ++i) {
    const auto row = block[i];
    const auto& said = hashes[i];
    usable_ = said.has_value();
    if (!usable_) return;
    entry seen{.source_key = said->key, .source_row = {}, .key = row.key_hash, .fingerprint = {}};
    if (said->row) seen.source_row = *said->row;
    const bool valid = row.state == diff::key_use::usable && row.invalid_reason.empty();
    if (said->row && valid) seen.fingerprint = row.fingerprint;
    rows_.add(seen);
  }
  repeated_.insert(repeated.begin(), repeated.end());
  if (repeated_.size() > most_repeated) {
    usable_ = false;
    repeated_.clear();
  }
}

}  // namespace sluice::digest
