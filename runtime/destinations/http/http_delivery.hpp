// Delivers one batch to an API: requests, many of them at once, attempts, halving, and the fate of
// every row.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/changed_kind.hpp"
#include "runtime/destinations/http/delivery_queue.hpp"
#include "runtime/destinations/http/delivery_setup.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/row_fates.hpp"
#include "runtime/destinations/http/status_class.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/destinations/http/trial.hpp"
#include "runtime/http/http_answer.hpp"

namespace sluice::destinations {

/// One batch. Every delta has exactly one fate in the end:
///
///   delivered     delivered, or what `results` says of the row
///   retry         tried again until the API has failed for `give_up_after`. Rows that fail while
///                 others pass are divided until they stand alone, and given up: listed with what
///                 the API says, in doubt where they may have been written
///   row           halved until the bad rows stand alone, which are rejected
///   exists        the same, and a row that was to be inserted and may be updated is `there`
///   missing       the same, and a row that was to be updated and may be inserted is `gone`
///   409 after an attempt of unknown outcome
///                 tried again for a while if requests carry ids; then as `exists`. A row that
///                 cannot be updated stays in doubt
///   credentials   once the same request again, where a new token may help; then
///   credentials,  the destination fails as a whole, no row is rejected; but a row that gets such
///   road          an answer while others pass is rejected, where a firewall may have made it
///
/// Rows that an answer does not mention, while it mentions others, are halved, too.
///
/// As long as no answer has shown that the address of a plan is right, a `missing` row is a
/// suspect: either the row is missing or the address is wrong.
///
/// Keys are distinct within a run, so requests go out in any order and at the same time, as many as
/// the traffic admits. A row is in one request at a time: it is sent again, or as another kind,
/// once the request before was answered. While nothing has shown yet that the API takes the
/// requests and that its answers can be read, and for rows that have their last chance, one request
/// goes after the other.
///
///   queue ──choose──► ready ──the traffic admits it──► under way ──settle──► fates
///     ▲                 ▲                                  │
///     └──divide, later──┴── repeats: the same again ◄──────┘
class http_delivery {
 public:
  using row_list = row_fates::row_list;  ///< positions in the batch

  /// `deltas` outlives it.
  http_delivery(const batch& deltas, const delivery_setup& setup);
  ~http_delivery();
  http_delivery(const http_delivery&) = delete;
  http_delivery& operator=(const http_delivery&) = delete;

  /// Delivers the deltas at `rows`. Returns at once if the destination failed before.
  void deliver(request_plan& plan, row_list rows);

  batch_outcome take_outcome() { return fates_.take(); }
  /// Rows that an update did not find and that may be inserted. Their fate is undelivered or in
  /// doubt.
  [[nodiscard]] std::vector<misfit> take_gone() { return std::exchange(gone_, {}); }
  /// Rows that an insert found present and that may be updated. Their fate is the same.
  [[nodiscard]] std::vector<misfit> take_there() { return std::exchange(there_, {}); }
  /// The suspect: a row that is missing, unless the address is wrong. The rows behind it were held
  /// back.
  [[nodiscard]] std::optional<misfit> take_suspect() { return std::exchange(suspect_, {}); }
  /// Rows without a fate yet, held back because of a suspect.
  [[nodiscard]] row_list take_held_back() { return std::exchange(held_back_, {}); }
  /// The API's last verdict on a single row: that it exists, or that it is missing.
  [[nodiscard]] std::optional<status_class> last_misfit() const { return last_misfit_; }

  [[nodiscard]] bool is_in_doubt(std::uint32_t row) const { return fates_.is_unknown(row); }
  /// Marks rows for which an earlier attempt may have been carried out.
  void presume_in_doubt(const row_list& rows) { fates_.doubt(rows); }
  /// The destination has failed: nothing more is sent.
  void fail(error why);
  /// How long more requests could have been sent, and there were no rows for them.
  [[nodiscard]] std::chrono::steady_clock::duration lacked_rows() const { return lacked_rows_; }
  /// Number of answers about rows that could not be found.
  [[nodiscard]] std::uint64_t unmatched() const { return unmatched_; }
  /// Number of delivered rows of which nothing that was to be remembered is known.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  using clock = traffic::clock;
  using ticket = traffic::lane::ticket;

  /// A request that waits for its answer.
  struct flight {
    delivery_piece sent;
    ticket of;
  };

  // -- sending

