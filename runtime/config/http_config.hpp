// The settings of an HTTP destination.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "messages/batch.hpp"
#include "messages/run.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/config/http_statuses.hpp"
#include "runtime/config/http_template.hpp"

namespace sluice::config {

/// How an answer tells of each row of a request. Pointers are JSON pointers (RFC 6901).
struct http_results {
  struct by_position {  ///< the first item is about the first row
    bool operator==(const by_position&) const = default;
  };
  struct by_index {  ///< the item holds the row's position in the request
    std::string item;
    bool operator==(const by_index&) const = default;
  };
  struct by_value {  ///< the item holds the value of a field or of a key column
    template_variable row;
    std::string item;
    bool operator==(const by_value&) const = default;
  };
  struct condition {
    std::string pointer;
    std::vector<std::string> in;  ///< as compact JSON
    bool operator==(const condition&) const = default;
  };
  /// Whether the answer lists every row, or only those that failed.
  enum class listing : std::uint8_t { every_row, failed_rows } lists = listing::every_row;
  std::string items;  ///< where the list is
  std::variant<by_position, by_index, by_value> match;
  std::optional<condition> ok;       ///< of an item whose row was delivered; none: each one's was
  std::optional<std::string> error;  ///< the message of an item
  bool operator==(const http_results&) const = default;
};

/// One kind of request. Texts may hold templates and references and are as they were written: both
/// are filled in by the destination, references each time it opens.
struct http_request_config {
  std::string name =
      {};  ///< upsert, insert, update or delete: where it stands in the configuration
  std::string method = {};
  std::string url = {};
  std::string body = {};                                          ///< JSON; empty: none
  std::string item = {};                                          ///< JSON: one element of {{rows}}
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< those of all requests first
  std::uint32_t batch_rows = defaults::http_batch_rows;           ///< rows in a request
  std::optional<http_results> results = {};
  http_statuses statuses = {};  ///< what differs from the rule
  bool per_row = false;         ///< names a row: is sent once for each
  bool operator==(const http_request_config&) const = default;
};

struct http_config {
  struct credentials {
    std::string user;
    std::string password;
    bool operator==(const credentials&) const = default;
  };
  struct rate {
    std::uint32_t requests = 0;
    std::chrono::milliseconds per{0};
    bool operator==(const rate&) const = default;
  };
  struct retrying {
    std::chrono::milliseconds base = defaults::retry_base;
    std::chrono::milliseconds cap = defaults::retry_cap;
    std::chrono::milliseconds give_up_after = defaults::give_up_after;
    bool operator==(const retrying&) const = default;
  };
  struct tls_files {
    std::filesystem::path ca;  ///< empty: those of the system
    std::filesystem::path certificate;
    std::filesystem::path key;
    bool operator==(const tls_files&) const = default;
  };

  std::filesystem::path directory;  ///< what relative paths in references are relative to
  std::vector<http_request_config> requests;
  /// Position in `requests`, by `operation`.
  std::array<std::optional<std::size_t>, 3> request_for;
  std::optional<credentials> basic_auth;
  std::uint64_t max_body = defaults::max_body;  ///< bytes of a request's body, before compression
  bool gzip = false;
  std::optional<rate> rate_limit;
  std::chrono::milliseconds timeout = defaults::http_timeout;
  retrying retry;
  std::string idempotency_header;  ///< empty: none
  tls_files tls;
  /// The section as it may be printed: a preset filled in, secrets masked.
  std::string explained;
  /// `requests`, in their order, with secrets masked as in `explained`.
  std::vector<http_request_config> shown_requests;
  bool operator==(const http_config&) const = default;
};

/// The request that delivers deltas of this operation, or null.
[[nodiscard]] const http_request_config* request_for(const http_config& config, operation op);

/// Whether runs of this mode ever send the request at this position.
[[nodiscard]] bool is_sent(const http_config& config, std::size_t request, sync_mode mode);

/// How many rows a second the rate limit lets through at most in requests for `op`; nothing without
/// a limit or such a request.
[[nodiscard]] std::optional<double> rows_per_second(const http_config& config, operation op);

}  // namespace sluice::config
