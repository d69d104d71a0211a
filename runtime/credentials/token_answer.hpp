// What the answer of a token server means. Pure.
//
// RFC 6749, section 5.1: JSON with `access_token`, maybe `expires_in` (seconds) and a new
// `refresh_token`; section 5.2: 400 or 401 with an `error`. Some servers put the error into a 200.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>

#include "runtime/http/http_answer.hpp"

namespace sluice::credentials {

/// There is a token.
struct token_grant {
  std::string access_token;
  std::optional<std::chrono::seconds> lives;  ///< nothing: the server does not say
  std::string refresh_token;                  ///< empty: the one that was used goes on
  nlohmann::json others;                      ///< the answer without its tokens
};

/// There is none.
struct token_refusal {
  enum class kind : std::uint8_t {
    later,     ///< the server is in trouble, or asks for a pause
    grant,     ///< the refresh token or the assertion is refused for good: `invalid_grant`
    client,    ///< id or secret of the app are refused: `invalid_client`
    for_good,  ///< something else that asking again does not change
  };
  kind what = kind::later;
  std::string why;  ///< in the server's words, secrets masked
  std::optional<std::chrono::seconds> retry_after = {};
};

using token_answer = std::variant<token_grant, token_refusal>;

/// Reads an answer, or its absence. The tokens in it are masked in all texts from now on.
token_answer read_token_answer(const http::http_answer& answer);

}  // namespace sluice::credentials
