// Rejected rows as lines of a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/run.hpp"

namespace sluice::api {

/// The first line of a file of `csv_lines`.
inline constexpr std::string_view csv_head =
    "key,operation,reason,status,attempts,first_at,last_at\r\n";
/// RFC 4180, every cell quoted. A cell that spreadsheets would take for a formula begins with a
/// quotation mark, for what is in it comes from elsewhere.
std::string csv_lines(const std::vector<rejected_row>& rows);

/// As `to_json_text` has them, one in each line.
std::string json_lines(const std::vector<rejected_row>& rows);

}  // namespace sluice::api
