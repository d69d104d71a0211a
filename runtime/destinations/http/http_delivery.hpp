// Getting one batch to an API: requests, attempts, halving, and the fate of every row.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/answer.hpp"
#include "runtime/destinations/http/http_client.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/traffic.hpp"

namespace sluice::destinations {

/// One batch. Every delta has exactly one fate in the end:
///
///   2xx                       delivered, or what `results` says of the row; in doubt if that
///                             cannot be read
///   any, by `answer`          delivered, tried again, halved or failed, whatever the status
///   408 425 429 5xx, network  tried again until the API has failed for `give_up_after`
///   409 after an attempt of unknown outcome
///                             tried again if requests carry ids; then updated, if it was an insert
///                             and updates have a request of their own; else it stays in doubt
///   413, a refused batch      halved until the bad rows stand alone, which are rejected
///   401 403, redirects, TLS   the destination fails as a whole, no row is rejected
///
/// Rows of which an answer does not tell, while it tells of others, are halved, too.
///
/// A row that was in a request whose outcome is not known stays `unknown` unless it is delivered
/// later: also if it is refused in the end, since the earlier attempt may have been carried out.
class http_delivery {
 public:
  http_delivery(const batch& deltas, http_client& client, traffic::lane& lane,
                const traffic& shared, const std::stop_token& stop);

  /// Delivers the deltas at `rows`. Returns at once if the destination failed before. `if_there`:
  /// for rows in doubt that turn out to be there; null if there is no other way to write them.
  void deliver(request_plan& plan, std::vector<std::uint32_t> rows,
               request_plan* if_there = nullptr);

  batch_outcome take_outcome();
  /// Answers that told of rows which could not be made out.
  [[nodiscard]] std::uint64_t unmatched() const { return unmatched_; }

 private:
  /// Everything at first, or half of a refused request.
  struct work {
    std::vector<std::uint32_t> rows;
    std::size_t begin = 0;  ///< what stands before has been sent
  };
  using work_list = std::vector<work>;

  void send(request_plan& plan, const built_request& built, work_list& left);
  void accept(request_plan& plan, const std::vector<std::uint32_t>& rows, const http_answer& answer,
              work_list& left);
  void split_or_reject(const request_plan& plan, const std::vector<std::uint32_t>& rows,
                       const http_answer& answer, work_list& left);
  /// Whether an earlier attempt at one of the rows may have been carried out.
  [[nodiscard]] bool was_sent_before(const request_plan& plan,
                                     const std::vector<std::uint32_t>& rows) const;
  /// Sends the rows again in two requests.
  static void halve(const std::vector<std::uint32_t>& rows, work_list& left);
  void reject(std::uint32_t row, std::string reason, int status);
  void doubt(const std::vector<std::uint32_t>& rows);
  void fail(const request_plan& plan, std::string cause, std::string hint);

  const batch& deltas_;
  http_client& client_;
  traffic::lane& lane_;
  const traffic& shared_;
  const std::stop_token& stop_;
  batch_outcome outcome_;
  request_plan* if_there_ = nullptr;
  std::vector<std::uint32_t> there_;  ///< rows in doubt that are there already
  std::uint64_t unmatched_ = 0;
  bool over_ = false;  ///< nothing more is sent: stopped or failed
};

}  // namespace sluice::destinations
