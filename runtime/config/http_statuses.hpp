// What the statuses of an API mean, where the configuration says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::config {

/// Whom an answer with a status concerns.
enum class status_class : std::uint8_t {
  delivered,    ///< the request was carried out
  retry,        ///< the API may take the same request later
  credentials,  ///< no request will be taken with these credentials
  road,         ///< the request as such is wrong, whatever its rows: method, address, a redirect
  row,          ///< something in the rows is wrong
  exists,       ///< the row is there already: what was to be inserted can be updated
  missing,      ///< the row is not there: what was to be updated can be inserted
};

/// `delivered`, `retry`, `credentials`, `road`, `row`, `exists` or `missing`: the words of the
/// configuration.
[[nodiscard]] std::string_view to_string(status_class x);

/// Statuses and ranges of them, with their classes. Pure.
class http_statuses {
 public:
  static constexpr int lowest = 200;
  static constexpr int highest = 999;

  /// Adds what `key` names: a status such as `430`, or a range such as `52x` or `5xx`. False if it
  /// is none from 200 to 999.
  bool add(std::string_view key, status_class meaning);

  /// What is said of `status`, that of the narrowest range it is in; nothing if it is in none.
  [[nodiscard]] std::optional<status_class> find(int status) const;

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  bool operator==(const http_statuses&) const = default;

 private:
  struct range {
    int first = 0;
    int last = 0;
    status_class meaning = status_class::row;
    bool operator==(const range&) const = default;
  };
  std::vector<range> ranges_;
};

}  // namespace sluice::config
