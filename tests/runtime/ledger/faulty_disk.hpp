// A disk that fails on demand, and that forgets at a power cut what was not synced.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "runtime/ledger/system_calls.hpp"

namespace sluice::ledger::test {

/// Does everything for real below `root`, save for waiting for the disk, and notes beside it what a
/// power cut would leave. Calls are counted from 1. Thread safe.
class faulty_disk : public system_calls {
 public:
  explicit faulty_disk(std::filesystem::path root);

  /// From call `number` on nothing happens any more: the process is gone. If that call is a write,
  /// a part of it may have reached the disk.
  void crash_at(std::uint64_t number) { crash_at_ = number; }
  /// Call `number` alone fails with `error`; a write has written half of its bytes before.
  void fail_at(std::uint64_t number, int error) {
    fail_at_ = number;
    error_ = error;
  }
  /// Writes write at most so many bytes, and every other call is interrupted first.
  void write_in_pieces(std::size_t most_bytes) { most_bytes_ = most_bytes; }
  /// Called once, when the process is gone: in the midst of the call that it dies in.
  void on_crash(std::function<void()> hook) { on_crash_ = std::move(hook); }
  /// Called before each fdatasync, without any lock held.
  void on_sync(std::function<void()> hook) { on_sync_ = std::move(hook); }

  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t data_syncs() const { return data_syncs_; }
  [[nodiscard]] bool crashed() const { return crash_at_ != 0 && calls_ >= crash_at_; }

  enum class power_cut {
    forget,  ///< all that was not synced is gone
    keep,    ///< all of it survived: only the process was killed
    tear,    ///< some unsynced sectors of files survived, and some changes to names
  };
  /// Writes below `target` what would be found after a power cut now.
  void after(power_cut kind, std::uint64_t seed, const std::filesystem::path& target) const;

  int open(const char* path, int flags, mode_t mode) override;
  int open_unnamed(const char* directory) override;
  int close(int descriptor) override;
  ssize_t write(int descriptor, const void* bytes, std::size_t size, off_t at) override;
  int sync_data(int descriptor) override;
  int truncate(int descriptor, off_t size) override;
  int rename(const char* from, const char* to) override;
  int unlink(const char* path) override;
  int make_directory(const char* path, mode_t mode) override;
  int remove_directory(const char* path) override;
  int sync_directory(const char* path) override;
  std::uint64_t unique_number() override { return 0x5eed; }

 private:
  struct node;
  using names = std::map<std::string, std::shared_ptr<node>>;
  struct node {
    bool is_directory = false;
    std::string bytes;            ///< of a file, as the process sees it
    std::string durable;          ///< as of the last sync
    std::vector<names> versions;  ///< of a folder: the durable one, then one per change since
  };

  /// False if the call must not happen; errno is set then.
  bool admit();
  [[nodiscard]] std::shared_ptr<node> find(const std::filesystem::path& path) const;
  void change(const std::filesystem::path& path, const std::shared_ptr<node>& now);
  void restore(const node& from, power_cut kind, std::mt19937_64& random,
               const std::filesystem::path& target) const;
  [[nodiscard]] static std::string surviving(const node& of, power_cut kind,
                                             std::mt19937_64& random);

  std::filesystem::path root_;
  mutable std::mutex mutex_;
  std::shared_ptr<node> tree_;
  std::map<int, std::shared_ptr<node>> descriptors_;
  std::uint64_t calls_ = 0;
  std::uint64_t data_syncs_ = 0;
  std::uint64_t crash_at_ = 0;
  std::uint64_t fail_at_ = 0;
  int error_ = 0;
  std::size_t most_bytes_ = 0;
  std::function<void()> on_sync_;
  std::function<void()> on_crash_;
};

}  // namespace sluice::ledger::test
