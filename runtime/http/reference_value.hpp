// The values of references in requests: refused where they are not allowed, and masked in texts
// where they are secrets.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/config/http_config.hpp"
#include "runtime/config/references.hpp"

namespace sluice::http {

/// The place of a reference in a request.
struct reference_place {
  enum class kind {
    header,
    server,  ///< of an address, maybe with its scheme and the beginning of its path
    path,
    query,
    json,
    credential,  ///< of basic authentication
  } in = kind::json;
  std::string_view name = {};  ///< of the header, the query's setting or the JSON member
};

/// The value of a reference. It is registered as a secret if the name of its place or its own name
/// suggests one, or if it is unlike a word; in an address that holds for the parts behind the
/// server, step by step. Throws `failure` (invalid_config) naming the reference, never its value,
/// if it has no value, or one that must be a mistake: an empty or blank secret, a line break in a
/// header, a blank in an address. REQUIRES: `piece` is no literal.
std::string reference_value(const config::text_piece& piece, const reference_place& at,
                            const std::filesystem::path& base);

/// User and password with their references replaced; throws in the same way. The password is
/// registered as a secret, and so is the header of both; the user only if it has no password beside
/// it, or is unlike a word.
config::http_config::credentials resolved(const config::http_config::credentials& written,
                                          const std::filesystem::path& base);

}  // namespace sluice::http
