#include "runtime/source/hash_sql.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::source;
using odbc::product;

namespace {

using cells = std::vector<std::optional<std::string>>;

}  // namespace

TEST_CASE("PostgreSQL and MariaDB make digests, and others none") {
  CHECK(hash_sql_of(product::postgresql));
  CHECK(hash_sql_of(product::mariadb));
  CHECK_FALSE(hash_sql_of(product::sqlite));
  CHECK_FALSE(hash_sql_of(product::generic));
}

TEST_CASE("a digest is read modulo 2^64 from numbers of any length and sign") {
  const auto read = read_digest(cells{"5", "3", "1", "36893488147419103235", "-1"});
  REQUIRE(read);
  CHECK(*read == bucket_digest{5, {3, 1, {3, 0xffffffffffffffff}}});
  CHECK(read_digest(cells{"0", "0", "0", "0", "0"}) == bucket_digest{});
}

TEST_CASE("what is no digest is refused") {
  CHECK_FALSE(read_digest(cells{"5", "3", "1", "2"}));
  CHECK_FALSE(read_digest(cells{std::nullopt, "3", "0", "2", "2"}));
  CHECK_FALSE(read_digest(cells{"5", "3", "0", std::nullopt, "2"}));
  CHECK_FALSE(read_digest(cells{"1048576", "3", "0", "2", "2"}));  // more than a bucket's bits
  CHECK_FALSE(read_digest(cells{"5", "3", "0", "2.5", "2"}));
  CHECK_FALSE(read_digest(cells{"5", "", "0", "2", "2"}));
}

TEST_CASE("a hash is 32 hexadecimal digits") {
  CHECK(read_hash("00000000000000010000000000000002") == hash128{1, 2});
  CHECK(read_hash("ffffffffffffffff0123456789abcdef") ==
        hash128{0xffffffffffffffff, 0x0123456789abcdef});
  CHECK_FALSE(read_hash("0000000000000001000000000000000"));
  CHECK_FALSE(read_hash("000000000000000100000000000000-2"));
  CHECK_FALSE(read_hash(""));
}

TEST_CASE("the bucket of a key is its first bits") {
  const hash128 key{0xabcdef0123456789, 0};
  CHECK(bucket_of(key, 0) == 0);
  CHECK(bucket_of(key, 4) == 0xa);
  CHECK(bucket_of(key, 14) == 0xabcd >> 2);
  CHECK(bucket_of(key, 20) == 0xabcde);
}

TEST_CASE("no combination of hashes is that of other rows by order or by count") {
  for (const auto how : {combination::sum, combination::exclusive_or}) {
    digest a, b, twice;
    a.add(how, {1, 7});
    a.add(how, {2, 5});
    b.add(how, {2, 5});
    b.add(how, {1, 7});
    CHECK(a == b);
    twice.add(how, {1, 7});
    twice.add(how, {1, 7});
    CHECK(twice != digest{});
  }
}
