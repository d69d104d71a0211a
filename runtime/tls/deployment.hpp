// The TLS files of a new deployment: an authority, and a certificate and a key for every member.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "messages/timestamp.hpp"
#include "runtime/net/party.hpp"

namespace sluice::tls {

/// A party to issue a certificate for.
struct member {
  net::party who;
  std::vector<std::string> hosts = {};  ///< a node's; none: this machine
};

struct deployment_options {
  std::filesystem::path directory;
  std::vector<member> members;
  std::chrono::days valid_for{825};
};

/// Writes for each member `KIND-NAME.pem` and `KIND-NAME.key` (node-a.pem), and before them, unless
/// they are there, the authority's `ca.pem` and `ca.key`: run again, it adds members. Keys are
/// readable by their owner alone, whatever the umask, and so is the directory if it is new. Returns
/// the files written.
///
/// Throws `failure` before it writes anything (usage) if a name or host cannot be one, something is
/// asked for twice, or a file exists that would be written; (invalid_config) if the authority that
/// is there cannot be used, has ended, or only half of it is there. If writing fails it removes
/// what it wrote.
std::vector<std::filesystem::path> set_up(const deployment_options& what, timestamp now);

}  // namespace sluice::tls
