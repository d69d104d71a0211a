#include "runtime/schedule/ulid.hpp"

#include <algorithm>
#include <memory>
#include <random>

namespace sluice::schedule {

namespace {

constexpr char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint64_t last_millisecond = (1ull << 48) - 1;

/// Writes `count` characters of `value`, five bits each, ending before `end`.
void write_base32(char* end, std::uint64_t value, int count) {
  for (; count > 0; --count, value >>= 5) *--end = alphabet[value & 31];
}

}  // namespace

ulid_generator::ulid_generator(clock now)
    : ulid_generator(std::move(now), [device = std::make_shared<std::random_device>()] {
        return static_cast<std::uint32_t>((*device)());
      }) {}

ulid_generator::ulid_generator(clock now, random_source random)
    : now_(std::move(now)), random_(std::move(random)) {}

std::string ulid_generator::next() {
  const auto now = now_().time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  const auto milliseconds =
      std::min(static_cast<std::uint64_t>(std::max<decltype(now)>(now, 0)), last_millisecond);
  if (!started_ || milliseconds > milliseconds_) {
    started_ = true;
    milliseconds_ = milliseconds;
    draw_random_bits();
  } else {
    increment();
  }
  // Ten characters of time, then the 80 random bits as two halves of eight characters each.
  std::string id(26, '0');
  write_base32(id.data() + 10, milliseconds_, 10);
  write_base32(id.data() + 18, (std::uint64_t{random_high_} << 24) | (random_low_ >> 40), 8);
  write_base32(id.data() + 26, random_low_ & ((1ull << 40) - 1), 8);
  return id;
}

void ulid_generator::draw_random_bits() {
  // The uppermost bit stays free, so that every drawn number leaves room for counting upwards.
  random_high_ = static_cast<std::uint16_t>(random_() & 0x7fff);
  random_low_ = (std::uint64_t{random_()} << 32) | random_();
}

void ulid_generator::increment() {
  if (++random_low_ == 0) ++random_high_;
}

}  // namespace sluice::schedule
