#include "actors/run/ledger_finding.hpp"

#include "messages/timestamp.hpp"

namespace sluice::actors {
namespace {

/// What a run cannot correct if its ledger lacks deliveries that were made.
std::string unknown_rows(sync_mode mode) {
  switch (mode) {
    case sync_mode::upsert:
    case sync_mode::update:
      return "every row is delivered again";
    case sync_mode::mirror:
      return "every row is delivered again. Rows that the ledger does not know and that have "
             "vanished from the source stay at the destination";
    case sync_mode::insert:
      return "rows that it does not know are inserted again: where the destination does not know "
             "them by their key, they are there twice, and where it refuses them for it, they are "
             "listed as rejected";
    case sync_mode::append:
      return "rows and changes that it does not know are sent as events again";
  }
  return "every row is delivered again";
}

finding_words of_copy(const std::string& what, const run_record& run) {
  finding_words words{what, {what + ": " + unknown_rows(run.mode)}, what, {}};
  if (run.mode == sync_mode::mirror)
    words.left_over = {errc::ledger_failed, "mirror", run.connection,
                       what +
                           ": everything was delivered, but rows that were delivered since then "
                           "and have vanished from the source are not known, and stay",
                       "look for rows at the destination that the source does not have; the next "
                       "run is an ordinary one"};
  return words;
}

}  // namespace

ledger_finding judge(const run_record& run, const ledger_trace& known, const found_ledger& found) {
  const bool had_records = known.at && known.at->sequence > 0;
  // A ledger for another key, source or destination knows nothing.
  if (found.restarted) return had_records ? ledger_finding::replaced : ledger_finding::begun;
  if (found.epoch == 0) {
    const bool had_one = had_records || run.type == run_type::incremental;
    return had_one ? ledger_finding::gone : ledger_finding::as_known;
  }
  if (had_records && found.at.history != known.at->history) return ledger_finding::replaced;
  if (had_records && found.at.sequence < known.at->sequence) return ledger_finding::older;
  if (known.copied_at) return ledger_finding::restored;
  if (had_records && known.settled && found.at.sequence > known.at->sequence)
    return ledger_finding::outran;
  if (found.epoch > run.epoch) return ledger_finding::outran;
  // A full run that neither begins nor continues an epoch is the first that the catalog knows.
  const bool first = !known.at && run.type == run_type::full && !run.continues;
  return first && found.epoch == run.epoch ? ledger_finding::outran : ledger_finding::as_known;
}

finding_words words_for(ledger_finding what, const run_record& run, const ledger_trace& known) {
  switch (what) {
    case ledger_finding::as_known: {
      if (known.lacks.empty()) return {};
      auto words = of_copy(known.lacks, run);  // an earlier run found this and was not completed
      words.reason.clear();
      return words;
    }
    case ledger_finding::begun:
      // A run that is full because of this has its reason.
      return {run.type == run_type::full
                  ? ""
                  : "the ledger of earlier runs is gone, or belongs to other rows",
              {"key, source or destination is another one than before: a new ledger begins, every "
               "row is delivered"}};
    case ledger_finding::gone: {
      auto words = of_copy("the ledger of earlier runs is gone", run);
      words.warnings.emplace_back("a new ledger begins");
      return words;
    }
    case ledger_finding::replaced: {
      auto words = of_copy("the ledger is another one than the catalog knows", run);
      words.warnings.push_back("that ledger was set aside as ." + run.connection +
                               ".old: a new one begins");
      return words;
    }
    case ledger_finding::older:
      return of_copy("the ledger is an older copy than the catalog knows", run);
    case ledger_finding::restored:
      return of_copy("catalog and ledger come from the backup of " +
                         format_timestamp(known.copied_at.value_or(timestamp{})),
                     run);
    case ledger_finding::outran: {
      // No run has caught up on what the ledger lacked before.
      auto words = known.lacks.empty() ? finding_words{} : of_copy(known.lacks, run);
      words.reason = "the catalog is older than the ledger";
      words.warnings.emplace_back(
          "the ledger has records of runs that the catalog does not know, which is an older copy "
          "or "
          "was lost: the whole source is compared again, and what was rejected in those runs is "
          "listed once it is rejected again");
      return words;
    }
  }
  return {};
}

}  // namespace sluice::actors
