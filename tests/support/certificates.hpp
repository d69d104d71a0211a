// Certificates for TLS between a test's client and its server.
//
//   const certificate_authority authority{dir.path(), "authority"};
//   const auto server = authority.issue({.name = "server", .addresses = {"127.0.0.1"}});
//   // authority.certificate(), server.certificate, server.key are PEM files
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sluice::test {

/// The content of a certificate.
struct certificate_options {
  std::string name;                         ///< common name, and name of its files
  std::vector<std::string> hosts = {};      ///< DNS names it is good for
  std::vector<std::string> addresses = {};  ///< IP addresses it is good for
  /// Both count from now; an expired certificate has both in the past.
  std::chrono::seconds valid_from = std::chrono::hours{-1};
  std::chrono::seconds valid_until = std::chrono::hours{1};
};

/// PEM files.
struct certificate_files {
  std::filesystem::path certificate;
  std::filesystem::path key;  ///< private, without a passphrase, readable by the owner alone
};

/// Signs certificates with a key that only this object has. All keys are EC P-256, made afresh.
/// Methods may be called from any thread. All throw std::runtime_error, with OpenSSL's text if
/// OpenSSL failed.
class certificate_authority {
 public:
  /// Writes its own, self-signed certificate to `directory`/`name`.pem. Two authorities of the same
  /// name in two directories are different ones.
  certificate_authority(std::filesystem::path directory, std::string name);
  ~certificate_authority();
  certificate_authority(const certificate_authority&) = delete;
  certificate_authority& operator=(const certificate_authority&) = delete;

  /// The PEM file of this authority's certificate.
  [[nodiscard]] const std::filesystem::path& certificate() const;
  /// A new key and a certificate for it, good for servers and clients, in NAME.pem and NAME.key.
  /// Files of that name are replaced.
  [[nodiscard]] certificate_files issue(const certificate_options& what) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::test
