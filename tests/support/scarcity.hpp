// Shared by a test and the library `scarcity.cpp`, which $LD_PRELOAD loads into a program: which
// call of the program is denied.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace sluice::test {

/// In a file that both map; its path is in $SLUICE_SCARCITY. All zero: nothing is denied.
struct scarcity {
  enum kind : std::size_t { threads, descriptors, memory };
  static constexpr std::size_t kinds = 3;

  /// Denies the n-th call from now on, once; 0: none. Counts down.
  std::array<std::atomic<std::int64_t>, kinds> countdown;
  /// Calls that were denied.
  std::array<std::atomic<std::int64_t>, kinds> denied;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

/// The test's side.
class scarcity_control {
 public:
  explicit scarcity_control(const std::string& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, sizeof(scarcity)) != 0)
      throw std::runtime_error("cannot make " + file);
    void* const at = ::mmap(nullptr, sizeof(scarcity), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (at == MAP_FAILED) throw std::runtime_error("cannot map " + file);
    shared_ = static_cast<scarcity*>(at);
  }
  ~scarcity_control() { ::munmap(shared_, sizeof(scarcity)); }
  scarcity_control(const scarcity_control&) = delete;
  scarcity_control& operator=(const scarcity_control&) = delete;

  void deny(scarcity::kind what, std::int64_t nth) { shared_->countdown[what] = nth; }
  /// Stops denying. True if a call was denied since the last time.
  bool relent(scarcity::kind what) {
    shared_->countdown[what] = 0;
    return shared_->denied[what].exchange(0) > 0;
  }

 private:
  scarcity* shared_ = nullptr;
};

}  // namespace sluice::test
