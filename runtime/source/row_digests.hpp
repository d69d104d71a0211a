// Digests of a model's rows, and their hashes: the questions to one database during one pass.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/canonical.hpp"
#include "runtime/source/hash_sql.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/row_hashes.hpp"

namespace sluice::source {

/// Throws odbc_error. One thread.
class row_digests {
 public:
  /// `on` and `model` outlive the object; `wanted` are positions in the model's columns. REQUIRES:
  /// the database has digests, and the model its whole key.
  row_digests(odbc::connection& on, const model_description& model,
              const std::vector<std::size_t>& wanted);

  /// What the hashes are made of, as a text to compare: the database and its version, the columns,
  /// their types and forms.
  [[nodiscard]] const std::string& terms() const { return terms_; }
  [[nodiscard]] combination combined_by() const { return sql_->combined_by(); }

  /// See model_reader::digests.
  std::vector<bucket_digest> ask(unsigned bits, const bucket_set& within, fetched& count);

  /// How the hashes of a row are read: two columns behind the wanted ones.
  [[nodiscard]] std::vector<column_plan> columns() const;
  /// The condition of the rows of these buckets. REQUIRES: there is one.
  [[nodiscard]] std::string condition(const bucket_set& buckets) const;

 private:
  odbc::connection& on_;
  const model_description& model_;
  std::unique_ptr<hash_sql> sql_;
  hashed_columns of_;
  std::string terms_;
};

/// The hashes in the two cells of `row_digests::columns`; nothing if the key has none.
std::optional<row_hashes> read_hashes(const hash_sql& sql, std::span<const raw_cell> cells);

}  // namespace sluice::source
