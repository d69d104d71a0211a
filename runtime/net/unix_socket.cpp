#include "runtime/net/unix_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "messages/error.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

constexpr auto unix_backlog = 128;

sockaddr_un to_sockaddr(const address& where) {
  sockaddr_un result{};
  result.sun_family = AF_UNIX;
  const auto& path = where.path.native();
  if (path.size() > max_socket_path)
    throw failure(errc::invalid_config, "use socket", where.text(),
                  "the path is longer than " + std::to_string(max_socket_path) + " bytes",
                  "use a shorter path");
  std::copy(path.begin(), path.end(), result.sun_path);
  return result;
}

os::unique_fd new_socket() {
  os::unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) throw failure(errc::internal, "create socket", {}, os::reason(errno));
  return fd;
}

/// 0 or an errno.
int try_connect(const os::unique_fd& fd, const address& where) {
  const auto to = to_sockaddr(where);
  int result = 0;
  do {
    result =
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ? 0 : errno;
  } while (result == EINTR);
  return result;
}

[[noreturn]] void refuse_occupied(const address& where, const std::string& who) {
  throw failure(errc::state_locked, "listen at", where.text(), who + " listens there already",
                "stop it with `sluice shutdown --node " + where.text() +
                    "`, or give this node another address in `listen`");
}

/// Takes the lock that goes with the path.
os::unique_fd lock_path(const address& where) {
  const auto file = where.path.string() + ".lock";
  os::unique_fd fd{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd)
    throw failure(errc::invalid_config, "listen at", where.text(),
                  "cannot open " + file + ": " + os::reason(errno),
                  errno == ENOENT ? "create the directory first"
                                  : "the directory must be writable for the node's user");
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      throw failure(errc::invalid_config, "lock", file, os::reason(errno),
                    "the file system of the socket must support locks");
    // The holder of the lock listens, or is about to.
    const auto fd_to_holder = new_socket();
    refuse_occupied(where, try_connect(fd_to_holder, where) == 0
                               ? peer_of(fd_to_holder.get()).text()
                               : "another node");
  }
  return fd;
}

/// Removes the socket file of a dead node. REQUIRES: the path's lock.
void clear_path(const address& where) {
  struct stat found {};
  if (::lstat(where.path.c_str(), &found) != 0) {
    if (errno == ENOENT) return;
    throw failure(errc::invalid_config, "listen at", where.text(), os::reason(errno));
  }
  if (!S_ISSOCK(found.st_mode))
    throw failure(errc::invalid_config, "listen at", where.text(),
                  "there is a file of that name that is no socket",
                  "move it away, or give the node another address in `listen`");
  const auto fd = new_socket();
  const int result = try_connect(fd, where);
  if (result == 0) refuse_occupied(where, peer_of(fd.get()).text());
  if (result == EAGAIN) refuse_occupied(where, "a process that takes no connections just now");
  if (result != ECONNREFUSED && result != ENOENT)
    throw failure(errc::state_locked, "listen at", where.text(),
                  "cannot tell whether the socket there is in use: " + os::reason(result),
                  "does it belong to another user?");
  if (::unlink(where.path.c_str()) != 0 && errno != ENOENT)
    throw failure(errc::invalid_config, "remove left-over socket", where.text(), os::reason(errno));
}

}  // namespace

std::string peer::text() const {
  std::string name;
  std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
  std::getline(comm, name);
  return "process " + std::to_string(pid) + (name.empty() ? "" : " (" + name + ")") + " of user " +
         std::to_string(uid);
}

peer peer_of(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    throw failure(errc::internal, "identify peer", {}, os::reason(errno));
  return {credentials.pid, credentials.uid};
}

bool is_welcome(const peer& who) { return who.uid == 0 || who.uid == ::geteuid(); }

listening_socket::listening_socket(const address& where) : where_(where) {
  const auto name = to_sockaddr(where_);
  lock_ = lock_path(where_);
  clear_path(where_);
  fd_ = new_socket();
  // bind() gives the file the mode of the socket's own inode, less the umask. The mode is set
  // before bind, so that no other user can connect at any moment, and the process-wide umask is
  // not touched.
  if (::fchmod(fd_.get(), 0600) != 0 ||
      ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    throw failure(errc::invalid_config, "listen at", where_.text(), os::reason(errno),
                  "the directory must be writable for the node's user");
  struct stat made {};
  if (::lstat(where_.path.c_str(), &made) == 0) {
    device_ = made.st_dev;
    inode_ = made.st_ino;
  }
  if (::listen(fd_.get(), unix_backlog) != 0)
    throw failure(errc::invalid_config, "listen at", where_.text(), os::reason(errno));
}

listening_socket::~listening_socket() {
  if (!fd_) return;
  struct stat found {};
  if (::lstat(where_.path.c_str(), &found) == 0 && found.st_dev == device_ &&
      found.st_ino == inode_)
    ::unlink(where_.path.c_str());
}

os::unique_fd connect_to(const address& where, std::chrono::milliseconds timeout) {
  constexpr auto operation = "connect to node";
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto fd = new_socket();
  for (;;) {
    switch (const int result = try_connect(fd, where); result) {
      case 0:
        return fd;
      case EAGAIN:  // the queue of knocking clients is full; there is nothing to poll for
        if (std::chrono::steady_clock::now() >= deadline)
          throw failure(errc::timed_out, operation, where.text(),
                        "it accepts no connection: its queue is full",
                        "is the node frozen or overloaded?");
        ::poll(nullptr, 0, 10);
        continue;
      case ENOENT:
      case ENOTDIR:
        throw failure(errc::unreachable, operation, where.text(), "no node listens there",
                      "start one with `sluice node --config FILE`, or name another with --node or "
                      "$SLUICE_NODE");
      case ECONNREFUSED:
        throw failure(errc::unreachable, operation, where.text(),
                      "the node that listened there is gone",
                      "start it again with `sluice node --config FILE`");
      case EACCES:
      case EPERM:
        throw failure(errc::unreachable, operation, where.text(), "permission denied",
                      "only the user that runs the node, or root, may talk to it");
      default:
        throw failure(errc::unreachable, operation, where.text(), os::reason(result));
    }
  }
}

}  // namespace sluice::net
