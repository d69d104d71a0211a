// The settings of a credential: what an API accepts, and how it is obtained. Texts are as written:
// their references are resolved each time they are used.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/config/defaults.hpp"

namespace sluice::config {

/// The files of a TLS client.
struct tls_files {
  std::filesystem::path ca;           ///< empty: the system's
  std::filesystem::path certificate;  ///< empty: none
  std::filesystem::path key;
  bool operator==(const tls_files&) const = default;
};

/// A token from a server that OAuth 2.0 describes (RFC 6749).
struct oauth2_credential {
  static constexpr std::string_view kind_name = "oauth2";
  enum class grant_type : std::uint8_t {
    client_credentials,  ///< RFC 6749, section 4.4
    refresh_token,       ///< RFC 6749, section 6; `sluice authorize` gets the first one
    jwt_bearer,          ///< RFC 7523, section 2.1
  };
  /// How the client shows its secret (RFC 6749, section 2.3.1). Some servers know neither way and
  /// want everything in the query of a GET.
  enum class client_auth : std::uint8_t { basic, body, query };

  grant_type grant = grant_type::client_credentials;
  std::string token_url = {};
  std::string client_id = {};
  std::string client_secret = {};  ///< empty: a public client
  client_auth shows = client_auth::basic;
  std::string scope = {};  ///< with blanks between several
  std::string audience = {};
  /// More parameters of each request to the token server.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::string refresh_token = {};  ///< the first one; empty: `sluice authorize` stores it
  std::string authorize_url = {};  ///< where `sluice authorize` sends the browser
  std::string redirect = {};       ///< where the browser comes back to; empty: any free port
  std::filesystem::path key = {};  ///< of assertions: PEM, RSA
  std::string key_id = {};
  std::string issuer = {};  ///< empty: `client_id`
  std::string subject = {};
  /// The life of a token whose server tells none; 0: it is used until the API refuses it.
  std::chrono::milliseconds expires_after{0};
  bool operator==(const oauth2_credential&) const = default;
};

/// A token that does not change by itself (RFC 6750).
struct bearer_credential {
  static constexpr std::string_view kind_name = "bearer";
  std::string token = {};
  bool operator==(const bearer_credential&) const = default;
};

/// User and password (RFC 7617).
struct basic_credential {
  static constexpr std::string_view kind_name = "basic";
  std::string user = {};
  std::string password = {};
  bool operator==(const basic_credential&) const = default;
};

/// A key in a header or in the query.
struct api_key_credential {
  static constexpr std::string_view kind_name = "api_key";
  enum class place : std::uint8_t { header, query };
  place in = place::header;
  std::string name = {};
  std::string value = {};
  bool operator==(const api_key_credential&) const = default;
};

/// A service account of Google, whose tokens are had for a signed assertion.
struct google_credential {
  static constexpr std::string_view kind_name = "google";
  std::filesystem::path file = {};  ///< the key file, JSON
  std::vector<std::string> scopes = {};
  std::string subject = {};  ///< the user in whose name it acts; empty: its own
  bool operator==(const google_credential&) const = default;
};

/// Requests are signed (AWS Signature Version 4).
struct aws_credential {
  static constexpr std::string_view kind_name = "aws";
  std::string access_key = {};
  std::string secret_key = {};
  std::string session_token = {};  ///< of temporary keys
  std::string region = {};
  std::string service = {};
  bool operator==(const aws_credential&) const = default;
};

/// The body is signed with a shared secret (HMAC-SHA256), as webhooks are.
struct hmac_credential {
  static constexpr std::string_view kind_name = "hmac";
  enum class encoding : std::uint8_t { text, hex, base64 };
  std::string secret = {};
  encoding secret_encoding = encoding::text;  ///< or `base64`
  /// What is signed: {timestamp} in seconds, {method}, {target}, {body}, {NAME} of a header.
  std::string message = {};
  std::string header = {};  ///< has the signature
  std::string format = {};  ///< of that header's value: {signature}, {timestamp}
  encoding signature_encoding = encoding::hex;  ///< or `base64`
  std::string timestamp_header = {};            ///< empty: none
  bool operator==(const hmac_credential&) const = default;
};

struct credential_config {
  std::variant<oauth2_credential, bearer_credential, basic_credential, api_key_credential,
               google_credential, aws_credential, hmac_credential>
      kind = {};
  std::filesystem::path directory = {};  ///< the base of relative paths in references
  /// How long a token server may take to answer, and how long it is tried before whoever waits for
  /// a token gives up.
  std::chrono::milliseconds timeout = defaults::http_timeout;
  std::chrono::milliseconds give_up_after = defaults::give_up_after;
  tls_files tls = {};  ///< for the token server
  bool operator==(const credential_config&) const = default;
};

/// The kind's name in the configuration.
[[nodiscard]] std::string_view kind_of(const credential_config& credential);

/// Whether its refresh token is kept on disk: it may be used once, and only one node may hold it.
[[nodiscard]] bool is_kept(const credential_config& credential);

/// The server of an API as the answer of a token server names it.
struct base_url_config {
  std::string from;                 ///< JSON pointer into that answer
  std::vector<std::string> within;  ///< host names, `*.example.com` for those below
  bool operator==(const base_url_config&) const = default;
};

}  // namespace sluice::config
