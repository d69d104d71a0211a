// The SQL by which a database hashes its own rows: what a database must bring for change detection
// by digests. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/odbc/diagnostics.hpp"
#include "runtime/source/column_plan.hpp"
#include "runtime/source/row_hashes.hpp"

namespace sluice::source {

/// The columns that are hashed, as `column_plan::hashed` writes them.
struct hashed_columns {
  std::vector<std::string> key;
  std::vector<std::string> row;
};

/// One database. A hash stands for the row that Sluice would read: what differs there must differ
/// here, and so must NULL and '' and where one value ends and the next begins. The opposite need
/// not hold: a row whose hash changes without need is read once more.
class hash_sql {
 public:
  virtual ~hash_sql() = default;

  /// The SELECT of the version that must not change from one hash to the other.
  [[nodiscard]] virtual std::string version() const = 0;
  /// The names of the hashes' forms: other ones need another name.
  [[nodiscard]] virtual std::string_view form() const = 0;
  [[nodiscard]] virtual combination combined_by() const = 0;

  /// An expression of the digits for `read_hash`, or NULL for a row that cannot be hashed.
  [[nodiscard]] virtual std::string key_hash(const hashed_columns& of) const = 0;
  [[nodiscard]] virtual std::string row_hash(const hashed_columns& of) const = 0;
  /// The hash in 32 hexadecimal digits, as `digests` combines it; nothing for anything else.
  [[nodiscard]] virtual std::optional<hash128> read_hash(std::string_view digits) const;
  /// True for the rows of the buckets. REQUIRES: `which` has bits, and holds a bucket.
  [[nodiscard]] virtual std::string in_buckets(const hashed_columns& of,
                                               const bucket_set& which) const = 0;
  /// The statement that has to be executed, on the same connection, before each one of `digests`;
  /// empty: none.
  [[nodiscard]] virtual std::string before_digests() const { return {}; }
  /// The SELECT of a digest for each bucket (of 2^bits) that has rows, of the rows of `relation`
  /// that meet `conditions`, as texts for `read_digests`.
  [[nodiscard]] virtual std::string digests(const hashed_columns& of, unsigned bits,
                                            const std::string& relation,
                                            const std::vector<std::string>& conditions) const = 0;
};

/// The numbers of the buckets with commas between them.
std::string list_of(const bucket_set& buckets);

/// That of a database; null for one that has no digests.
std::unique_ptr<hash_sql> hash_sql_of(odbc::product kind);
std::unique_ptr<hash_sql> postgresql_hash_sql();
std::unique_ptr<hash_sql> mariadb_hash_sql();

/// Appends the digests in a text of the result of `hash_sql::digests`, which has `;` between them
/// and `,` between the five numbers of each: the bucket's, rows, rows without a hash, and the two
/// halves of their combined hash, as `combined_by` made them. False if there is anything else.
bool read_digests(std::string_view text, std::vector<bucket_digest>& to);

}  // namespace sluice::source
