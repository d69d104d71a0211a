#include "tests/runtime/ledger/faulty_disk.hpp"

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace sluice::ledger::test {
namespace {

constexpr std::size_t sector_bytes = 512;

void overwrite(std::string& file, std::string_view bytes, std::size_t at) {
  if (file.size() < at + bytes.size()) file.resize(at + bytes.size(), '\0');
  file.replace(at, bytes.size(), bytes);
}

}  // namespace

faulty_disk::faulty_disk(std::filesystem::path root)
    : root_(std::move(root)), tree_(std::make_shared<node>()) {
  tree_->is_directory = true;
  tree_->versions.resize(1);
  // What is there already is durable.
  for (const auto& each : std::filesystem::recursive_directory_iterator(root_)) {
    const auto made = std::make_shared<node>();
    if (each.is_directory()) {
      made->is_directory = true;
      made->versions.resize(1);
    } else {
      std::ifstream in(each.path(), std::ios::binary);
      made->bytes.assign(std::istreambuf_iterator<char>(in), {});
      made->durable = made->bytes;
    }
    find(each.path().parent_path())->versions.back()[each.path().filename().string()] = made;
  }
}

bool faulty_disk::admit() {
  ++calls_;
  if (calls_ == crash_at_ && on_crash_) on_crash_();
  if (crashed()) {
    errno = EIO;
    return false;
  }
  if (calls_ == fail_at_) {
    errno = error_;
    return false;
  }
  return true;
}

std::shared_ptr<faulty_disk::node> faulty_disk::find(const std::filesystem::path& path) const {
  auto at = tree_;
  for (const auto& name : path.lexically_relative(root_)) {
    if (name == ".") continue;
    const auto& present = at->versions.back();
    const auto found = present.find(name.string());
    if (found == present.end()) return nullptr;
    at = found->second;
  }
  return at;
}

/// Gives `path` a new file or folder, or removes it if `now` is null.
void faulty_disk::change(const std::filesystem::path& path, const std::shared_ptr<node>& now) {
  auto& versions = find(path.parent_path())->versions;
  auto names_now = versions.back();
  if (now)
    names_now[path.filename().string()] = now;
  else
    names_now.erase(path.filename().string());
  versions.push_back(std::move(names_now));
}

int faulty_disk::open(const char* path, int flags, mode_t mode) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  const int descriptor = system_calls::open(path, flags, mode);
  if (descriptor < 0) return descriptor;
  auto opened = find(path);
  if (!opened) {
    opened = std::make_shared<node>();
    change(path, opened);
  }
  if ((flags & O_TRUNC) != 0) opened->bytes.clear();
  descriptors_[descriptor] = opened;
  return descriptor;
}

int faulty_disk::open_unnamed(const char* directory) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  const int descriptor = system_calls::open_unnamed(directory);
  if (descriptor >= 0) descriptors_[descriptor] = std::make_shared<node>();
  return descriptor;
}

int faulty_disk::close(int descriptor) {
  const std::scoped_lock held(mutex_);
  descriptors_.erase(descriptor);
  return system_calls::close(descriptor);
}

ssize_t faulty_disk::write(int descriptor, const void* bytes, std::size_t size, off_t at) {
  const std::scoped_lock held(mutex_);
  const bool was_alive = !crashed();
  std::string_view written(static_cast<const char*>(bytes), size);
  auto& file = *descriptors_.at(descriptor);
  if (!admit()) {
    // The last write of a dying process, and one that a full disk refuses, may have done a part.
    const auto cause = errno;
    written = written.substr(0, size / 2);
    if (was_alive && !written.empty()) {
      overwrite(file.bytes, written, static_cast<std::size_t>(at));
      system_calls::write(descriptor, written.data(), written.size(), at);
    }
    errno = cause;
    return -1;
  }
  if (most_bytes_ != 0) {
    if (calls_ % 2 == 0) {
      errno = EINTR;
      return -1;
    }
    written = written.substr(0, most_bytes_);
  }
  overwrite(file.bytes, written, static_cast<std::size_t>(at));
  return system_calls::write(descriptor, written.data(), written.size(), at);
}

