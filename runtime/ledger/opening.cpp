#include "runtime/ledger/opening.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "messages/error.hpp"
#include "runtime/ledger/errors.hpp"
#include "runtime/ledger/frozen_view.hpp"
#include "runtime/ledger/journal_reader.hpp"

namespace sluice::ledger {
namespace {

std::filesystem::path sibling(const std::filesystem::path& directory, std::string_view suffix) {
  return directory.parent_path() /
         ("." + directory.filename().string() + "." + std::string(suffix));
}

std::filesystem::path parent_of(const std::filesystem::path& directory) {
  return directory.parent_path().empty() ? "." : directory.parent_path();
}

void move_to_old(system_calls& calls, const std::filesystem::path& directory) {
  const auto old = sibling(directory, "old");
  remove_directory(calls, old);
  rename(calls, directory, old);
}

/// Puts an empty ledger where there is none, or sets aside what is there. It is built under another
/// name first, so that a folder of the right name is always a whole ledger.
void begin(system_calls& calls, const std::filesystem::path& directory, const hash128& identity) {
  const auto fresh = sibling(directory, "new");
  make_directories(calls, directory.parent_path());
  remove_directory(calls, fresh);
  make_directories(calls, fresh);
  journal_header header;
  header.first_sequence = 1;
  journal::create(calls, journal_path(fresh, 0), header);
  write_marker(calls, fresh, {0, identity, {}});
  if (std::filesystem::exists(directory) && !std::filesystem::is_empty(directory))
    move_to_old(calls, directory);
  rename(calls, fresh, directory);
  sync_directory(calls, parent_of(directory));
}

std::shared_ptr<const generation> open_base(system_calls& calls,
                                            const std::filesystem::path& directory,
                                            const journal_header& journal) {
  if (journal.has_base == 0) return nullptr;
  const auto path = base_path(directory, journal.generation);
  if (!std::filesystem::exists(path))
    fail_corrupt(path, 0, "the file is missing, though the journal continues it");
  auto base = std::make_shared<const generation>(file::open_to_read(calls, path));
  if (base->identity() != journal.base_identity || base->number() != journal.generation)
    fail_corrupt(path, 0, "not the base that the journal continues");
  return base;
}

void apply(state& known, const frame& read, const std::filesystem::path& path) {
  try {
    switch (read.header.type) {
      case frame_type::intent:
      case frame_type::named_intent: {
        auto rows = decode_intent(read.header.type, read.payload, read.payload_at);
        known.prepare(rows);
        known.intend(read.header.sequence, std::move(rows));
        return;
      }
      case frame_type::outcome:
      case frame_type::remembering_outcome: {
        const auto record = decode_outcome(read.header.type, read.payload, read.payload_at);
        const auto* rows = known.open_intent(record.intent);
        if (rows == nullptr || rows->size() != record.fates.size())
          throw std::out_of_range("an outcome without its intent");
        known.settle(record.intent, record.fates, record.remembered);
        return;
      }
      case frame_type::epoch:
        known.begin_epoch(decode_epoch(read.payload));
        return;
      case frame_type::abandon:
        known.abandon();
        return;
    }
    fail_format(path, "it has records of type " +
                          std::to_string(static_cast<std::uint32_t>(read.header.type)) +
                          ", which this program does not know");
  } catch (const std::out_of_range& cause) {
    fail_corrupt(path, read.payload_at, cause.what());
  }
}

std::filesystem::path present_journal(const std::filesystem::path& directory,
                                      const marker& current) {
  auto path = journal_path(directory, current.generation);
  if (!std::filesystem::exists(path)) fail_corrupt(path, 0, "the file is missing");
  return path;
}

/// The state that the journal leads to, its open intents still open. Runs go to `scratch`.
state replay(journal_reader& reader, const file& from, const marker& current,
             const std::filesystem::path& directory, const looking& how) {
  const auto header = reader.header();
  if (header.generation != current.generation)
    fail_corrupt(from.path(), 0, "the journal of another generation");
  state known(from.calls(), how.scratch, open_base(from.calls(), directory, header),
              static_cast<std::uint32_t>(header.epoch), byte_count{how.limits.overlay_bytes});
  while (const auto read = reader.next()) {
    if (how.stop.stop_requested())
      throw failure(errc::cancelled, "read ledger", directory.string(), "interrupted");
    apply(known, *read, from.path());
    if (known.wants_spill()) known.spill(from.map());
  }
  return known;
}

}  // namespace

glimpse nothing_known() { return {false, 0, {}, std::make_unique<frozen_view>(layers{})}; }

glimpse look_into_files(system_calls& calls, const std::filesystem::path& directory,
                        std::string_view identity, const looking& how) {
  const auto current = read_marker(directory);
  if (!current || current->identity != hash_text(identity))
    return {current.has_value(), 0, {}, std::make_unique<frozen_view>(layers{})};
  const auto file = file::open_to_read(calls, present_journal(directory, *current));
  journal_reader reader(file);
  auto known = replay(reader, file, *current, directory, how);
  known.abandon();
  return {false,
          known.epoch(),
          current->rule,
          std::make_unique<frozen_view>(known.frozen(file.map())),
          {history_of(reader.header()), reader.next_sequence() - 1}};
}

void set_aside(system_calls& calls, const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory)) return;
  move_to_old(calls, directory);
  sync_directory(calls, parent_of(directory));
}

opened open_files(system_calls& calls, const std::filesystem::path& directory,
                  std::string_view identity, const options& limits, const std::stop_token& stop) {
  const auto wanted = hash_text(identity);
  auto current = read_marker(directory);
  const bool restarted = current && current->identity != wanted;
  if (!current || restarted) {
    begin(calls, directory, wanted);
    current = marker{0, wanted, {}};
  }

  auto file = file::open(calls, present_journal(directory, *current));
  journal::require_lock(file);
  remove_leftovers(calls, directory, current->generation);

  journal_reader reader(file);
  auto known = replay(reader, file, *current, directory, {directory, limits, stop});
  const bool has_abandoned = known.has_open_intents();
  known.abandon();

  // The files that were read, and their names, may not have reached the disk yet: the process that
  // made them may have died or failed before. The next group vouches for all before it.
  sync_directory(calls, directory);
  sync_directory(calls, parent_of(directory));
  if (reader.torn()) file.truncate(reader.end());
  file.sync();
  auto records = std::make_unique<journal>(std::move(file), reader.header(), reader.end(),
                                           reader.next_sequence());
  return {*current, std::move(records), std::move(known), restarted, has_abandoned};
}

}  // namespace sluice::ledger
