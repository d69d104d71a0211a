// XXH3 over bytes that arrive in pieces; equal to the hash of all bytes at once.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/ledger/bytes.hpp"

namespace sluice::ledger {

/// The common part of all widths. One thread only.
template <auto Reset, auto Update>
class hash_stream {
 public:
  hash_stream() : state_(XXH3_createState()) { reset(); }

  void reset() { Reset(state_.get()); }
  void update(std::string_view bytes) { Update(state_.get(), bytes.data(), bytes.size()); }

 protected:
  [[nodiscard]] const XXH3_state_t* state() const { return state_.get(); }

 private:
  struct release {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, release> state_;
};

/// 64 bits: `checksum` of all bytes.
class streamed_checksum : public hash_stream<XXH3_64bits_reset, XXH3_64bits_update> {
 public:
  [[nodiscard]] std::uint64_t value() const { return XXH3_64bits_digest(state()); }
};

/// 128 bits: `hash_text` of all bytes.
class streamed_hash : public hash_stream<XXH3_128bits_reset, XXH3_128bits_update> {
 public:
  [[nodiscard]] hash128 value() const {
    const auto hash = XXH3_128bits_digest(state());
    return {hash.high64, hash.low64};
  }
};

}  // namespace sluice::ledger
