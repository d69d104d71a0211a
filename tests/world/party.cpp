#include "tests/world/party.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/schedule/interval.hpp"
#include "tests/world/table_shape.hpp"

namespace sluice::test {
namespace {

/// Ids of rows are below this, and those of twins beyond `twins`.
constexpr std::uint32_t ids = 40;
constexpr unsigned spellings = 12;

std::string a_value(dice& chance) {
  // Few values, so that changing back is common.
  return std::string(1, static_cast<char>('a' + chance.below(3)));
}

}  // namespace

party::party(connection_name called, const connection_plan& plan, std::uint64_t seed,
             const std::filesystem::path& folder)
    : name(std::move(called)), seen(plan_), plan_(plan) {
  for (std::uint32_t id = 0; id < plan_.rows; ++id) source_.rows[id] = std::string(1, 'a');
  source_.named = [this](long id) { return key_of(id, opened_); };
  source_.on_pass = [this] { seen.seen.pass_began(source_rows()); };
  target_ = make_target(plan_, seed, folder);
  ways_ = target_->ways();
  if (plan_.mode == sync_mode::update)
    for (long id = 0; id < ids; id += 2) {
      target_->put(row_of(id), "foreign");
      foreign_.insert(row_of(id));
    }
  config.name = name;
  config.source.table = name;
  config.source.key = {"id"};
  config.source.odbc = config::secret_string("Driver=double");
  config.source.by_digest = plan_.digests;
  config.mode = plan_.mode;
  config.destination.kind = config::jsonl_config{folder / name.text()};
  if (plan_.marks) config.set_on_delete = {{{"value"}, {"\"gone\""}}};
  config.max_delete_percent = 100;
  config.delivery.writers = plan_.writers;
  config.delivery.batch_rows = plan_.batch_rows;
  config.delivery.window = plan_.window;
  if (plan_.every_minutes > 0)
    config.schedule = schedule::every{std::chrono::minutes(plan_.every_minutes), {}, {}};
}

std::string party::key_of(long id, unsigned dress) const {
  const auto found = variants_.find(id);
  auto variant = found == variants_.end() ? 0 : found->second;
  // A table takes texts for numbers in plain form only, and SQLite in its own.
  if (plan_.target == target_kind::table) {
    const bool its_own = kind_of(plan_.keys, plan_.dresses[dress]) == value_kind::text &&
                         table_shape_of(plan_.shape).database == odbc::product::sqlite;
    variant %= its_own && plan_.keys == key_family::numbers ? 1 : plain_spellings;
  }
  return write_key(plan_.keys, plan_.dresses[dress], id, variant);
}

std::unique_ptr<source::model_reader> party::open_source(std::stop_token stop) {
  // Whoever reads sees the types that it was told of.
  opened_ = dress_;
  source_.named_kind = kind_of(plan_.keys, plan_.dresses[opened_]);
  return source_.open(std::move(stop));
}

destinations::destination_factory party::ways() {
  return [this] { return watched(ways_(), seen); };
}

// -- what happens to it
// -----------------------------------------------------------------------------

std::string party::edit(dice chance, std::uint32_t changes) {
  std::string words;
  for (; changes > 0; --changes) {
    long id = chance.below(ids);
    if (chance.chance(4)) id += twins;
    if (chance.chance(25) && source_.rows.size() > 1) {
      if (source_.rows.erase(id) > 0) words += fmt::format(", {} goes", key_of(id));
      variants_.erase(id);
      continue;
    }
    auto value = a_value(chance);
    if (id >= twins) variants_[id] = chance.below(spellings);
    words += fmt::format(", {} is {}", key_of(id), value);
    source_.rows[id] = std::move(value);
  }
  return words.empty() ? "nothing changes" : words.substr(2);
}

std::string party::respell(dice chance, std::uint32_t rows) {
  std::string words;
  for (; rows > 0; --rows) {
    auto found = source_.rows.lower_bound(chance.below(ids));
    if (found == source_.rows.end()) found = source_.rows.begin();
    const auto before = key_of(found->first);
    variants_[found->first] = chance.below(spellings);
    words += fmt::format(", '{}' is written '{}'", before, key_of(found->first));
  }
  return words.substr(2);
}

std::string party::retype(dice chance) {
  dress_ = chance.below(static_cast<std::uint32_t>(plan_.dresses.size()));
  return fmt::format("keys are of type {}",
                     sluice::to_string(kind_of(plan_.keys, plan_.dresses[dress_])));
}

std::string party::meddle(dice chance) {
  if (plan_.mode != sync_mode::mirror && plan_.mode != sync_mode::upsert) return "nothing happens";
  const auto there = target_->rows();
  if (there.empty()) return "there is nothing to meddle with";
  auto found = there.begin();
  std::advance(found, chance.below(static_cast<std::uint32_t>(there.size())));
  const auto& row = found->first;
  const bool done = chance.chance(50) ? target_->put(row, "meddled") : target_->remove(row);
  if (!done) return "nobody else gets at its target";
  meddled_.insert(row);
  kept_.erase(row);
  return fmt::format("somebody else changes or removes row {} at its target", row);
}

std::string party::reconfigure(dice chance) {
  seen.seen.anything_may_come_again();
  switch (chance.below(4)) {
    case 0:
      if (plan_.mode == sync_mode::mirror || plan_.mode == sync_mode::upsert) {
        config.mode = config.mode == sync_mode::mirror ? sync_mode::upsert : sync_mode::mirror;
        config.set_on_delete.clear();
        return fmt::format("its mode is {}", sluice::to_string(config.mode));
      }
      [[fallthrough]];
    case 1:
      config.delivery.writers = 1 + chance.below(4);
      config.delivery.batch_rows = 1 + chance.below(6);
      if (plan_.digests) config.source.by_digest = !config.source.by_digest;
      return fmt::format("it has {} writers, batches of {}{}", config.delivery.writers,
                         config.delivery.batch_rows,
                         plan_.digests ? ", and detects changes otherwise" : "");
    case 2:
      configured = !configured;
      return configured ? "it is configured again" : "it is removed from the configuration";
    default:
      // Another mapping of the same columns: everything is delivered again.
      config.mapping =
          config.mapping.empty()
              ? std::vector<config::mapped_field>{{{"id"}, config::column_value{"id"}},
                                                  {{"value"}, config::column_value{"value"}}}
              : std::vector<config::mapped_field>{};
      return "it has another mapping";
  }
}

void party::copied() {
  copied_rows_ = source_.rows;
  seen.older.copied(target_->rows());
}

void party::put_back(bool ledger, bool catalog) {
  seen.seen.anything_may_come_again();
  if (!ledger) return seen.older.catalog_put_back();
  const auto there = target_->rows();
  if (catalog)
    seen.older.both_put_back(there);
  else
    seen.older.ledger_put_back(there);
  // A row that is at the value of the copy again is no event, and one that is there is not
  // inserted.
  if (plan_.mode != sync_mode::append && plan_.mode != sync_mode::insert) return;
  for (const auto& [row, value] : there)
    if (seen.older.is_later(row, value)) meddled_.insert(row);
}

void party::change_mode(sync_mode mode) {
  seen.seen.anything_may_come_again();
  config.mode = mode;
}

void party::turn(unsigned percent, std::uint64_t salt) {
  seen.now = {percent, salt};
  target_->turn(seen.now);
}

void party::tear(std::optional<std::size_t> behind) {
  source_.before_row = {};
  if (behind)
    source_.before_row = [at = *behind](std::size_t row) {
      if (row == at)
        throw failure(errc::source_failed, "read model", "world", "the source was told to fail");
    };
}

// -- what is to be true
// -----------------------------------------------------------------------------

void party::made_good() {
  // An insert leaves the row that is there as it is.
  if (config.mode != sync_mode::insert) meddled_.clear();
  seen.older.made_good();
}

std::set<std::string> party::source_rows() const {
  std::set<std::string> rows;
  for (const auto& [id, value] : source_.rows) rows.insert(row_of(id));
  return rows;
}

std::string party::difference() const {
  if (seen.older.is_unnoticed()) return "";
  auto there = target_->rows();
  std::map<std::string, std::set<std::string>> wanted;
  for (const auto& [id, value] : source_.rows) wanted[row_of(id)].insert(value);
  std::string words;
  const auto complain = [&](const std::string& row, const char* what) {
    words += fmt::format("{}row {} {}", words.empty() ? "" : "; ", row, what);
  };
  for (const auto& [row, values] : wanted) {
    const auto found = there.find(row);
    // Rows that are refused are listed, and are whatever they were before.
    const bool judged = !meddled_.contains(row) && !(plan_.poisoned && values.contains(poison));
    if (judged && config.mode == sync_mode::update && !foreign_.contains(row)) {
      if (found != there.end()) complain(row, "was to be left out, and is there");
    } else if (judged && found == there.end()) {
      complain(row, "of the source is missing");
    } else if (judged && config.mode != sync_mode::insert && !values.contains(found->second)) {
      complain(row, fmt::format("is {}, not as the source says", found->second).c_str());
    }
    if (found != there.end()) there.erase(found);
  }
  if (config.mode != sync_mode::mirror) return words;
  for (const auto& [row, value] : there)
    if (!meddled_.contains(row) && !seen.older.is_unknown(row))
      complain(row, "is there, and the source has it no more");
  return words;
}

bool party::may_be_there_already(const std::string& row) const {
  return config.mode == sync_mode::insert && seen.older.is_unknown(row) &&
         target_->rows().contains(row);
}

bool party::may_refuse(const std::string& reason) const {
  const bool twin = source_.rows.rbegin()->first >= twins &&
                    reason.find("the same to the destination") != std::string::npos;
  const bool there_already = reason.find("409") != std::string::npos &&
                             std::ranges::any_of(source_rows(), [&](const auto& row) {
                               return may_be_there_already(row);
                             });
  return twin || there_already || plan_.poisoned || plan_.mode == sync_mode::update;
}

std::string party::loss() {
  const auto source = source_rows();
  const auto there = target_->rows();
  std::string words;
  for (const auto& row : kept_)
    if (source.contains(row) && seen.seen.in_pass(row) && !there.contains(row))
      words = fmt::format("row {} was there, the source has it, and it is gone", row);
  kept_.clear();
  for (const auto& [row, value] : there)
    if (source.contains(row)) kept_.insert(row);
  return words;
}

}  // namespace sluice::test
