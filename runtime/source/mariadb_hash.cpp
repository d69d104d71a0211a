// MariaDB's hashes: SHA1, cut to 128 bits, of a row's values one behind the other. SHA1 takes less
// than half of the time of MD5 there (10.11). The server's CRCs of the values would not do: they
// are linear, so that rows that swap values would keep their combined hash.
//
// CRC32 of four bytes only maps them one to one, and is how the server makes a number of bytes at
// the least cost; CONV of their digits takes twice as long.
#include <zlib.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/source/hash_sql.hpp"
#include "runtime/source/model_sql.hpp"

namespace sluice::source {
namespace {

/// Holds the 16 bytes of a row's hash while they are made numbers. The text of the columns is what
/// takes the time, and MariaDB (10.11) evaluates an expression wherever it stands.
constexpr std::string_view row_variable = "@sluice_row";
/// Groups beyond this memory go to a file, key by key: half a million took 16 s in place of 2.5
/// (10.11). A million take 100 MB.
constexpr std::string_view group_memory = "134217728";

/// The first text is binary, so that texts of different collations are taken as they are. NULL for
/// a row of more than max_allowed_packet bytes.
std::string sha1_of(const std::vector<std::string>& columns) {
  return "SHA1(CONCAT(X'', " + joined(columns, ", ") + "))";
}

std::string at_least(std::string_view variable, std::string_view bytes) {
  return std::string(variable) + " = GREATEST(@@" + std::string(variable) + ", " +
         std::string(bytes) + ")";
}

std::string digits_of(const std::vector<std::string>& columns) {
  return "LEFT(" + sha1_of(columns) + ", 32)";
}

/// Half of the hash in `row_variable`, from a byte on that is counted from 1.
std::string half_from(unsigned byte) {
  const auto number = [](unsigned from) {
    return "CRC32(SUBSTR(" + std::string(row_variable) + ", " + std::to_string(from) + ", 4))";
  };
  return number(byte) + " << 32 | " + number(byte + 4);
}

std::string first_bits_of_key(const std::vector<std::string>& key, unsigned bits) {
  return "(CRC32(UNHEX(LEFT(" + sha1_of(key) + ", 8))) >> " + std::to_string(32 - bits) + ")";
}

/// What the server makes of half of a hash.
std::uint64_t half_as_number(std::uint64_t half) {
  const auto number = [](std::uint64_t bytes) {
    std::array<Bytef, 4> text{};
    for (std::size_t i = 0; i < text.size(); ++i)
      text[i] = static_cast<Bytef>(bytes >> (24 - 8 * i));
    return std::uint64_t{crc32(0, text.data(), text.size())};
  };
  return number(half >> 32) << 32 | number(half);
}

class mariadb_hash final : public hash_sql {
 public:
  [[nodiscard]] std::string version() const override {
    return "SELECT SUBSTRING_INDEX(VERSION(), '.', 2)";
  }
  [[nodiscard]] std::string_view form() const override { return "mariadb sha1 2"; }
  [[nodiscard]] combination combined_by() const override { return combination::exclusive_or; }

  [[nodiscard]] std::string key_hash(const hashed_columns& of) const override {
    return digits_of(of.key);
  }
  [[nodiscard]] std::string row_hash(const hashed_columns& of) const override {
    return digits_of(of.row);
  }
  [[nodiscard]] std::optional<hash128> read_hash(std::string_view digits) const override {
    const auto hash = hash_sql::read_hash(digits);
    if (!hash) return std::nullopt;
    return hash128{half_as_number(hash->high), half_as_number(hash->low)};
  }
  [[nodiscard]] std::string in_buckets(const hashed_columns& of,
                                       const bucket_set& which) const override {
    return first_bits_of_key(of.key, which.bits) + " IN (" + list_of(which) + ")";
  }
  /// The database might some day evaluate the variable before it is set, and so take the hash of
  /// another row. Since the variable is emptied first, that never looks like the digest of the same
  /// rows.
  [[nodiscard]] std::string before_digests() const override {
    return "SET SESSION " + at_least("max_heap_table_size", group_memory) + ", " +
           at_least("tmp_table_size", group_memory) + ", " + std::string(row_variable) + " = X''";
  }
  [[nodiscard]] std::string digests(const hashed_columns& of, unsigned bits,
                                    const std::string& relation,
                                    const std::vector<std::string>& conditions) const override {
    const std::string row(row_variable);
    const auto bucket = bits > 0 ? first_bits_of_key(of.key, bits) : "0";
    const select_statement sums{
        .expressions = {bucket + " AS b", "COUNT(*) AS n",
                        "COUNT(*) - COUNT(" + row + " := UNHEX(" + digits_of(of.row) + ")) AS u",
                        "BIT_XOR(" + half_from(1) + ") AS h", "BIT_XOR(" + half_from(9) + ") AS l"},
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
