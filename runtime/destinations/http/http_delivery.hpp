// Getting one batch to an API: requests, attempts, halving, and the fate of every row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
#include "runtime/http/http_client.hpp"

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
///   credentials,  the destination fails as a whole, no row is rejected; but a row that gets such
///   road          an answer while others pass is rejected, where a firewall may have made it
///
/// Rows of which an answer does not tell, while it tells of others, are halved, too.
///
/// Where nothing has shown yet that there is an API at the address of batches, a row that is
/// `missing` is a suspect: it, or the address.
class http_delivery {
 public:
  using row_list = row_fates::row_list;  ///< positions in the batch

  /// `deltas` outlives it.
  http_delivery(const batch& deltas, const delivery_setup& setup);
  http_delivery(const http_delivery&) = delete;
  http_delivery& operator=(const http_delivery&) = delete;

  /// Delivers the deltas at `rows`. Returns at once if the destination failed before.
  void deliver(request_plan& plan, row_list rows);

  batch_outcome take_outcome() { return fates_.take(); }
  /// Rows that an update did not find, and that may be inserted. They are undelivered, or in doubt.
  [[nodiscard]] std::vector<misfit> take_gone() { return std::exchange(gone_, {}); }
  /// Rows that were to be inserted, are there already and may be updated. The same.
  [[nodiscard]] std::vector<misfit> take_there() { return std::exchange(there_, {}); }
  /// A row that is missing, unless the address is wrong. The rows behind it were held back.
  [[nodiscard]] std::optional<misfit> take_suspect() { return std::exchange(suspect_, {}); }
  /// Rows that have no fate yet for the sake of a suspect.
  [[nodiscard]] row_list take_held_back() { return std::exchange(held_back_, {}); }
  /// What the API said last of a row alone: that it is there already, or is not there.
  [[nodiscard]] std::optional<status_class> last_misfit() const { return last_misfit_; }

  [[nodiscard]] bool is_in_doubt(std::uint32_t row) const { return fates_.is_unknown(row); }
  /// Rows of which an earlier attempt may have been carried out.
  void presume_in_doubt(const row_list& rows) { fates_.doubt(rows); }
  /// The destination has failed: nothing more is sent.
  void fail(error why);
  /// Answers that told of rows which could not be made out.
  [[nodiscard]] std::uint64_t unmatched() const { return unmatched_; }

 private:
  using clock = traffic::clock;

  /// Sends the rows until they are delivered or something else is to be tried first.
  void send(request_plan& plan, delivery_piece sent);
  /// Whether there is a request for all rows; they are left if there is not.
  bool render(request_plan& plan, delivery_piece& sent);
  /// Sends it once. Nothing if that was not to be, and then nothing more is sent.
  std::optional<http::http_answer> attempt(const request_plan& plan, const delivery_piece& sent);
  /// What the answer means for the rows. True if the same request is to be sent again.
  bool heed(request_plan& plan, delivery_piece& sent, const http::http_answer& answer);
  /// The same of one that delivers nothing for now, or, `refused`, usually for good and for all.
  bool heed_failure(const request_plan& plan, delivery_piece& sent, const http::http_answer& answer,
                    const status_judgement& judged);
  void try_later(const request_plan& plan, delivery_piece sent);
  [[nodiscard]] status_judgement judge_answer(request_plan& plan, const delivery_piece& sent,
                                              const http::http_answer& answer) const;
  /// Whether the API is still at work on an earlier attempt, which it knows by its id.
  [[nodiscard]] bool is_at_work(const request_plan& plan, delivery_piece& sent,
                                const http::http_answer& answer) const;
  /// Whether the answer denies an address of which nobody knows whether it is one.
  [[nodiscard]] static bool denies_address(const request_plan& plan,
                                           const status_judgement& judged);
  /// Waits for what it is at work on. False if there is no time for that.
  bool wait_for_work(const request_plan& plan, delivery_piece& sent);
  /// The request failed, or was refused in a way that usually concerns all rows: what to do next.
  trial::step weigh(const request_plan& plan, delivery_piece& sent, const http::http_answer& answer,
                    bool refused);
  /// Repeats what was delivered before, where nothing else is left that could show whether it is
  /// the rows that fail or the API.
  void ask_witness(const request_plan& plan);
  void accept(request_plan& plan, const row_list& rows, const http::http_answer& answer);
  /// The answer says that something in the rows is wrong, or what they are to the API.
  void refuse(const request_plan& plan, const row_list& rows, const http::http_answer& answer,
              const status_judgement& judged);
  void refuse_alone(const request_plan& plan, std::uint32_t row, const http::http_answer& answer,
                    const status_judgement& judged);

  void convict(const delivery_piece& row);
  /// Leaves the rows that failed alone for the end of the run.
  void put_aside();
  /// The row is there already, or is not there. False if that changes nothing: it is refused.
  bool change_kind(const request_plan& plan, std::uint32_t row, status_class what,
                   const std::string& words);
  /// Nobody knows yet whether the address of the plan is one; the rest waits for that.
  void hold_back(misfit suspect);
  void end(const request_plan& plan, traffic::permission why);

  const batch& deltas_;
  delivery_setup setup_;
  row_fates fates_;
  delivery_queue queue_;
  std::vector<misfit> gone_;
  std::vector<misfit> there_;
  std::optional<misfit> suspect_;
  row_list held_back_;
  std::optional<status_class> last_misfit_;
  std::uint64_t unmatched_ = 0;
  bool over_ = false;  ///< nothing more is sent: stopped or failed
};

}  // namespace sluice::destinations
