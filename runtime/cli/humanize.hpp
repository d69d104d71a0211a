// Numbers and times in forms for people. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/timestamp.hpp"

namespace sluice::cli {

using std::chrono::milliseconds;

/// `1,234,567`
std::string count_text(std::uint64_t n);
/// `1 row`, `2 rows`
std::string count_text(std::uint64_t n, std::string_view noun);
/// `0 B`, `999 B`, `1.2 kB`, `34 MB`: in powers of 1000.
std::string bytes_text(std::uint64_t n);
/// `350 ms`, `12.3 s`, `3 min 05 s`, `2 h 05 min`, `3 d 4 h`. A negative one (clocks that differ)
/// counts as none.
std::string duration_text(milliseconds d);
/// `0:03`, `12:34`, `1:02:03`: keeps its width while it runs.
std::string clock_text(milliseconds d);
/// `12 s ago`, `in 15 min`, `just now`
std::string relative_text(timestamp t, timestamp now);
/// `2026-01-31 09:00:00Z`
std::string time_text(timestamp t);
/// `8,130 rows/s`; `-` where no time has passed yet.
std::string rate_text(std::uint64_t rows, milliseconds in);

}  // namespace sluice::cli
