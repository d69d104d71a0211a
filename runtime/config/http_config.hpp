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
#include "runtime/config/credential_config.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/config/http_body.hpp"
#include "runtime/config/http_statuses.hpp"
#include "runtime/config/http_template.hpp"
#include "runtime/config/request_limits.hpp"

namespace sluice::config {

/// Where an answer has the result of each row of a request. Pointers are JSON pointers (RFC 6901).
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
  struct only_row {  ///< every item is about the only row of the request
    bool operator==(const only_row&) const = default;
  };
  /// Whether the answer lists every row, or only failed rows.
  enum class listing : std::uint8_t { every_row, failed_rows } lists = listing::every_row;
  std::string items;  ///< pointer to the list
  std::variant<by_position, by_index, by_value, only_row> match;
  /// Holds for an item whose row was delivered; none: every listed row was.
  std::optional<condition> ok;
  std::optional<std::string> error;       ///< the message of an item
  std::optional<condition> exists = {};   ///< holds for an item whose row exists already
  std::optional<condition> missing = {};  ///< holds for an item whose row does not exist
  bool operator==(const http_results&) const = default;
};

/// One question about an answer.
struct answer_condition {
  enum class part : std::uint8_t {
    header,
    value,  ///< the value in the body that a JSON pointer leads to; its step * is any element
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

/// The conditions that must all hold for an answer to belong to a class.
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

/// Classes of answers that their status does not show. One rule of a class is enough; if rules of
/// several classes hold, the first of these classes counts.
struct answer_rules {
  std::vector<answer_rule> credentials;
  std::vector<answer_rule> retry;
  std::vector<answer_rule> reject;
  /// If there are such rules for a 2xx status, one of them must hold.
  std::vector<answer_rule> delivered;
  /// The row exists already, or does not exist; looked at before `reject`.
  std::vector<answer_rule> exists = {};
  std::vector<answer_rule> missing = {};
  /// Every request is wrong, not its rows; looked at after `credentials`.
  std::vector<answer_rule> road = {};
  bool operator==(const answer_rules&) const = default;
};

/// A value that is taken from an answer, by a look-up or to be remembered: from the item about the
/// row where there are `results`, else from the answer as a whole.
struct taken_value {
  std::string name;
  std::string pointer;
  bool operator==(const taken_value&) const = default;
};

/// One kind of request. Texts are as written, with templates and references: the destination fills
/// in both, references each time it opens.
struct http_request_config {
  /// The request of a look-up, by its key in the configuration.
  static constexpr std::string_view of_lookup = "lookup.request";

  /// Upsert, insert, update, delete or `of_lookup`: its key in the configuration.
  std::string name = {};
  std::string method = {};
  std::string url = {};
  body_format format = body_format::json;
  csv_layout csv = {};    ///< of `csv`
  std::string body = {};  ///< as JSON: a string where the format is a text; empty: none
  std::string item = {};  ///< as JSON: one element of {{rows}}
  /// The shared ones of all requests first.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::uint32_t batch_rows = defaults::http_batch_rows;  ///< rows in a request
  std::optional<http_results> results = {};
  std::optional<answer_rules> answer = {};
  http_statuses statuses = {};         ///< statuses that differ from the rule
  bool per_row = false;                ///< names a row, so one request is sent for each row
  std::vector<taken_value> take = {};  ///< of a look-up; never empty there
  /// Kept with the keys of delivered rows: {{known.NAME}} of later requests.
  std::vector<taken_value> remember = {};

  [[nodiscard]] bool looks_up() const { return name == of_lookup; }
  bool operator==(const http_request_config&) const = default;
};

/// What the API is asked for before rows are written.
struct http_lookup {
  /// What becomes of a row for which nothing is found.
  enum class miss : std::uint8_t {
    reject,
    null,  ///< it is written, with NULL
    skip,  ///< it is not written by this run
  };
  http_request_config request = {};
  miss on_miss = miss::reject;
  bool cached = true;                      ///< a run asks the same only once
  http_request_config shown_request = {};  ///< `request`, with secrets masked
  bool operator==(const http_lookup&) const = default;
};

/// How the API identifies rows by one of their values.
struct http_identity {
  /// A mapped field, or a key column; empty: every key column.
  std::vector<std::string> path;
  std::optional<identity_form> form = {};  ///< nothing: the form of the value's kind
  std::vector<identity_step> steps = {};   ///< of texts
  /// There must be such a field or column. Presets also name fields that a connection may lack.
  bool insists = true;
  bool operator==(const http_identity&) const = default;
};

/// A requirement of the API: one of these fields must be mapped.
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
  /// What requests show: a credential of the node that delivers, or one of the destination alone.
  struct authority {
    std::string name;                      ///< empty: `own`
    std::optional<credential_config> own;  ///< nothing: the node's
    bool operator==(const authority&) const = default;
  };
  struct retrying {
    std::chrono::milliseconds base = defaults::retry_base;
    std::chrono::milliseconds cap = defaults::retry_cap;
    std::chrono::milliseconds give_up_after = defaults::give_up_after;
    bool operator==(const retrying&) const = default;
  };

  std::filesystem::path directory;  ///< the base of relative paths in references
  std::vector<http_request_config> requests;
  /// Position in `requests`, by `operation`.
  std::array<std::optional<std::size_t>, 3> request_for;
  std::optional<http_lookup> lookup;
  std::optional<credentials> basic_auth;
  std::optional<authority> auth;
  /// Nothing: each `url` names its server; otherwise it begins with the path.
  std::optional<base_url_config> base_url;
  std::uint64_t max_body = defaults::max_body;  ///< bytes of a request's body, before compression
  /// Most bytes that are read, after decompression.
  std::uint64_t max_answer = defaults::max_answer;
  bool gzip = false;
  request_limits limits;
  std::string account;  ///< of the node, whose limits count instead; empty: none
  std::chrono::milliseconds timeout = defaults::http_timeout;
  retrying retry;
  std::string idempotency_header;  ///< empty: none
  std::vector<http_identity> identity;
  std::vector<http_requirement> required;  ///< by the preset
  /// Modes that the preset does not offer, and why.
  std::vector<std::pair<sync_mode, std::string>> refused_modes;
  tls_files tls;
  /// `requests`, in their order, with secrets masked.
  std::vector<http_request_config> shown_requests;
  bool operator==(const http_config&) const = default;
};

/// The request that delivers deltas of this operation, or null.
[[nodiscard]] const http_request_config* request_for(const http_config& config, operation op);

/// All of its requests, that of the look-up included.
[[nodiscard]] std::vector<const http_request_config*> every_request(const http_config& config);

/// Whether runs of this mode ever send the request at this position.
[[nodiscard]] bool is_sent(const http_config& config, std::size_t request, sync_mode mode);

/// A setting of a connection that its destination cannot fulfil, with a hint.
struct unmet_requirement {
  std::string problem;
  std::string hint;
};
/// The first requirement that `fields`, the paths of all mapped fields, do not meet.
[[nodiscard]] std::optional<unmet_requirement> unmet(
    const http_config& config, const std::vector<std::vector<std::string>>& fields);

}  // namespace sluice::config
