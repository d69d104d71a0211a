#include "runtime/backup/ledger_copy.hpp"

#include <chrono>
#include <optional>

#include "runtime/ledger/errors.hpp"
#include "runtime/ledger/generation.hpp"
#include "runtime/ledger/journal_reader.hpp"
#include "runtime/ledger/marker.hpp"
#include "runtime/ledger/merge_cursor.hpp"

namespace sluice::backup {
namespace {

/// A merge under way replaces a generation within milliseconds, and merges are minutes apart.
constexpr std::chrono::seconds patience{30};

/// One generation with its files held open: from here on no merge can take them away.
struct held_generation {
  std::string marker_text;
  std::uint64_t number = 0;
  os::unique_fd journal;
  os::unique_fd base;  ///< none if there is no file of that name
};

/// Nothing if there is no ledger.
std::optional<held_generation> hold(const std::filesystem::path& folder) {
  const auto marker = folder / "current";
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < give_up) {
    if (!open_if_there(marker)) {
      // Throws for a folder with other files, unless one was set aside at this moment.
      if (!ledger::read_marker(folder)) return std::nullopt;
      continue;
    }
    held_generation held;
    held.marker_text = read_text(marker);
    held.number = ledger::parse_marker(held.marker_text, marker).generation;
    held.journal = open_if_there(ledger::journal_path(folder, held.number));
    held.base = open_if_there(ledger::base_path(folder, held.number));
    const bool still_counts = open_if_there(marker) && read_text(marker) == held.marker_text;
    if (still_counts && held.journal) return held;
    if (still_counts)
      ledger::fail_corrupt(ledger::journal_path(folder, held.number), 0, "the file is missing");
  }
  fail("read", marker, EBUSY);
}

/// Cuts off the incomplete record of a write under way, and verifies all others. Returns the
/// header.
ledger::journal_header close_journal(const std::filesystem::path& copy) {
  std::uint64_t end = 0;
  ledger::journal_header header;
  {
    const auto file = ledger::file::open_to_read(ledger::system_calls::real(), copy);
    ledger::journal_reader reader(file);
    while (reader.next()) {
    }
    header = reader.header();
    end = reader.end();
  }
  cut(copy, end);
  return header;
}

void verify_base(const std::filesystem::path& copy, const ledger::journal_header& journal) {
  const ledger::generation base(ledger::file::open_to_read(ledger::system_calls::real(), copy));
  if (base.identity() != journal.base_identity)
    ledger::fail_corrupt(copy, 0, "not the base that the journal continues");
  ledger::merge_cursor cursor({&base});
  while (cursor.next()) static_cast<void>(cursor.packed_key());  // each verifies what it reads
}

}  // namespace

std::map<std::string, digest> copy_ledger(const std::filesystem::path& from,
                                          const std::filesystem::path& to) {
  const auto held = hold(from);
  if (!held) return {};
  std::map<std::string, digest> files;
  make_private_folder(to);
  const auto name = [](const std::filesystem::path& file) { return file.filename().string(); };

  const auto journal = ledger::journal_path(to, held->number);
  const auto journal_from = ledger::journal_path(from, held->number);
  copy_bytes(held->journal, {.from = journal_from, .to = journal},
             size_of(held->journal, journal_from));
  const auto header = close_journal(journal);
  files[name(journal)] = digest_of(journal);

  if (header.has_base != 0) {
    const auto base = ledger::base_path(to, held->number);
    if (!held->base)
      ledger::fail_corrupt(ledger::base_path(from, held->number), 0,
                           "the file is missing, though the journal continues it");
    files[name(base)] =
        copy_bytes(held->base, {.from = ledger::base_path(from, held->number), .to = base});
    verify_base(base, header);
  }
  // Last: a folder without it is a damaged ledger, not a shorter one.
  write_text(to / "current", held->marker_text);
  files["current"] = digest_of(to / "current");
  return files;
}

}  // namespace sluice::backup
