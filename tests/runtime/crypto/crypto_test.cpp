#include "runtime/crypto/crypto.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "messages/hex.hpp"

using namespace sluice;
using namespace sluice::crypto;

TEST_CASE("hashes are those of RFC 1321, FIPS 180-2 and RFC 4231") {
  CHECK(to_small_hex(hash_of(digest::md5, "abc")) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_small_hex(hash_of(digest::sha256, "abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(
      to_small_hex(hash_of(digest::sha512, "abc")).starts_with("ddaf35a193617abacc417349ae204131"));
  CHECK(to_small_hex(hmac_of(digest::sha256, {"Jefe"}, "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("texts are equal if each of their bytes is") {
  CHECK(are_equal("", ""));
  CHECK(are_equal("secret", "secret"));
  CHECK_FALSE(are_equal("secret", "secreT"));
  CHECK_FALSE(are_equal("secret", "secrets"));
}

TEST_CASE("random bytes are as many as were asked for, and others each time") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(32).size() == 32);
  CHECK(random_bytes(32) != random_bytes(32));
}

TEST_CASE("what is no RSA key signs nothing") {
  CHECK_THROWS_AS(rsa_signature({"no key"}, "text"), failure);
}
