#include "runtime/cli/connect.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace sluice::cli {
namespace {

std::string user_of_this_machine() {
  const auto* const account = ::getpwuid(::geteuid());
  auto name =
      account != nullptr ? std::string(account->pw_name) : "uid " + std::to_string(::geteuid());
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return name;
  return name.append("@").append(host.data());
}

}  // namespace

void refuse_nodes_certificate(const net::tls_files& files) {
  const auto self = net::tls_context(files).self();
  if (self.kind != net::party_kind::node) return;
  throw failure(errc::usage, "show certificate", files.certificate.string(),
                "it is that of " + self.text() + ", and nodes take no commands from nodes",
                "use one of an operator or an observer: `sluice tls init operator:NAME` makes it");
}

std::string caller_of(const shim_options& how) {
  const auto files = tls_files_of(how);
  return files ? net::tls_context(*files).self().text() : user_of_this_machine();
}

}  // namespace sluice::cli
