// The settings of an HTTP destination.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "messages/delta.hpp"
#include "messages/identity_rule.hpp"
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
  struct only_row {  ///< whatever item there is, it is about the one row of the request
    bool operator==(const only_row&) const = default;
  };
  /// Whether the answer lists every row, or only those that failed.
  enum class listing : std::uint8_t { every_row, failed_rows } lists = listing::every_row;
  std::string items;  ///< where the list is
  std::variant<by_position, by_index, by_value, only_row> match;
  std::optional<condition> ok;       ///< of an item whose row was delivered; none: each one's was
  std::optional<std::string> error;  ///< the message of an item
  std::optional<condition> exists = {};   ///< of an item whose row is there already
  std::optional<condition> missing = {};  ///< of an item whose row is not there
  bool operator==(const http_results&) const = default;
};

/// One question about an answer.
struct answer_condition {
  enum class part : std::uint8_t {
    header,
    value,  ///< what a JSON pointer leads to in the body; its step * is any element
    text,   ///< the body as it came
  } of = part::text;
  std::string name;  ///< of the header; the pointer
  enum class test : std::uint8_t {
    in,
    present,  ///< there is something: not null, not "", [] or {}
    absent,   ///< the opposite
    matches,
  } is = test::matches;
  std::vector<std::string> in;  ///< as compact JSON
  std::string matches;          ///< a regular expression (text_pattern.hpp)
  bool operator==(const answer_condition&) const = default;
};

/// What must be true of an answer, all of it, for it to belong to a class.
struct answer_rule {
  struct range {
    int from = 0;
    int to = 0;
    bool operator==(const range&) const = default;
  };
  std::vector<range> statuses;        ///< one of them
  std::vector<answer_condition> all;  ///< none: the status is enough
  [[nodiscard]] bool is_about(int status) const;
  bool operator==(const answer_rule&) const = default;
};

/// What answers mean that their status does not tell. One rule of a class is enough; where rules of
/// several classes hold, the first of these classes counts.
struct answer_rules {
  std::vector<answer_rule> credentials;
  std::vector<answer_rule> retry;
  std::vector<answer_rule> reject;
  /// A 2xx that such a rule is about needs one of them to hold.
  std::vector<answer_rule> delivered;
  /// The row is there already, or is not there: before `reject`.
  std::vector<answer_rule> exists = {};
  std::vector<answer_rule> missing = {};
  bool operator==(const answer_rules&) const = default;
};

/// One kind of request. Texts may hold templates and references and are as they were written: both
/// are filled in by the destination, references each time it opens.
struct http_request_config {
  /// Upsert, insert, update or delete: where it stands in the configuration.
  std::string name = {};
  std::string method = {};
  std::string url = {};
  std::string body = {};                                          ///< JSON; empty: none
  std::string item = {};                                          ///< JSON: one element of {{rows}}
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< those of all requests first
  std::uint32_t batch_rows = defaults::http_batch_rows;           ///< rows in a request
  std::optional<http_results> results = {};
  std::optional<answer_rules> answer = {};
  http_statuses statuses = {};  ///< what differs from the rule
  bool per_row = false;         ///< names a row: is sent once for each
  bool operator==(const http_request_config&) const = default;
};

/// How the API tells rows apart, of one of their values.
struct http_identity {
  /// A mapped field, or a key column; empty: every key column.
  std::vector<std::string> path;
  std::optional<identity_form> form = {};  ///< nothing: that of the value's kind
  std::vector<identity_step> steps = {};   ///< of texts
  /// There must be such a field or column. Presets name whatever a connection may have.
  bool insists = true;
  bool operator==(const http_identity&) const = default;
};

/// What the mapping must have for the API to take a row: one of these fields.
struct http_requirement {
  std::vector<std::vector<std::string>> any_of;  ///< paths
  std::string why;
  bool operator==(const http_requirement&) const = default;
};

struct http_config {
  static constexpr std::string_view kind_name = "http";

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
  std::uint64_t max_answer = defaults::max_answer;  ///< bytes that are read, after decompression
  bool gzip = false;
  std::optional<rate> rate_limit;
  std::chrono::milliseconds timeout = defaults::http_timeout;
  retrying retry;
  std::string idempotency_header;  ///< empty: none
  std::vector<http_identity> identity;
  std::vector<http_requirement> required;  ///< by the preset
  tls_files tls;
  /// `requests`, in their order, with secrets masked.
  std::vector<http_request_config> shown_requests;
  bool operator==(const http_config&) const = default;
};

/// The request that delivers deltas of this operation, or null.
[[nodiscard]] const http_request_config* request_for(const http_config& config, operation op);

/// Whether runs of this mode ever send the request at this position.
[[nodiscard]] bool is_sent(const http_config& config, std::size_t request, sync_mode mode);

/// What a connection wants that its destination cannot do, and what to do about it.
struct unmet_requirement {
  std::string problem;
  std::string hint;
};
/// The first requirement that `fields`, the paths of all that is mapped, do not meet.
[[nodiscard]] std::optional<unmet_requirement> unmet(
    const http_config& config, const std::vector<std::vector<std::string>>& fields);

}  // namespace sluice::config
