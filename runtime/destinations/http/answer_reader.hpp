// Reads the answers to one kind of request: conditions, pages for people, results.
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
  /// After so many unreadable answers in a row no further request is sent. As long as no answer
  /// could be read, two are enough: the configuration does not fit the API, or the server is not
  /// the API.
  static constexpr std::uint32_t most_unread = 5;
  static constexpr std::uint32_t most_unread_at_first = 2;

  explicit answer_reader(const config::http_request_config& request);

  /// The class of an answer to a request with `rows` rows, by the conditions or by its only result;
  /// nothing: its status decides.
  [[nodiscard]] std::optional<status_class> judge(const http::http_answer& answer,
                                                  std::size_t rows) const;

  /// The verdict on each row in an answer that says "delivered" as a whole. `values`: the values
  /// that `results.match` compares, and how the API identifies them. Of a look-up the verdicts have
  /// what was found. An answer without verdicts is
  /// `unreadable`. An answer about rows that cannot be found is `stray`, and does not count as
  /// unreadable; neither does a list without verdicts, once another answer could be read.
  row_verdicts read(const http::http_answer& answer, std::size_t rows,
                    std::span<const std::string> values,
                    const identity_column& identity = identity_form::text);

  /// Whether so many answers in a row were unreadable that sending more is useless.
  [[nodiscard]] bool lost() const;
  /// An answer was unreadable, and none was readable yet.
  [[nodiscard]] bool doubtful() const { return unread_ > 0 && !read_any_; }
  /// The hint for unreadable answers.
  [[nodiscard]] std::string hint() const;

 private:
  /// Why the answer is no evidence of a delivery; empty if it is evidence.
  [[nodiscard]] std::string doubt(const http::http_answer& answer) const;

  std::optional<config::http_results> results_;
  std::optional<config::http_request_config> lookup_;  ///< the request, if it looks up
  std::vector<config::taken_value> remember_;
  std::optional<answer_conditions> conditions_;
  std::uint32_t unread_ = 0;  ///< in a row
  bool read_any_ = false;
};

}  // namespace sluice::destinations
