// What an answer means. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/http_config.hpp"

namespace sluice::destinations {

/// What became of one row of a request.
struct row_verdict {
  enum class kind : std::uint8_t { delivered, rejected, unknown } what = kind::unknown;
  std::string reason;  ///< of a rejected row, in the words of the API
  bool operator==(const row_verdict&) const = default;
};

/// What an answer says of each row of its request.
struct row_verdicts {
  std::vector<row_verdict> rows;  ///< by position in the request
  std::string unreadable;         ///< why nothing can be told of any row; empty if something can
};

/// Reads the per-row outcomes out of an answer. `values`: what `results.match` compares, by
/// position in the request; empty where it does not match by value.
row_verdicts read_results(const config::http_results& results, std::string_view body,
                          std::size_t rows, std::span<const std::string> values);

/// What the API says about a failure: the message in a JSON answer, else the text on one line. At
/// most 2,048 bytes.
std::string failure_text(std::string_view body);

/// `HTTP 429 Too Many Requests`; the name is left out where it is not a common one.
std::string status_text(int status);

}  // namespace sluice::destinations