  /// Begins as many requests as there are and the traffic admits.
  void start(request_plan& plan);
  /// Chooses what to send next. False if there is nothing before an answer comes, or before
  /// `again_`.
  bool choose(request_plan& plan);
  bool choose_from_queue(request_plan& plan, bool idle);
  /// Notes that nothing is left to send though it could be sent.
  void note_lack();
  /// Only one request may be under way.
  [[nodiscard]] bool one_by_one(request_plan& plan) const;
  /// Sends `ready_`. False if it has to wait for a token.
  bool begin(const ticket& with);
  /// Waits for answers, or until it is worth trying to send something.
  void wait(request_plan& plan);
  /// Builds the request of all rows. If it cannot, the rows go back to the queue, and it returns
  /// false.
  bool render(request_plan& plan, delivery_piece& sent);
  /// Ends what is not on its way yet after a stop.
  void stop(request_plan& plan);

  // -- answers

  void settle(request_plan& plan, flight done, const http::http_answer& answer);
  void settle_witness(const flight& done, const http::http_answer& answer);
  /// The request was delivered: perhaps it can be repeated later, see `witness_wanted_`.
  void keep_witness(request_plan& plan, const delivery_piece& sent);
  void want_witness();
  /// Applies the answer to the rows.
  void heed(request_plan& plan, flight& done, const http::http_answer& answer);
  /// The same for an answer that delivers nothing for now or, usually, never and for no row.
  void heed_failure(const request_plan& plan, flight& done, const http::http_answer& answer,
                    const status_judgement& judged);
  /// What comes of a request that failed.
  void take(trial::step next, delivery_piece sent);
  /// Sends the same request again at `due`.
  void repeat(delivery_piece sent, clock::time_point due);
  /// Whether the same request is worth another try since only what it has shown had ended.
  [[nodiscard]] bool may_renew(const status_judgement& judged, delivery_piece& sent,
                               const http::http_answer& answer);
  /// Whether the API answers other requests, and this one was more than it takes at once.
  [[nodiscard]] bool is_too_much(const delivery_piece& sent, const http::http_answer& answer) const;
  [[nodiscard]] status_judgement judge_answer(request_plan& plan, const delivery_piece& sent,
                                              const http::http_answer& answer) const;
  /// Whether the API is still at work on an earlier attempt, which it recognises by its id.
  [[nodiscard]] bool is_at_work(const request_plan& plan, delivery_piece& sent,
                                const http::http_answer& answer) const;
  /// Whether the answer says that there is nothing at an address that has not been proven right.
  [[nodiscard]] static bool denies_address(const request_plan& plan,
                                           const status_judgement& judged);
  /// What to do next after the request failed, or was refused in a way that usually concerns all
  /// rows.
  trial::step weigh(const request_plan& plan, flight& done, const http::http_answer& answer,
                    bool refused);
  void accept(request_plan& plan, const row_list& rows, const http::http_answer& answer);
  /// The answer says that something in the rows is wrong, or that they exist, or are missing.
  void refuse(const request_plan& plan, const row_list& rows, const http::http_answer& answer,
              const status_judgement& judged);
  void refuse_alone(const request_plan& plan, std::uint32_t row, const http::http_answer& answer,
                    const status_judgement& judged);

  /// Keeps what was found in the answer about a delivered row.
  void remember(const request_plan& plan, std::uint32_t row, std::string_view found);
  void convict(const delivery_piece& row);
  /// Leaves rows that failed alone for the end of the run.
  void put_aside();
  /// Hands on what was found for the row, or that nothing was. False if the request looks nothing
  /// up, or was not answered.
  bool look_up(std::uint32_t row, row_verdict told);
  /// The row exists, or is missing. False if it cannot change its kind: then it is refused.
  bool change_kind(const request_plan& plan, std::uint32_t row, status_class what,
                   const std::string& words);
  /// The address of the plan is not proven yet; the other rows wait until the suspect is examined.
  void hold_back(misfit suspect);
  /// Nothing more is sent; what is under way is waited for.
  void end(const request_plan& plan, traffic::permission why);

  const batch& deltas_;
  delivery_setup setup_;
  row_fates fates_;
  delivery_queue queue_;
  std::optional<delivery_piece> ready_;  ///< chosen, and not admitted yet
  std::vector<delivery_piece> repeats_;  ///< sent again as they are when they are due
  /// A delivered request is repeated, since nothing else is left to show whether the rows fail or
  /// the API.
  bool witness_wanted_ = false;
  delivered_request witness_;  ///< the delivered request, once there is one
  std::map<std::uint64_t, flight> under_way_;
  traffic::lane::leave_to_send blocked_;                ///< what `ready_` waits for
  clock::time_point again_ = clock::time_point::max();  ///< when something else is due
  std::optional<clock::time_point> lacks_rows_since_;
  clock::duration lacked_rows_{0};
  std::vector<misfit> gone_;
  std::vector<misfit> there_;
  std::optional<misfit> suspect_;
  row_list held_back_;
  std::optional<status_class> last_misfit_;
  std::uint64_t unmatched_ = 0;
  std::uint64_t forgotten_ = 0;
  bool over_ = false;  ///< nothing more is sent: stopped or failed
};

}  // namespace sluice::destinations
