// The ledger as a plain map: what the real one must say, whatever happened to it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::ledger::test {

/// A delta on a key that is named by a number.
struct change {
  int key = 0;
  operation op = operation::insert;
  std::uint64_t value = 0;  ///< its fingerprint; ignored for `erase`
  hash128 delivery = {};    ///< its name; zero: none
  /// What the destination answers to an insert or update that it takes, to be remembered.
  std::string answer = {};
};

/// How keys are hashed. Collisions in the first 64 bits must be harmless.
enum class hashing { uniform, same_prefix, few_prefixes };

[[nodiscard]] std::string packed_key(int key);
[[nodiscard]] hash128 key_hash(std::string_view packed_key, hashing how);
[[nodiscard]] hash128 key_hash(int key, hashing how);
[[nodiscard]] hash128 fingerprint(std::uint64_t value);
[[nodiscard]] batch batch_of(const std::vector<change>& changes, hashing how);
/// What is to be remembered of changes with these fates.
[[nodiscard]] std::vector<row_answer> answers_to(const std::vector<change>& changes,
                                                 const std::vector<fate>& fates);

class model {
 public:
  explicit model(hashing how = hashing::uniform) : how_(how) {}

  void intend(std::uint64_t intent, std::vector<change> changes);
  void settle(std::uint64_t intent, const std::vector<fate>& fates);
  /// The process is gone: what became of open intents will never be known.
  void restart();
  void begin_epoch(std::uint32_t epoch) { epoch_ = epoch; }
  void identify_by(hashing how) { how_ = how; }

  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  [[nodiscard]] const std::map<std::uint64_t, std::vector<change>>& open() const { return open_; }
  [[nodiscard]] hashing how() const { return how_; }

  /// How `seen` differs from this, in words; empty if it does not. Asks for every key up to `keys`,
  /// marks every third as seen and walks the rest.
  [[nodiscard]] std::string difference(view& seen, int keys) const;
  /// The same for a ledger: epoch and number of rows too.
  [[nodiscard]] std::string difference(ledger& real, int keys) const;

 private:
  struct value {
    std::optional<std::uint64_t> acknowledged;
    std::uint32_t epoch = 0;
    bool doubt = false;
    hash128 delivery = {};  ///< the one in doubt, if it has a name
    std::string remembered = {};

    [[nodiscard]] bool known(int open_intents) const {
      return acknowledged || doubt || open_intents > 0;
    }
  };
  [[nodiscard]] int open_intents(int key) const;
  /// Compares with what a ledger says is `remembered` of a key.
  [[nodiscard]] std::string difference_in_memory(
      int keys, const std::function<std::string_view(int)>& remembered) const;
  /// A delta of each key below `keys`.
  [[nodiscard]] batch every_key(int keys) const;

  hashing how_;
  std::uint32_t epoch_ = 0;
  std::map<int, value> values_;
  std::map<std::uint64_t, std::vector<change>> open_;
};

}  // namespace sluice::ledger::test
