#include "runtime/source/hash_sql.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::source;
using odbc::product;

namespace {

std::optional<std::vector<bucket_digest>> read(std::string_view text) {
  std::vector<bucket_digest> found;
  return read_digests(text, found) ? std::optional(found) : std::nullopt;
}

}  // namespace

TEST_CASE("PostgreSQL and MariaDB make digests, and others none") {
  CHECK(hash_sql_of(product::postgresql));
  CHECK(hash_sql_of(product::mariadb));
  CHECK_FALSE(hash_sql_of(product::sqlite));
  CHECK_FALSE(hash_sql_of(product::generic));
}

TEST_CASE("digests are read modulo 2^64 from numbers of any length and sign") {
  CHECK(read("5,3,1,36893488147419103235,-1") ==
        std::vector<bucket_digest>{{5, {3, 1, {3, 0xffffffffffffffff}}}});
  CHECK(read("0,0,0,0,0;1048575,2,0,7,8") ==
        std::vector<bucket_digest>{{}, {1'048'575, {2, 0, {7, 8}}}});
}

TEST_CASE("what is no digest is refused") {
  for (const auto* text : {"", "5,3,1,2", "5,3,1,2,3,4", ",3,0,2,2", "5,3,0,,2", "5,3,0,2.5,2",
                           "5,3,0,2,2;", ";5,3,0,2,2", "5,3,0,2,2 ", "5,3,0,-,2",
                           "1048576,3,0,2,2"}) {  // the last has more than a bucket's bits
    CAPTURE(text);
    CHECK_FALSE(read(text));
  }
}

TEST_CASE("a hash is 32 hexadecimal digits") {
  const auto of_postgresql = postgresql_hash_sql();
  CHECK(of_postgresql->read_hash("00000000000000010000000000000002") == hash128{1, 2});
  CHECK(of_postgresql->read_hash("ffffffffffffffff0123456789abcdef") ==
        hash128{0xffffffffffffffff, 0x0123456789abcdef});
  for (const auto kind : {product::postgresql, product::mariadb}) {
    const auto sql = hash_sql_of(kind);
    CHECK_FALSE(sql->read_hash("0000000000000001000000000000000"));
    CHECK_FALSE(sql->read_hash("000000000000000100000000000000-2"));
    CHECK_FALSE(sql->read_hash(""));
  }
}

TEST_CASE("MariaDB's hash is what its CRC32 makes of each four bytes") {
  // SELECT HEX(CRC32('1234')), HEX(CRC32(X'00000000')), HEX(CRC32(X'FFFFFFFF'))
  CHECK(mariadb_hash_sql()->read_hash("313233340000000000000000ffffffff") ==
        hash128{0x9be3e0a3'2144df1c, 0x2144df1c'ffffffff});
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
