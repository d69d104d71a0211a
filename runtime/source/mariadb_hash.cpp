// MariaDB's hashes: SHA1, cut to 128 bits, of a row's values one behind the other. SHA1 takes less
// than half of the time of MD5 there (10.11). The server's CRCs are linear: rows that swap values
// would keep their combined hash.
#include "runtime/source/hash_sql.hpp"
#include "runtime/source/model_sql.hpp"

namespace sluice::source {
namespace {

/// Digits of a hash that number any bucket.
constexpr unsigned bucket_digits = most_bucket_bits / 4;

/// The first bytes of the list are binary, so that texts of different collations are taken as they
/// are. NULL for a row of more than max_allowed_packet bytes.
std::string sha1_of(const std::vector<std::string>& columns) {
  return "SHA1(CONCAT_WS(X'2C', " + joined(columns, ", ") + "))";
}

std::string number_of(const std::string& digits) { return "CONV(" + digits + ", 16, 10)"; }

/// Half of a hash as a number. A text of more than 2^63 would be cut to that, but for the CAST.
std::string half_of(const std::string& hash, unsigned from) {
  return "CAST(" + number_of("SUBSTR(" + hash + ", " + std::to_string(from) + ", 16)") +
         " AS UNSIGNED)";
}

std::string first_bits_of_digits(const std::string& hash, unsigned bits) {
  return "(" + number_of("LEFT(" + hash + ", " + std::to_string(bucket_digits) + ")") + " >> " +
         std::to_string(most_bucket_bits - bits) + ")";
}

class mariadb_hash final : public hash_sql {
 public:
  [[nodiscard]] std::string version() const override {
    return "SELECT SUBSTRING_INDEX(VERSION(), '.', 2)";
  }
  [[nodiscard]] std::string_view form() const override { return "mariadb sha1 1"; }
  [[nodiscard]] combination combined_by() const override { return combination::exclusive_or; }

  [[nodiscard]] std::string key_hash(const hashed_columns& of) const override {
    return "LEFT(" + sha1_of(of.key) + ", 32)";
  }
  [[nodiscard]] std::string row_hash(const hashed_columns& of) const override {
    return "LEFT(" + sha1_of(of.row) + ", 32)";
  }
  [[nodiscard]] std::string in_buckets(const hashed_columns& of,
                                       const bucket_set& which) const override {
    return first_bits_of_digits(sha1_of(of.key), which.bits) + " IN (" + list_of(which) + ")";
  }
  [[nodiscard]] std::string digests(const hashed_columns& of, unsigned bits,
                                    const std::string& relation,
                                    const std::vector<std::string>& conditions) const override {
    const auto row = sha1_of(of.row);
    const auto bucket = bits > 0 ? first_bits_of_digits(sha1_of(of.key), bits) : "0";
    const select_statement sums{
        .expressions = {bucket + " AS b", "COUNT(*) AS n", "COUNT(*) - COUNT(" + row + ") AS u",
                        "BIT_XOR(" + half_of(row, 1) + ") AS h",
                        "BIT_XOR(" + half_of(row, 17) + ") AS l"},
        .relation = relation,
        .conditions = conditions};
    const std::string by_bucket = bits > 0 ? " GROUP BY b" : "";
    return select_statement{.expressions = {"CONCAT_WS(',', b, n, u, h, l)"},
                            .relation = "(" + sums.text() + by_bucket + ") AS sluice_digests"}
        .text();
  }
};

}  // namespace

std::unique_ptr<hash_sql> mariadb_hash_sql() { return std::make_unique<mariadb_hash>(); }

}  // namespace sluice::source
