#include "runtime/diff/fingerprint.hpp"

#define XXH_INLINE_ALL  // inlined, since keys are short inputs
#include <xxhash.h>

namespace sluice::diff {

hash128 fingerprint(std::string_view packed) {
  const auto hash = XXH3_128bits(packed.data(), packed.size());
  return {hash.high64, hash.low64};
}

}  // namespace sluice::diff
