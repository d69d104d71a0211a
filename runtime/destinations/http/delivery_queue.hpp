// What of a batch is still to be sent, and in which order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/delivery_setup.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/row_fates.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/destinations/http/trial.hpp"

namespace sluice::destinations {

/// The rows of one request, and what came of it so far.
struct delivery_piece {
  using clock = traffic::clock;

  row_fates::row_list rows;
  http::http_request request;  ///< empty if it is to be made again
  bool part = false;           ///< of a request that was divided
  bool guilty_before = false;
  bool untried = false;  ///< it failed earlier, and not in this delivery
  bool refused = false;
  trial so_far = {};
  traffic_moment failed_at = {};
  std::optional<clock::time_point> failing_since = {};
  clock::time_point due = {};  ///< when it may be tried again
  std::optional<clock::time_point> conflicting_since = {};
  std::uint32_t conflicts = 0;
  std::string words = {};  ///< what the API said last
  int status = 0;
};

/// Rows that were not sent yet, and those that failed and wait for another try. What fails is tried
/// again between others, since these show whether it is the rows that fail or the API. One thread.
class delivery_queue {
 public:
  using row_list = row_fates::row_list;

  /// All that is given outlives it.
  delivery_queue(const batch& deltas, const delivery_setup& setup, row_fates& fates);

  /// Adds rows; those that failed alone before are sent alone.
  void add(row_list rows);
  /// Puts parts of a request that was divided in front.
  void again(row_list rows);
  void halve(const row_list& rows);
  void one_by_one(const row_list& rows);
  /// It failed: others first.
  void later(delivery_piece failed);
  /// Something was accepted, or refused for what it is.
  void passed() { failed_in_vain_ = 0; }

  [[nodiscard]] bool empty() const { return left_.empty() && failed_.empty(); }
  /// There is something that was not tried yet.
  [[nodiscard]] bool has_new() const { return !left_.empty(); }

  struct turn {
    std::optional<delivery_piece> sent;
    traffic::permission may = traffic::permission::granted;  ///< or nothing more is to be sent
  };
  /// What to send next; nothing if no request can be made of the rows that were looked at, or if
  /// everything waits for its last chance. Waits for what failed if nothing else is of use.
  /// REQUIRES: not empty.
  turn next(request_plan& plan);

  /// What failed, once nothing more is sent. Nothing is left here.
  std::vector<delivery_piece> take_failed_rows();
  /// All rows, in order. Nothing is left here.
  row_list take_all();

  /// What a failure of these rows is to be judged by.
  [[nodiscard]] trial::circumstances circumstances_of(const request_plan& plan,
                                                      const delivery_piece& sent) const;

 private:
  using clock = traffic::clock;

  /// Everything at first, or a part of what was divided.
  struct work {
    row_list rows;
    std::size_t begin = 0;  ///< what stands before has been sent
    bool part = false;      ///< of a request that was divided
  };
  /// The last is next, so that rows keep their order.
  using work_list = std::vector<work>;

  /// Takes rows that failed alone before out of `rows`.
  void keep_apart(row_list& rows);
  /// A request for the first rows of `from`; nothing if none can be sent of those looked at.
  std::optional<delivery_piece> build(request_plan& plan, work_list::iterator from);
  /// Puts rows that are as far as possible from those that failed in front.
  void look_elsewhere();
  /// What failed before and is due first. Waits for it, unless the traffic has to wait anyway.
  turn take_failed();
  /// It was tried here, and nothing that was sent since has shown whether its rows fail or the API.
  [[nodiscard]] bool is_open(const delivery_piece& failed) const;
  /// Of some failure it is open whose it is.
  [[nodiscard]] bool in_vain() const;
  /// Whether rows that were not sent yet may be, although that is in vain.
  [[nodiscard]] bool may_go_on() const;
  /// Divides what failed and can show no more as a whole. `idle`: nothing else is left to send.
  void divide_failed(const request_plan& plan, bool idle);

  const batch& deltas_;
  const delivery_setup& setup_;
  row_fates& fates_;
  work_list left_;
  std::vector<delivery_piece> failed_;  ///< tried again later
  std::uint32_t failed_in_vain_ = 0;    ///< by rows alone, since anything passed here
};

}  // namespace sluice::destinations
