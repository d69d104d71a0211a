// A checksum over bytes that arrive in pieces; equal to `checksum` over all of them at once.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/ledger/bytes.hpp"

namespace sluice::ledger {

class streamed_checksum {
 public:
  streamed_checksum() : state_(XXH3_createState()) { reset(); }

  void reset() { XXH3_64bits_reset(state_.get()); }
  void update(std::string_view bytes) {
    XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
  }
  [[nodiscard]] std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  struct release {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, release> state_;
};

}  // namespace sluice::ledger
