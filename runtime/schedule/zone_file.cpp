#include "runtime/schedule/zone_file.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "runtime/os/small_file.hpp"

namespace sluice::schedule {
namespace {

/// The largest file that is read; those of the IANA database have a few kilobytes.
constexpr std::size_t largest = 1u << 20;

constexpr std::size_t header_bytes = 44;
constexpr std::size_t type_bytes = 6;

/// Reads numbers, which are big-endian, and never beyond the end.
class reader {
 public:
  explicit reader(std::string_view rest) : rest_(rest) {}

  /// The next `count` bytes; fewer than that are none.
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      complete_ = false;
      rest_ = {};
      return {};
    }
    const auto out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t out = 0;
    for (const char c : take(bytes)) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }
  /// Whether all that was asked for was there.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  std::string_view rest_;
  bool complete_ = true;
};

/// The counts in a header, of the block behind it.
struct counts {
  char version = '\0';
  std::uint64_t utc_indicators = 0;
  std::uint64_t standard_indicators = 0;
  std::uint64_t leaps = 0;
  std::uint64_t times = 0;
  std::uint64_t types = 0;
  std::uint64_t letters = 0;

  [[nodiscard]] std::size_t bytes(std::size_t time_bytes) const {
    return times * (time_bytes + 1) + types * type_bytes + letters + leaps * (time_bytes + 4) +
           standard_indicators + utc_indicators;
  }
};

std::optional<counts> read_header(reader& from) {
  const auto header = from.take(header_bytes);
  if (!header.starts_with("TZif")) return std::nullopt;
  reader numbers(header.substr(20));
  counts out;
  out.version = header[4];
  for (auto* const count : {&out.utc_indicators, &out.standard_indicators, &out.leaps, &out.times,
                            &out.types, &out.letters})
    *count = numbers.number(4);
  const bool known = out.version == '\0' || (out.version >= '2' && out.version <= '9');
  return known ? std::optional(out) : std::nullopt;
}

std::int64_t as_signed(std::uint64_t bits, std::size_t bytes) {
  return bytes == 4 ? static_cast<std::int32_t>(bits) : static_cast<std::int64_t>(bits);
}

/// The fault of the block that is used; empty if it has none.
std::string problem_of(std::string_view block, const counts& n, std::size_t time_bytes) {
  constexpr std::int32_t most_offset = 26 * 3600;
  constexpr std::int64_t calendar = 1'000'000'000'000;  // seconds: some 32,000 years
  if (n.types == 0) return "it has no type of local time";
  reader from(block);
  std::optional<std::int64_t> before;
  for (std::uint64_t i = 0; i < n.times; ++i) {
    const auto time = as_signed(from.number(time_bytes), time_bytes);
    // The library clips the first ones; the calendar ends before the last ones.
    if (time > calendar || (before && (time <= *before || time < -calendar)))
      return "its times are out of order";
    before = time;
  }
  for (std::uint64_t i = 0; i < n.times; ++i)
    if (from.number(1) >= n.types) return "it names a type of local time that it does not have";
  std::uint64_t furthest = 0;
  for (std::uint64_t i = 0; i < n.types; ++i) {
    const auto offset = static_cast<std::int32_t>(from.number(4));
    if (offset < -most_offset || offset > most_offset)
      return "it has an offset of more than 26 hours";
    if (from.number(1) > 1) return "it has a type of local time that makes no sense";
    furthest = std::max(furthest, from.number(1));
  }
  const auto letters = from.take(n.letters);
  if (furthest >= letters.size() || letters.back() != '\0') return "its names have no end";
  return {};
}

}  // namespace

std::string zone_file_problem(std::string_view content, leap_seconds allowed) {
  constexpr auto too_short = "it ends too early";
  reader from(content);
  auto header = read_header(from);
  if (!header) return content.size() < header_bytes ? too_short : "it describes no time zone";
  std::size_t time_bytes = 4;
  if (header->version != '\0') {
    // The first block is for programs from before 2005. The block that is used follows it.
    const auto version = header->version;
    from.take(header->bytes(time_bytes));
    if (!from.complete()) return too_short;
    header = read_header(from);
    if (!from.complete()) return too_short;
    if (!header || header->version != version) return "its second header is none";
    time_bytes = 8;
  }
  const auto block = from.take(header->bytes(time_bytes));
  if (!from.complete()) return too_short;
  if (header->leaps > 0 && allowed == leap_seconds::none) return "it counts leap seconds";
  return problem_of(block, *header, time_bytes);
}

std::string zone_file_damage(const std::filesystem::path& file, leap_seconds allowed) {
  const auto content = os::read_small_file(file, largest);
  return content.text ? zone_file_problem(*content.text, allowed) : content.why;
}

}  // namespace sluice::schedule
