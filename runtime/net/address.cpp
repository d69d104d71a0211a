#include "runtime/net/address.hpp"

#include <sys/un.h>

#include "messages/error.hpp"

namespace sluice::net {
namespace {

constexpr std::string_view operation = "read address";
constexpr std::string_view form = "an address is unix:PATH, for example unix:state/sluice.sock";

static_assert(sizeof(sockaddr_un::sun_path) == max_socket_path + 1);

[[noreturn]] void refuse(std::string_view text, std::string cause, std::string hint) {
  throw failure(errc::usage, std::string{operation}, std::string{text}, std::move(cause),
                std::move(hint));
}

}  // namespace

address parse_address(std::string_view text) {
  constexpr std::string_view scheme = "unix:";
  if (!text.starts_with(scheme))
    refuse(text, "it does not begin with a known kind of address", std::string{form});
  const auto path = text.substr(scheme.size());
  if (path.empty()) refuse(text, "the path is missing", std::string{form});
  if (path.find('\0') != std::string_view::npos)
    refuse(text.substr(0, text.find('\0')), "the path contains a NUL byte", std::string{form});
  if (path.size() > max_socket_path)
    refuse(text,
           "the path has " + std::to_string(path.size()) + " bytes; a Unix socket takes at most " +
               std::to_string(max_socket_path),
           "use a shorter path, or one relative to the working directory");
  return {std::filesystem::path{path}};
}

}  // namespace sluice::net
