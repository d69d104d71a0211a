// PostgreSQL's hashes: its own hash function over the binary form of a row, as the server would
// send it.
#include "runtime/source/hash_sql.hpp"
#include "runtime/source/model_sql.hpp"

namespace sluice::source {
namespace {

/// So many buckets, as a power of two, come in one value of the result: about 30 KB.
constexpr unsigned digests_in_value_bits = 9;
/// Each half of a hash has a seed of its own.
constexpr std::string_view key_high = "7158", key_low = "2909";
constexpr std::string_view row_high = "1301", row_low = "8677";

/// The bytes of some values. The binary form tells values apart that are equal to the database
/// (1.0 and 1.00, citext, char(n), -0.0), and holds the length of each one, and NULL.
std::string row_bytes(const std::vector<std::string>& columns) {
  return "pg_catalog.record_send(ROW(" + joined(columns, ", ") + "))";
}

/// 64 bits. hash_record_extended would be the natural function, but keeps only 32 bits of a bigint
/// (0 and 4294967297 collide under every seed), and came with version 14. The hash of an array of
/// one element is that of its bytes, in every version since 11, and mixes all of a row, so that
/// sums of rows with swapped values differ.
std::string hash_of(const std::string& bytes, std::string_view seed) {
  return "pg_catalog.hash_array_extended(ARRAY[" + bytes + "], " + std::string(seed) + ")";
}

std::string both_halves(const std::string& bytes, std::string_view high, std::string_view low) {
  return "pg_catalog.encode(pg_catalog.int8send(" + hash_of(bytes, high) +
         ") || pg_catalog.int8send(" + hash_of(bytes, low) + "), 'hex')";
}

/// The first bits of a number that has a sign.
std::string first_bits_of_number(const std::string& number, unsigned bits) {
  return "((" + number + " >> " + std::to_string(64 - bits) + ") & " +
         std::to_string((1u << bits) - 1) + ")";
}

class postgresql_hash final : public hash_sql {
 public:
  [[nodiscard]] std::string version() const override {
    return "SELECT pg_catalog.current_setting('server_version_num')::int / 10000";
  }
  [[nodiscard]] std::string_view form() const override { return "postgresql record_send 1"; }
  /// Not bit_xor, which came with version 14.
  [[nodiscard]] combination combined_by() const override { return combination::sum; }

  [[nodiscard]] std::string key_hash(const hashed_columns& of) const override {
    return both_halves(row_bytes(of.key), key_high, key_low);
  }
  [[nodiscard]] std::string row_hash(const hashed_columns& of) const override {
    return both_halves(row_bytes(of.row), row_high, row_low);
  }
  [[nodiscard]] std::string in_buckets(const hashed_columns& of,
                                       const bucket_set& which) const override {
    // Before version 14 a list is searched from its begin for each row; a subquery never is.
    return first_bits_of_number(hash_of(row_bytes(of.key), key_high), which.bits) +
           " IN (SELECT pg_catalog.unnest('{" + list_of(which) + "}'::bigint[]))";
  }
  [[nodiscard]] std::string digests(const hashed_columns& of, unsigned bits,
                                    const std::string& relation,
                                    const std::vector<std::string>& conditions) const override {
    // A volatile function keeps the server from making the bytes again for each half, and from
    // expecting as many buckets as rows, which it would sort. This one is free, and leaves the scan
    // to several workers; OFFSET 0 would not, and a function that returns a set takes as long as
    // both hashes (version 15).
    select_statement bytes{
        .expressions = {row_bytes(of.row) + " AS r", "pg_catalog.pg_is_in_recovery()"},
        .relation = relation,
        .conditions = conditions};
    if (bits > 0)
      bytes.expressions.push_back(first_bits_of_number(hash_of(row_bytes(of.key), key_high), bits) +
                                  " AS b");
    const std::string bucket = bits > 0 ? "b" : "0";
    const select_statement sums{.expressions = {bucket + " AS b", "count(*) AS n",
                                                "sum(" + hash_of("r", row_high) + ") AS h",
                                                "sum(" + hash_of("r", row_low) + ") AS l"},
                                .relation = "(" + bytes.text() + ") AS sluice_rows"};
    const std::string by_bucket = bits > 0 ? " GROUP BY b" : "";
    // psqlodbc 13.02 holds a result in memory, twice, at some hundred bytes for each value: a value
    // has many digests.
    const select_statement digests{
        .expressions = {"pg_catalog.string_agg(pg_catalog.concat_ws(',', b, n, 0, "
                        "COALESCE(h, 0), COALESCE(l, 0)), ';')"},
        .relation = "(" + sums.text() + by_bucket + ") AS sluice_digests"};
    return digests.text() +
           (bits > 0 ? " GROUP BY b >> " + std::to_string(digests_in_value_bits) : "");
  }
};

}  // namespace

std::unique_ptr<hash_sql> postgresql_hash_sql() { return std::make_unique<postgresql_hash>(); }

}  // namespace sluice::source
