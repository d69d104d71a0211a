// Getting one batch to an API: requests, attempts, halving, and the fate of every row.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/row_results.hpp"
#include "runtime/destinations/http/status_class.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/destinations/http/trial.hpp"
#include "runtime/http/http_client.hpp"

namespace sluice::destinations {

/// What requests are sent by.
struct http_way {
  http::http_client& client;
  traffic::lane& lane;
  traffic& shared;
  const std::stop_token& stop;
  bool has_ids = false;     ///< requests carry ids: divided, a request has another one
  bool may_insert = false;  ///< a row that an update does not find may be inserted
  bool may_update = false;  ///< a row that an insert in doubt has left there may be updated
  /// Told how many rows an answer has confirmed.
  std::function<void(std::uint64_t rows)> confirms = [](std::uint64_t) {};
  /// Delivered before, and harmless to repeat: shows whether the API works. None: no plan.
  http::http_request witness = {};
  request_plan* witness_plan = nullptr;
};

/// One batch. Every delta has exactly one fate in the end:
///
///   delivered     delivered, or what `results` says of the row
///   retry         tried again until the API has failed for `give_up_after`. Rows that fail while
///                 others pass are divided until they stand alone, and given up: listed with what
///                 the API says, in doubt where they may have been written
///   row           halved until the bad rows stand alone, which are rejected
///   409 after an attempt of unknown outcome
///                 tried again for a while if requests carry ids; then the row is `there`, if it
///                 was an insert and may be updated; else it stays in doubt
///   credentials,  the destination fails as a whole, no row is rejected; but a row that gets such
///   road          an answer while others pass is rejected, where a firewall may have made it
///
/// Rows of which an answer does not tell, while it tells of others, are halved, too.
///
/// A row that was in a request whose outcome is not known stays `unknown` unless it is delivered
/// later: also if it is refused in the end, since the earlier attempt may have been carried out.
class http_delivery {
 public:
  /// Whether a row that fails can be tried again when everything else has been delivered.
  enum class chance : std::uint8_t { first, last };

  http_delivery(const batch& deltas, const http_way& way, chance which);

  /// Delivers the deltas at `rows`. Returns at once if the destination failed before.
  void deliver(request_plan& plan, std::vector<std::uint32_t> rows);

  batch_outcome take_outcome();
  /// Rows that an update did not find, and that may be inserted. They are undelivered, or in doubt.
  [[nodiscard]] const std::vector<std::uint32_t>& gone() const { return gone_; }
  /// Rows in doubt that an insert finds there already, and that may be updated. No longer kept.
  [[nodiscard]] std::vector<std::uint32_t> take_there() { return std::exchange(there_, {}); }
  /// Answers that told of rows which could not be made out.
  [[nodiscard]] std::uint64_t unmatched() const { return unmatched_; }

 private:
  using clock = traffic::clock;

  /// Everything at first, or a part of what was divided.
  struct work {
    std::vector<std::uint32_t> rows;
    std::size_t begin = 0;  ///< what stands before has been sent
    bool part = false;      ///< of a request that was divided
  };
  /// The last is next, so that rows keep their order.
  using work_list = std::vector<work>;

  /// The rows of one request, and what came of it so far.
  struct piece {
    std::vector<std::uint32_t> rows;
    http::http_request request;  ///< empty if it is to be made again
    bool part = false;
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

  /// Takes rows that failed alone before out of `rows`: they are sent alone.
  void keep_apart(std::vector<std::uint32_t>& rows);
  /// What to send next; nothing if everything has its fate, or waits for its last chance.
  std::optional<piece> next(request_plan& plan, work_list& left);
  /// A request for the first rows of `from`; nothing if none can be sent of those looked at.
  std::optional<piece> build(request_plan& plan, work_list& left, work_list::iterator from);
  /// Puts rows that are as far as possible from those that failed in front.
  static void look_elsewhere(work_list& left);
  /// What failed before and is due first. Waits for it, unless the traffic has to wait anyway.
  std::optional<piece> take_failed(const request_plan& plan);
  /// It was tried here, and nothing that was sent since has shown whether its rows fail or the API.
  [[nodiscard]] bool is_open(const piece& failed) const;
  /// Of some failure it is open whose it is.
  [[nodiscard]] bool in_vain() const;
  /// Whether rows that were not sent yet may be, although that is in vain.
  [[nodiscard]] bool may_go_on() const;
  /// Divides what failed and can show no more as a whole. `idle`: nothing else is left to send.
  void divide_failed(const request_plan& plan, work_list& left, bool idle);

  /// Sends the rows until they are delivered or something else is to be tried first.
  void send(request_plan& plan, piece sent, work_list& left);
  [[nodiscard]] status_judgement judge_answer(request_plan& plan, const piece& sent,
                                              const http::http_answer& answer) const;
  /// Whether the API is still at work on an earlier attempt, which it knows by its id.
  [[nodiscard]] bool is_at_work(const request_plan& plan, piece& sent,
                                const http::http_answer& answer) const;
  /// The request failed, or was refused in a way that usually concerns all rows: what to do next.
  trial::step weigh(const request_plan& plan, piece& sent, const http::http_answer& answer,
                    bool refused);
  [[nodiscard]] trial::circumstances circumstances_of(const request_plan& plan,
                                                      const piece& sent) const;
  /// Repeats what was delivered before, where nothing else is left that could show whether it is
  /// the rows that fail or the API.
  void ask_witness(const request_plan& plan);
  void accept(request_plan& plan, const std::vector<std::uint32_t>& rows,
              const http::http_answer& answer, work_list& left);
  /// The answer says that something in the rows is wrong.
  void refuse(const request_plan& plan, const std::vector<std::uint32_t>& rows,
              const http::http_answer& answer, work_list& left);
  static void halve(const std::vector<std::uint32_t>& rows, work_list& left);

  void convict(const piece& row);
  /// Leaves the rows that failed alone for the end of the run.
  void put_aside();
  /// What conflicts with the row may be itself, written by an attempt whose answer was lost. False
  /// if nothing says so.
  bool found_there(const request_plan& plan, std::uint32_t row);
  void reject(std::uint32_t row, std::string reason, int status);
  void doubt(const std::vector<std::uint32_t>& rows);
  /// Whether an earlier attempt at one of the rows may have been carried out.
  [[nodiscard]] bool in_doubt(const request_plan& plan,
                              const std::vector<std::uint32_t>& rows) const;
  void end(const request_plan& plan, traffic::permission why);
  void give_up(const request_plan& plan);
  /// No row is rejected for such an answer.
  void fail_for_all(const request_plan& plan, status_class why, const http::http_answer& answer);
  void fail(const request_plan& plan, std::string cause, std::string hint);

  const batch& deltas_;
  http_way way_;
  chance chance_;
  batch_outcome outcome_;
  std::vector<std::uint32_t> gone_;
  std::vector<std::uint32_t> there_;
  std::uint64_t unmatched_ = 0;
  std::vector<piece> failed_;         ///< tried again later
  std::uint32_t failed_in_vain_ = 0;  ///< by rows alone, since anything succeeded here
  bool over_ = false;                 ///< nothing more is sent: stopped or failed
};

}  // namespace sluice::destinations
