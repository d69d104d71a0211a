// The rows of a batch that are still to be sent, and their order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
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

/// The rows of one request, and its failures so far.
struct delivery_piece {
  using clock = traffic::clock;

  row_fates::row_list rows;
  std::shared_ptr<const http::http_request> request;  ///< null if it must be built again
  bool part = false;                                  ///< of a request that was divided
  bool guilty_before = false;
  bool untried = false;  ///< it failed earlier, but not yet in this delivery
  bool refused = false;
  bool witness = false;  ///< of another delivery: without rows of this one
  trial so_far = {};
  traffic_moment failed_at = {};
  std::optional<clock::time_point> failing_since = {};
  clock::time_point due = {};  ///< when it may be tried again
  std::optional<clock::time_point> conflicting_since = {};
  std::uint32_t conflicts = 0;
  std::uint32_t overloads = 0;  ///< how often it was one request too many
  authorized_client::shown shown = {};
  bool renewed = false;    ///< it was repeated since what it had shown had ended
  std::string words = {};  ///< what the API said last
  int status = 0;
};

/// Rows that were not sent yet, and failed rows that wait for another try. Failed rows are tried
/// again between others, which show whether these rows fail or the API. One thread.
class delivery_queue {
 public:
  using row_list = row_fates::row_list;
  using clock = traffic::clock;

  /// All that is given outlives it.
  delivery_queue(const batch& deltas, const delivery_setup& setup, row_fates& fates);

  /// Adds rows; rows that failed alone before are sent alone.
  void add(row_list rows);
  /// Puts parts of a divided request in front.
  void again(row_list rows);
  void halve(const row_list& rows);
  void one_by_one(const row_list& rows);
  /// The request failed: others are sent first.
  void later(delivery_piece failed);
  /// A request was accepted, or refused because of its rows.
  void passed() { failed_in_vain_ = 0; }

  [[nodiscard]] bool empty() const { return left_.empty() && failed_.empty(); }
  /// Some rows were not tried yet.
  [[nodiscard]] bool has_new() const { return !left_.empty(); }

  struct turn {
    std::optional<delivery_piece> sent;
    clock::time_point again = clock::time_point::max();  ///< when a failed request may be sent
  };
  /// What to send next; nothing if no request can be made of the examined rows, if all rows wait
  /// for the last chance, or if sending anything but a failed request is useless before its time
  /// has come. `idle`: nothing is under way whose answer may change that. REQUIRES: not empty.
  turn next(request_plan& plan, bool idle);

  /// The failed requests, once nothing more is sent. The queue no longer has them.
  std::vector<delivery_piece> take_failed_rows();
  /// All rows, in order. The queue is empty afterwards.
  row_list take_all();

  /// The facts by which a failure of these rows is judged.
  [[nodiscard]] trial::circumstances circumstances_of(const request_plan& plan,
                                                      const delivery_piece& sent) const;

 private:
  /// The whole batch at first, or a part of a divided request.
  struct work {
    row_list rows;
    std::size_t begin = 0;  ///< rows before it have been sent
    bool part = false;      ///< of a request that was divided
  };
  /// The last element is next, so that rows keep their order.
  using work_list = std::vector<work>;

  /// Removes rows that failed alone before from `rows`.
  void keep_apart(row_list& rows);
  /// A request for the first rows of `from`; nothing if none of the examined rows can be sent.
  std::optional<delivery_piece> build(request_plan& plan, work_list::iterator from);
  /// Puts the rows in front that are farthest from the failed ones.
  void look_elsewhere();
  /// The failed request that is due first, if it is, or if the traffic has to wait anyway.
  turn take_failed();
  /// The request was tried here, and no request since has shown whether its rows fail or the API.
  [[nodiscard]] bool is_open(const delivery_piece& failed) const;
  /// For some failed request it is not known whether its rows fail or the API.
  [[nodiscard]] bool in_vain() const;
  /// Whether new rows may be sent although `in_vain` holds.
  [[nodiscard]] bool may_go_on() const;
  /// Divides failed requests that show nothing more as a whole. `idle`: nothing else is left to
  /// send.
  void divide_failed(const request_plan& plan, bool idle);

  const batch& deltas_;
  const delivery_setup& setup_;
  row_fates& fates_;
  work_list left_;
  std::vector<delivery_piece> failed_;  ///< tried again later
  std::uint32_t failed_in_vain_ = 0;    ///< of single rows, since the last success here
};

}  // namespace sluice::destinations
