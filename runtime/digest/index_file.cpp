#include "runtime/digest/index_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "messages/expect.hpp"
#include "runtime/ledger/bytes.hpp"
#include "runtime/ledger/errors.hpp"
#include "runtime/os/files.hpp"

namespace sluice::digest {
namespace {

constexpr std::uint64_t magic = 0x0a54474944554c53;  // "SLUDIGT" and a line feed
constexpr std::uint32_t version = 1;
constexpr std::uint64_t block_entries = 1024;
constexpr std::uint64_t block_bytes = block_entries * sizeof(entry) + sizeof(std::uint64_t);

struct index_header {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t zero;
  hash128 meaning;
  std::uint64_t history;
  std::uint64_t sequence;
  std::uint64_t changed;
  std::uint64_t unsettled;
  std::uint64_t entries;
  hash128 combined;
  std::uint64_t zeros[4];
  std::uint64_t checksum;  ///< of the bytes before
};
static_assert(sizeof(index_header) == 128);

std::uint64_t checksum_of(const index_header& header) {
  return ledger::checksum(ledger::bytes_of(header).substr(0, offsetof(index_header, checksum)));
}

index_header header_of(const index_facts& facts) {
  index_header header{};
  header.magic = magic;
  header.version = version;
  header.meaning = facts.meaning;
  header.history = facts.at.history;
  header.sequence = facts.at.sequence;
  header.changed = facts.changed;
  header.unsettled = facts.unsettled;
  header.entries = facts.total.rows;
  header.combined = facts.total.combined;
  header.checksum = checksum_of(header);
  return header;
}

/// The entries of block `number` of an index of `entries`.
std::uint64_t entries_in(std::uint64_t number, std::uint64_t entries) {
  return std::min(entries - number * block_entries, block_entries);
}

std::uint64_t size_of_file(std::uint64_t entries) {
  const auto blocks = (entries + block_entries - 1) / block_entries;
  return sizeof(index_header) + entries * sizeof(entry) + blocks * sizeof(std::uint64_t);
}

std::filesystem::path new_name(const std::filesystem::path& file) {
  auto name = file;
  name += ".new";
  return name;
}

std::filesystem::path with_directory(ledger::system_calls& calls, std::filesystem::path file) {
  ledger::make_directories(calls, file.parent_path());
  return file;
}

}  // namespace

index_writer::index_writer(ledger::system_calls& calls, std::filesystem::path file,
                           source::combination how)
    : calls_(calls),
      file_(with_directory(calls, std::move(file))),
      how_(how),
      new_(ledger::file::create(calls, new_name(file_))),
      at_(sizeof(index_header)) {
  block_.reserve(block_bytes);
}

void index_writer::add(const entry& x) {
  facts_.total.add(how_, x.source_row);
  if (!x.settled()) ++facts_.unsettled;
  ledger::append(block_, x);
  if (block_.size() == block_entries * sizeof(entry)) write_block();
}

void index_writer::write_block() {
  ledger::append(block_, ledger::checksum(block_, blocks_++));
  new_.write(at_, block_);
  at_ += block_.size();
  block_.clear();
}

void index_writer::finish(index_facts facts) {
  if (!block_.empty()) write_block();
  facts.unsettled = facts_.unsettled;
  facts.total = facts_.total;
  new_.write(0, ledger::bytes_of(header_of(facts)));
  new_.sync();
  ledger::rename(calls_, new_name(file_), file_);
  ledger::sync_directory(calls_, file_.parent_path());
}

std::optional<index_reader> index_reader::open(const std::filesystem::path& file) {
  os::unique_fd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) return std::nullopt;
  index_header header{};
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0 ||
      os::read_all_at(opened.get(), 0, &header, sizeof header) != 0 || header.magic != magic ||
      header.version != version || header.checksum != checksum_of(header))
    return std::nullopt;
  if (static_cast<std::uint64_t>(status.st_size) != size_of_file(header.entries))
    return std::nullopt;
  return index_reader(file, std::move(opened),
                      {.meaning = header.meaning,
                       .at = {header.history, header.sequence},
                       .changed = header.changed,
                       .unsettled = header.unsettled,
                       .total = {.rows = header.entries, .combined = header.combined}});
}

void index_reader::rewind() { taken_ = 0; }

void index_reader::read_block() {
  const auto number = taken_ / block_entries;
  const auto bytes = entries_in(number, entries()) * sizeof(entry);
  const auto offset = sizeof(index_header) + number * block_bytes;
  block_.resize(bytes + sizeof(std::uint64_t));
  if (const int code = os::read_all_at(file_.get(), offset, block_.data(), block_.size());
      code != 0)
    ledger::fail_io("read", path_, code);
  const auto kept = ledger::load<std::uint64_t>(block_.data() + bytes);
  if (kept != ledger::checksum(std::string_view(block_).substr(0, bytes), number))
    ledger::fail_corrupt(path_, offset, "a block of the digest index has another checksum");
}

bool index_reader::next(entry& out) {
  if (taken_ == entries()) return false;
  const auto in_block = taken_ % block_entries;
  if (in_block == 0) read_block();
  out = ledger::load<entry>(block_.data() + in_block * sizeof(entry));
  ++taken_;
  return true;
}

void restate_index(ledger::system_calls& calls, const std::filesystem::path& file,
                   const index_facts& facts) {
  auto opened = ledger::file::open(calls, file);
  opened.write(0, ledger::bytes_of(header_of(facts)));
  opened.sync();
}

void remove_index(ledger::system_calls& calls, const std::filesystem::path& file) {
  if (calls.unlink(file.c_str()) != 0 && errno != ENOENT) ledger::fail_io("remove", file, errno);
}

}  // namespace sluice::digest
