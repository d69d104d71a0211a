// Hashes of texts, in their UTF-8 bytes, and of binary values.
#include <algorithm>

#include "messages/base64.hpp"
#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::values {
namespace {

using crypto::digest;
using type = parameter::type;

enum class encoding : std::uint8_t { hex, base64 };
/// What becomes of a text that is a hash already.
enum class hashed : std::uint8_t { refuse, keep, again };

std::string_view bytes_of(const value_view& value, std::string& scratch) {
  return value.kind == value_kind::binary ? value.bytes : text_of(value, scratch);
}

value_view written(std::string_view bytes, encoding as, workplace& place) {
  place.text.clear();
  if (as == encoding::base64)
    append_base64(place.text, bytes);
  else
    place.text = to_small_hex(bytes);
  return place.made();
}

std::size_t size_of(digest function) {
  switch (function) {
    case digest::md5:
      return 16;
    case digest::sha256:
      return 32;
    case digest::sha512:
      return 64;
  }
  return 0;
}

/// Whether the value is a text that looks like a hash: SHA-256, which ad platforms take, or the
/// same function's.
bool is_hashed(const value_view& value, digest function) {
  const auto size = value.bytes.size();
  if (value.kind != value_kind::text || (size != 2 * size_of(function) && size != 64)) return false;
  return from_hex(value.bytes).has_value();
}

encoding encoding_of(arguments& given, std::size_t i) {
  return given.word(i, {{"hex", encoding::hex}, {"base64", encoding::base64}}, encoding::hex);
}

template <digest Function>
step bind_hash(arguments& given) {
  const auto as = encoding_of(given, 0);
  const auto twice =
      given.word(1, {{"refuse", hashed::refuse}, {"keep", hashed::keep}, {"again", hashed::again}},
                 hashed::refuse);
  return [as, twice, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    if (twice != hashed::again && is_hashed(in, Function)) {
      if (twice == hashed::keep && in.bytes.size() == 2 * size_of(Function))
        return written(from_hex(in.bytes).value_or(""), as, place);
      return place.refuse("is hashed already (" + std::to_string(in.bytes.size()) +
                          " hexadecimal digits); 'keep' as second argument passes it, 'again' "
                          "hashes it");
    }
    return written(crypto::hash_of(Function, bytes_of(in, scratch)), as, place);
  };
}

step bind_hmac(arguments& given) {
  const auto function =
      given.word(0, {{"sha256", digest::sha256}, {"sha512", digest::sha512}, {"md5", digest::md5}},
                 digest::sha256);
  const auto key = given.text(1);
  const auto as = encoding_of(given, 2);
  if (key.empty()) given.complain("has an empty key", "a key, best a reference: ${env:NAME}");
  return [function, key, as, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    return written(crypto::hmac_of(function, {key}, bytes_of(in, scratch)), as, place);
  };
}

}  // namespace

std::vector<function> hash_functions() {
  const std::vector<parameter> parameters{{"encoding", type::text, true},
                                          {"hashed", type::text, true}};
  return {
      {.name = "sha256", .parameters = parameters, .bind = bind_hash<digest::sha256>},
      {.name = "sha512", .parameters = parameters, .bind = bind_hash<digest::sha512>},
      {.name = "md5", .parameters = parameters, .bind = bind_hash<digest::md5>},
      {.name = "hmac",
       .parameters = {{"function", type::text},
                      {"key", type::text},
                      {"encoding", type::text, true}},
       .bind = bind_hmac},
  };
}

}  // namespace sluice::values
