#include "runtime/os/small_file.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/support/temp_dir.hpp"

using namespace sluice;
using os::read_small_file;

TEST_CASE("a small file is read as it is") {
  const test::temp_dir folder;
  const auto file = folder.path() / "f";
  const std::string content("a\0b\r\n", 5);
  std::ofstream(file, std::ios::binary) << content;
  CHECK(read_small_file(file, 5).text == content);
  CHECK(read_small_file(file, 4).why == "is larger than 4 bytes");
  std::ofstream(file).close();
  CHECK(read_small_file(file, 4).text == "");
}

TEST_CASE("what is no regular file is refused without waiting for it") {
  const test::temp_dir folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_small_file(pipe, 100).why == "is not a regular file");
  CHECK(read_small_file("/dev/zero", 100).why == "is not a regular file");
  CHECK(read_small_file(folder.path(), 100).why == "is a directory");
  CHECK(read_small_file(folder.path() / "absent", 100).why == "No such file or directory");
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  CHECK(read_small_file(folder.path() / "loop", 100).why == "Too many levels of symbolic links");

  const auto socket_file = folder.path() / "socket";
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(socket_file.native().size() < sizeof address.sun_path);
  std::strcpy(address.sun_path, socket_file.c_str());
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(read_small_file(socket_file, 100).why == "No such device or address");
  ::close(socket);
}

TEST_CASE("a file without end is read no further than its limit") {
  // A regular file to stat, with more to read than it says.
  CHECK(read_small_file("/proc/self/maps", 16).why == "is larger than 16 bytes");
  const test::temp_dir folder;
  const auto sparse = folder.path() / "sparse";
  std::ofstream(sparse).close();
  std::filesystem::resize_file(sparse, std::uintmax_t{20} << 30);
  CHECK(read_small_file(sparse, 1u << 20).why == "is larger than 1 MiB");
}

TEST_CASE("what cannot be read has the system's words and its number") {
  // A regular file to stat, which nobody can read from the start.
  const auto unreadable = read_small_file("/proc/self/mem", 100);
  CHECK_FALSE(unreadable.text);
  CHECK(unreadable.why == "Input/output error");
  CHECK(unreadable.code == EIO);
  CHECK(read_small_file("/", 100).code == EISDIR);
  CHECK(read_small_file("/proc/self/maps", 16).code == EFBIG);
}
