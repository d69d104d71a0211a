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
///   413, a refused batch      halved until the bad rows stand alone, which are rejected
///   401 403, redirects, TLS   the destination fails as a whole, no row is rejected
///
/// A row that was in a request whose outcome is not known stays `unknown` unless it is delivered
/// later: also if it is refused in the end, since the earlier attempt may have been carried out.
class http_delivery {
 public:
  http_delivery(const batch& deltas, http_client& client, traffic::lane& lane,
                const traffic& shared, const std::stop_token& stop);

  /// Delivers the deltas at `rows`. Returns at once if the destination failed before.
  void deliver(request_plan& plan, std::vector<std::uint32_t> rows);

  batch_outcome take_outcome();

 private:
  /// Everything at first, or half of a refused request.
  struct work {
    std::vector<std::uint32_t> rows;
    std::size_t begin = 0;  ///< what stands before has been sent
  };
  using work_list = std::vector<work>;

  void send(request_plan& plan, const built_request& built, work_list& left);
  void accept(request_plan& plan, const std::vector<std::uint32_t>& rows,
              const http_answer& answer);
  void split_or_reject(const std::vector<std::uint32_t>& rows, const http_answer& answer,
                       work_list& left);
  void reject(std::uint32_t row, std::string reason, int status);
  void doubt(const std::vector<std::uint32_t>& rows);
  void fail(const request_plan& plan, std::string cause, std::string hint);

  const batch& deltas_;
  http_client& client_;
  traffic::lane& lane_;
  const traffic& shared_;
  const std::stop_token& stop_;
  batch_outcome outcome_;
  bool over_ = false;  ///< nothing more is sent: stopped or failed
};

}  // namespace sluice::destinations
