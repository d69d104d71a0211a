// How the answers to one kind of request are read: conditions, pages for people, results.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/answer_conditions.hpp"
#include "runtime/destinations/http/row_results.hpp"
#include "runtime/destinations/http/status_class.hpp"
#include "runtime/http/http_answer.hpp"

namespace sluice::destinations {

/// Keeps count of answers that could not be read. One thread.
class answer_reader {
 public:
  /// So many such answers one after the other, and no further one is asked for. While none has been
  /// read yet, two are enough: the configuration does not fit the API, or it is not the API.
  static constexpr std::uint32_t most_unread = 5;
  static constexpr std::uint32_t most_unread_at_first = 2;

  explicit answer_reader(const config::http_request_config& request);

  /// What the conditions, or the one result of a request with `rows` rows, make of an answer;
  /// nothing: its status decides.
  [[nodiscard]] std::optional<status_class> judge(const http::http_answer& answer,
                                                  std::size_t rows) const;

  /// What an answer that says "delivered" as a whole says of each row. `values`: what
  /// `results.match` compares, and how the API tells them apart. An answer that does not tell is
  /// `unreadable`. One that tells of rows which cannot be made out is `stray`, and does not count
  /// as unreadable: neither is one that tells of none where others did.
  row_verdicts read(const http::http_answer& answer, std::size_t rows,
                    std::span<const std::string> values,
                    const identity_column& identity = identity_form::text);

  /// Whether too many answers in a row were unreadable.
  [[nodiscard]] bool lost() const;
  /// What to do about unreadable answers.
  [[nodiscard]] std::string hint() const;

 private:
  /// Why the answer is no evidence of a delivery; empty if it is.
  [[nodiscard]] std::string doubt(const http::http_answer& answer) const;

  std::optional<config::http_results> results_;
  std::optional<answer_conditions> conditions_;
  std::uint32_t unread_ = 0;  ///< in a row
  bool read_any_ = false;
};

}  // namespace sluice::destinations
