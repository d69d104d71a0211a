// The values of references at their places in requests: refused where they cannot stand there, and
// masked in texts where they are secrets.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/config/http_config.hpp"
#include "runtime/config/references.hpp"

namespace sluice::http {

/// Where a reference stands.
struct reference_place {
  enum class kind {
    header,
    server,  ///< of an address, maybe with its scheme and the beginning of its path
    path,
    query,
    json,
    credential,  ///< of basic authentication
  } in = kind::json;
  std::string_view name = {};  ///< of the header, of the query's setting, of the JSON member
};

/// The value of a reference. It is registered as a secret if one of the names says so, the place's
/// or its own, or if it is unlike a word; of an
/// address only what follows the server, step by step. Throws `failure` (invalid_config) naming the
/// reference, never its value, if it has none, or one that cannot be meant: an empty or blank
/// secret, a line break in a header, a blank in an address. REQUIRES: `piece` is no literal.
std::string reference_value(const config::text_piece& piece, const reference_place& at,
                            const std::filesystem::path& base);

/// User and password with their references replaced, which throws in the same way. The password is
/// registered as a secret, also as both are sent; the user only where it is one: alone, or by its
/// looks.
config::http_config::credentials resolved(const config::http_config::credentials& written,
                                          const std::filesystem::path& base);

}  // namespace sluice::http