int faulty_disk::sync_data(int descriptor) {
  if (on_sync_) on_sync_();
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  ++data_syncs_;
  auto& file = *descriptors_.at(descriptor);
  file.durable = file.bytes;
  return 0;
}

int faulty_disk::truncate(int descriptor, off_t size) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  descriptors_.at(descriptor)->bytes.resize(static_cast<std::size_t>(size), '\0');
  return system_calls::truncate(descriptor, size);
}

int faulty_disk::rename(const char* from, const char* to) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  if (system_calls::rename(from, to) != 0) return -1;
  const auto source = std::filesystem::path(from);
  const auto target = std::filesystem::path(to);
  if (source.parent_path() != target.parent_path())
    throw std::logic_error("the double renames within one folder only");
  auto& versions = find(source.parent_path())->versions;
  auto names_now = versions.back();
  names_now[target.filename().string()] = names_now.at(source.filename().string());
  names_now.erase(source.filename().string());
  versions.push_back(std::move(names_now));
  return 0;
}

int faulty_disk::unlink(const char* path) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  if (system_calls::unlink(path) != 0) return -1;
  change(path, nullptr);
  return 0;
}

int faulty_disk::make_directory(const char* path, mode_t mode) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  if (system_calls::make_directory(path, mode) != 0) return -1;
  const auto made = std::make_shared<node>();
  made->is_directory = true;
  made->versions.resize(1);
  change(path, made);
  return 0;
}

int faulty_disk::remove_directory(const char* path) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  if (system_calls::remove_directory(path) != 0) return -1;
  change(path, nullptr);
  return 0;
}

int faulty_disk::sync_directory(const char* path) {
  const std::scoped_lock held(mutex_);
  if (!admit()) return -1;
  const auto folder = find(path);
  if (!folder) return 0;  // above the root all is durable
  auto& versions = folder->versions;
  versions.erase(versions.begin(), versions.end() - 1);
  return 0;
}

void faulty_disk::after(power_cut kind, std::uint64_t seed,
                        const std::filesystem::path& target) const {
  const std::scoped_lock held(mutex_);
  std::mt19937_64 random(seed);
  restore(*tree_, kind, random, target);
}

void faulty_disk::restore(const node& from, power_cut kind, std::mt19937_64& random,
                          const std::filesystem::path& target) const {
  if (!from.is_directory) {
    const auto bytes = surviving(from, kind, random);
    std::ofstream(target, std::ios::binary).write(bytes.data(), std::ssize(bytes));
    return;
  }
  std::filesystem::create_directories(target);
  const auto& durable = from.versions.front();
  auto names_now = kind == power_cut::forget ? durable : from.versions.back();
  if (kind == power_cut::tear) {
    // Nothing but a sync orders changes to names: each may have survived without the others.
    for (const auto& [name, child] : durable)
      if (random() % 2 == 0) names_now[name] = child;
    std::erase_if(names_now, [&](const auto& each) {
      return !durable.contains(each.first) && random() % 2 == 0;
    });
  }
  for (const auto& [name, child] : names_now) restore(*child, kind, random, target / name);
}

std::string faulty_disk::surviving(const node& of, power_cut kind, std::mt19937_64& random) {
  if (kind == power_cut::forget) return of.durable;
  if (kind == power_cut::keep) return of.bytes;
  const auto shorter = std::min(of.durable.size(), of.bytes.size());
  const auto longer = std::max(of.durable.size(), of.bytes.size());
  auto survived = of.durable;
  survived.resize(shorter + random() % (longer - shorter + 1), '\0');
  for (std::size_t at = 0; at < std::min(survived.size(), of.bytes.size()); at += sector_bytes) {
    if (random() % 2 == 0) continue;
    const auto size = std::min({sector_bytes, survived.size() - at, of.bytes.size() - at});
    survived.replace(at, size, of.bytes, at, size);
  }
  return survived;
}

}  // namespace sluice::ledger::test
