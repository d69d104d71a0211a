// The configured meanings of an API's statuses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::config {

/// What an answer with a status concerns.
enum class status_class : std::uint8_t {
  delivered,    ///< the request was carried out
  retry,        ///< the API may take the same request later
  credentials,  ///< no request will be taken with these credentials
  road,         ///< the request itself is wrong, not its rows: method, address, a redirect
  row,          ///< something in the rows is wrong
  exists,       ///< the row exists already: an insert can become an update
  missing,      ///< the row does not exist: an update can become an insert
};

/// `delivered`, `retry`, `credentials`, `road`, `row`, `exists` or `missing`: the words of the
/// configuration.
[[nodiscard]] std::string_view to_string(status_class x);

/// Statuses and ranges of them, with their classes. Pure.
class http_statuses {
 public:
  static constexpr int lowest = 200;
  static constexpr int highest = 999;

  /// Adds a meaning for `key`: a status such as `430`, or a range such as `52x` or `5xx`. False
  /// unless it is from 200 to 999.
  bool add(std::string_view key, status_class meaning);

  /// The meaning of `status`, from the narrowest range that contains it; nothing if none does.
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
