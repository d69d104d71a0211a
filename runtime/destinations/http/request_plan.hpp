// Turns deltas into requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "messages/row.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/answer_reader.hpp"
#include "runtime/destinations/http/body_template.hpp"
#include "runtime/destinations/http/text_template.hpp"
#include "runtime/destinations/http/values_beside.hpp"
#include "runtime/http/http_request.hpp"

namespace sluice::destinations {

/// A request and the deltas it carries.
struct built_request {
  http::http_request request;
  std::vector<std::uint32_t> rows;    ///< positions in the batch, in the order of {{rows}}
  std::vector<rejection> unsendable;  ///< deltas that fit into no request
  std::size_t consumed = 0;           ///< so many of the given deltas are in `rows` or `unsendable`
};

/// How the deltas of one kind become requests. Secrets in the templates are resolved at
/// construction, unless the requests are only shown. One thread.
class request_plan {
 public:
  /// Throws `failure` (invalid_config) if a template names a value that the rows do not have, or a
  /// reference has no value. `beside`: where the values beside the rows come from; they outlive it.
  request_plan(const config::http_request_config& request, const config::http_config& destination,
               const delivery_context& run,
               text_template::references refer = text_template::references::resolved,
               std::span<value_source* const> beside = {});

  /// A request for as many of `rows`, in order, as batch_rows and max_body allow. REQUIRES: `rows`
  /// is not empty.
  built_request build(const batch& deltas, std::span<const std::uint32_t> rows);

  /// The value that `results.match` compares, as text. REQUIRES: results are matched by value.
  std::string match_text(const delta_view& delta);
  /// How the API identifies such values.
  [[nodiscard]] const identity_column& match_identity() const { return match_identity_; }

  /// Whether an earlier run handed the row to the API, with unknown outcome.
  [[nodiscard]] bool was_in_doubt(const delta_view& delta) const;
  /// Whether requests have values of this source.
  [[nodiscard]] bool names(value_source::word called) const { return beside_.names(called); }
  /// Whether requests carry ids, by which the API recognises a repeated one.
  [[nodiscard]] bool has_ids() const { return needs_row_ids_; }
  /// How long the API may work on a request that it has not answered.
  [[nodiscard]] std::chrono::milliseconds at_work() const { return at_work_; }

  /// An answer has shown that the address is right.
  void has_answered() { answers_ = true; }
  [[nodiscard]] bool answers() const { return answers_; }

  [[nodiscard]] const config::http_request_config& config() const { return config_; }
  /// Reads the answers to its requests.
  [[nodiscard]] answer_reader& reader() { return reader_; }
  /// `POST https://api.example.com/v1/contacts`: for messages; without secrets and rows' values.
  [[nodiscard]] const std::string& shown() const { return shown_; }
  /// Scheme and server of the address; empty where the answer of a token server names it.
  [[nodiscard]] const std::string& server() const { return server_; }
  /// Number of values that JSON cannot hold and that were written as null.
  [[nodiscard]] std::uint64_t nonfinite() const {
    return render_.row.nonfinite() + render_.key.nonfinite();
  }

 private:
  /// Splits the address of requests into its parts; throws if it is no address.
  void check_address();
  template_row row_of(const delta_view& delta, std::size_t index);
  [[nodiscard]] std::string too_large() const;
  [[nodiscard]] std::string id_of(const delta_view& delta) const;
  std::optional<std::string> finish(built_request& out, const template_row& row,
                                    std::string_view rows);
  /// Appends the body, and of a multipart body the header that names its boundary.
  text_template::fit render_body(http::http_request& request, const template_row& row,
                                 std::string_view rows, std::string& problem);

  config::http_request_config config_;
  answer_reader reader_;
  std::uint64_t max_body_;
  bool has_base_url_;
  std::string idempotency_header_;
  std::chrono::milliseconds at_work_;
  std::string connection_;  ///< part of the ids, beside the delta
  std::uint64_t run_;       ///< part of the ids; see delivery_name
  std::string shown_;
  std::string server_;

  values_beside beside_;  ///< before the templates, which ask it for positions
  text_template url_;
  std::vector<std::pair<std::string, text_template>> headers_;
  body_template body_;
  body_template item_;
  std::size_t match_position_ = 0;  ///< of the value that `results.match` compares
  identity_column match_identity_ = identity_form::text;
  std::size_t overhead_ = 0;  ///< bytes of a body around its rows
  bool needs_values_ = false;
  bool needs_row_ids_ = false;
  bool answers_ = false;

  object_renderers render_;
  std::vector<value_view> row_values_;
  std::vector<value_view> key_values_;
  std::string id_;
  std::string rows_;
};

}  // namespace sluice::destinations
