// Reads an answer's verdict on each row of its request. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "messages/identity_rule.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/http/answer_body.hpp"

namespace sluice::destinations {

/// The verdict on one row of a request.
struct row_verdict {
  enum class kind : std::uint8_t {
    delivered,
    rejected,
    unknown,
    exists,   ///< refused, since the row exists already
    missing,  ///< refused, since the row does not exist; of a look-up: something was not found
  } what = kind::unknown;
  std::string reason;  ///< of a refused row: the API's message
  /// Of a look-up, or of a delivered row of which something is remembered: the values, packed; NULL
  /// for what was not found.
  std::string found = {};
  bool operator==(const row_verdict&) const = default;
};

/// The verdicts on all rows of a request.
struct row_verdicts {
  std::vector<row_verdict> rows;  ///< by position in the request
  std::string unreadable;         ///< why no row has a verdict; empty if some row has one
  /// A verdict is about a row that could not be found; it may be any of the `unknown` rows.
  bool stray = false;
};

/// Reads the verdicts in an answer. `values`: the values that `results.match` compares, by position
/// in the request; empty if results are not matched by value. Values are compared by `identity`, as
/// the API identifies them. The only verdict in an answer to a request for one row is about that
/// row, even if it names another. `remember`: see `remembered_in`.
row_verdicts read_results(const config::http_results& results, const http::answer_body& body,
                          std::size_t rows, std::span<const std::string> values,
                          const identity_column& identity = identity_form::text,
                          const std::vector<config::taken_value>& remember = {});

/// What is to be remembered of a row: the values in `item`, packed; NULL for what is not there, or
/// no single value.
std::string remembered_in(const nlohmann::json& item,
                          const std::vector<config::taken_value>& remember);

/// Reads what a look-up takes from an answer: from the first item about each row where there are
/// results, else from the answer itself. The verdict on a row is `delivered`, `missing`, or
/// `rejected` for what is no single value. Otherwise as `read_results`.
row_verdicts read_found(const config::http_request_config& lookup, const http::answer_body& body,
                        std::size_t rows, std::span<const std::string> values,
                        const identity_column& identity = identity_form::text);

/// Whether the only item of an answer to a batch says that the request failed as a whole.
bool refuses_batch(const config::http_results& results, const http::answer_body& body);

}  // namespace sluice::destinations
