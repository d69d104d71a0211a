// The gzip format, in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::test {

/// `data` compressed.
std::string gzip(std::string_view data);
/// `data` decompressed. Throws std::runtime_error if `data` is not one whole gzip member.
std::string gunzip(std::string_view data);
/// A thousandth of `size` that inflates to `size` bytes of zero, which are never in memory at once.
std::string gzip_bomb(std::size_t size);

}  // namespace sluice::test
