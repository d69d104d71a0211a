// What an answer says of each row of its request. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "messages/identity_rule.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/http/answer_body.hpp"

namespace sluice::destinations {

/// What became of one row of a request.
struct row_verdict {
  enum class kind : std::uint8_t {
    delivered,
    rejected,
    unknown,
    exists,   ///< refused, since the row is there already
    missing,  ///< refused, since the row is not there
  } what = kind::unknown;
  std::string reason;  ///< of a refused row, in the words of the API
  bool operator==(const row_verdict&) const = default;
};

/// What an answer says of each row of its request.
struct row_verdicts {
  std::vector<row_verdict> rows;  ///< by position in the request
  std::string unreadable;         ///< why nothing can be told of any row; empty if something can
  /// Something is told of a row that cannot be made out: any of those that are `unknown`.
  bool stray = false;
};

/// Reads the per-row outcomes out of an answer. `values`: what `results.match` compares, by
/// position in the request; empty where it does not match by value. They are compared as the API
/// tells them apart: `identity`. What is said about the only row of a request is about that row,
/// whatever it calls it.
row_verdicts read_results(const config::http_results& results, const http::answer_body& body,
                          std::size_t rows, std::span<const std::string> values,
                          const identity_column& identity = identity_form::text);

/// Whether the one item of an answer to a batch says that its request failed as a whole.
bool refuses_batch(const config::http_results& results, const http::answer_body& body);

}  // namespace sluice::destinations
