// Change detection by digests: what one run has to read, and what the next one need not.
//
// The source sends digests of its rows, and the index of the last complete pass makes the same of
// its entries. Where they are equal, each entry says which ledger key the row has and what its
// fingerprint would be; the ledger, and only the ledger, says whether that was acknowledged. A row
// is left unread if both hold. Whatever is not known is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "messages/sync.hpp"
#include "runtime/diff/decision.hpp"
#include "runtime/digest/index_file.hpp"
#include "runtime/digest/recorder.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/source/model_reader.hpp"
#include "runtime/source/row_hashes.hpp"

namespace sluice::digest {

/// The terms of a run's pass.
struct pass_facts {
  /// All that decides which fingerprint and key a row has, besides the row: mapping, identity of
  /// rows, program. As a text to compare.
  std::string meaning = {};
  diff::pass_rules rules = {};
  bool deletes = false;  ///< keys of the ledger that the source does not have are deleted
};

/// What a pass reads.
struct reading {
  /// Only the rows of these buckets; nothing: all rows.
  std::optional<source::bucket_set> buckets = std::nullopt;
  /// Rows that need not be read, which are as the ledger says.
  std::uint64_t unread = 0;
  /// Nothing differs, and no key has vanished. Keys are not marked as seen then.
  bool equal = false;
};

/// Of one run. One thread.
class detection {
 public:
  /// The index is in `file`. Temporary files go to `scratch`. `calls` outlives the object.
  detection(std::filesystem::path file, std::filesystem::path scratch,
            ledger::system_calls& calls = ledger::system_calls::real());

  /// The ledger was opened, and is `at` that position: before any record is added to it. Every run
  /// says so, whether it compares or not.
  void opened(const ledger_position& at);

  /// Begins the pass of `model` over the wanted columns, asks it for digests, and decides what is
  /// read. Keys of rows that are not read are marked as seen in `known`. Throws what the model
  /// throws, then `known` is as it was; and `failure` where the index turns out to be damaged while
  /// keys are marked: it is removed then; and (cancelled) once `stop` is requested. REQUIRES:
  /// `opened`.
  reading begin(source::model_reader& model, const std::vector<std::size_t>& wanted,
                ledger::view& known, const pass_facts& pass, const std::stop_token& stop);

  /// Notes the rows of a block about which was decided; see recorder::note.
  void note(const diff::row_block& block, std::span<const std::optional<source::row_hashes>> hashes,
            std::span<const hash128> repeated) {
    seen_.note(block, hashes, repeated);
  }

  /// Writes the index of a pass that has read all that `begin` said, and whose deltas are settled.
  /// `known`: the ledger as it is now, at `at`; `changed`: deltas of the run. Leaves the present
  /// index once `stop` is requested. Where no index can be made there is none afterwards, also
  /// after an exception. Does nothing if the present index is still the right one.
  void save(ledger::view& known, const ledger_position& at, std::uint64_t changed,
            const std::stop_token& stop);

  /// Throws the index away.
  void discard();

 private:
  using visitor = std::function<void(const entry&, bool settled)>;

  [[nodiscard]] bool is_equal(source::model_reader& model, const ledger::view& known) const;
  reading compare(source::model_reader& model, ledger::view& known);
  /// Calls `each` with every entry of the index, and whether the ledger's word stands for it.
  void visit(ledger::view& known, const visitor& each);
  std::uint64_t mark_unread(ledger::view& known, const source::bucket_set& read);
  /// The next entry of the index. Throws `failure` (cancelled) once a stop is requested.
  bool next(entry& x);
  void write(index_writer& to, ledger::view& known, const std::stop_token& stop);

  std::filesystem::path file_;
  ledger::system_calls& calls_;
  recorder seen_;
  pass_facts pass_;
  ledger_position opened_at_;
  std::stop_token stop_;  ///< of `begin`
  hash128 meaning_;
  source::combination how_ = source::combination::sum;
  std::optional<index_reader> index_;  ///< that `begin` goes by
  bool same_rows_ = false;  ///< the source has the rows of the index, if it was not read as a whole
  bool trusted_ = false;    ///< the ledger is where it was when the index was written
  reading decided_;
};

}  // namespace sluice::digest
