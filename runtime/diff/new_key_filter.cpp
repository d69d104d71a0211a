#include "runtime/diff/new_key_filter.hpp"

#include <utility>

#include "runtime/diff/key_order.hpp"

namespace sluice::diff {

new_key_filter::new_key_filter(add_to_set add, std::filesystem::path directory)
    : add_(std::move(add)), log_(std::move(directory)) {}

bool new_key_filter::note(std::string_view identity, const hash128& key_hash) {
  if (ascending_) {
    if (highest_.empty() || compare_keys(identity, highest_) > 0) {
      highest_ = identity;
      log_.append(key_hash);
      return true;
    }
    ascending_ = false;
    log_.drain([this](const hash128& earlier) { add_(earlier); });
  }
  return add_(key_hash);
}

}  // namespace sluice::diff
