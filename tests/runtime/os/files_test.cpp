#include "runtime/os/files.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/support/temp_dir.hpp"

using namespace sluice;

TEST_CASE("all is written, also what a pipe takes in pieces") {
  int ends[2] = {};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const os::unique_fd from(ends[0]);
  os::unique_fd to(ends[1]);
  const std::string sent(1u << 20, 'x');
  int result = -1;
  std::thread writer([&] {
    result = os::write_all(to.get(), sent);
    to.reset();
  });
  std::string got;
  for (char block[4096];;) {
    const auto n = ::read(from.get(), block, sizeof block);
    if (n <= 0) break;
    got.append(block, static_cast<std::size_t>(n));
  }
  writer.join();
  CHECK(result == 0);
  CHECK(got == sent);
}

TEST_CASE("a write that is refused tells why") {
  const os::unique_fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK(os::write_all(full.get(), "x") == ENOSPC);
  CHECK(os::write_all(full.get(), "") == 0);
  CHECK(os::write_all(-1, "x") == EBADF);
}

TEST_CASE("all bytes are read from where they are, and none behind the end") {
  const test::temp_dir folder;
  const auto file = os::open_unnamed(folder.path());
  REQUIRE(os::write_all(file.get(), "abcdef") == 0);
  std::string back(3, ' ');
  CHECK(os::read_all_at(file.get(), 2, back.data(), back.size()) == 0);
  CHECK(back == "cde");
  CHECK(os::read_all_at(file.get(), 6, back.data(), 0) == 0);
  CHECK(os::read_all_at(file.get(), 4, back.data(), back.size()) == EIO);
  CHECK(os::read_all_at(-1, 0, back.data(), back.size()) == EBADF);
}

TEST_CASE("a folder's names are made durable, what is no folder is refused") {
  const test::temp_dir folder;
  CHECK(os::sync_folder(folder.path()) == 0);
  CHECK(os::sync_folder("") == 0);
  CHECK(os::sync_folder(folder.path() / "absent") == ENOENT);
  std::ofstream(folder.path() / "file").close();
  CHECK(os::sync_folder(folder.path() / "file") == ENOTDIR);
}

TEST_CASE("a file without a name is seen by nobody else") {
  const test::temp_dir folder;
  const auto made = os::open_unnamed(folder.path());
  REQUIRE(made);
  CHECK(os::write_all(made.get(), "abc") == 0);
  char back[3] = {};
  CHECK(::pread(made.get(), back, sizeof back, 0) == 3);
  CHECK(std::string(back, 3) == "abc");
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK_FALSE(os::open_unnamed(folder.path() / "absent"));
  CHECK(errno == ENOENT);
}

TEST_CASE("closing a descriptor leaves errno as it was") {
  errno = ENOSPC;
  os::unique_fd(9999).reset();  // which nobody has open
  CHECK(errno == ENOSPC);
}
