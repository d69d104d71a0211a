#include "tests/support/run_doubles.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/mode_rules.hpp"
#include "runtime/diff/fingerprint.hpp"

namespace sluice::test {
namespace {

class model_session final : public source::model_reader {
 public:
  model_session(source_double& table, std::stop_token stop)
      : table_(table), stop_(std::move(stop)) {}

  [[nodiscard]] const std::vector<source::model_column>& columns() const override {
    return columns_;
  }
  [[nodiscard]] const std::string& cursor() const override { return cursor_; }
  [[nodiscard]] const std::optional<std::string>& reached() const override { return reached_; }
  [[nodiscard]] std::string packed_key(std::string_view json) const override {
    const auto object = nlohmann::json::parse(json);
    std::string key;
    append_value(key, value_kind::integer, object.at("id").dump());
    return key;
  }

  void begin(const std::vector<std::size_t>& wanted, const source::starting_point& from) override {
    hashed_ = from.hashed;
    if (!std::exchange(compared_, false) || !hashed_) begin_snapshot(wanted);
    if (from.buckets)
      std::erase_if(snapshot_, [&](const auto& row) {
        const auto bucket = source::bucket_of(key_hash(row.first), from.buckets->bits);
        return !std::ranges::binary_search(from.buckets->numbers, bucket);
      });
    if (from.only_keys)
      std::erase_if(snapshot_, [&](const auto& row) {
        std::string key;
        append_value(key, value_kind::integer, std::to_string(row.first));
        return std::ranges::find(from.keys, key) == from.keys.end();
      });
  }
  std::string begin_digests(const std::vector<std::size_t>& wanted) override {
    begin_snapshot(wanted);
    compared_ = true;
    std::string terms = "double " + std::string(to_string(columns_[0].kind));
    for (const auto column : wanted) terms += " " + columns_[column].name;
    return terms;
  }
  std::vector<source::bucket_digest> digests(unsigned bits,
                                             const source::bucket_set& within) override {
    ++table_.digests;
    if (table_.before_digests) table_.before_digests();
    if (stop_.stop_requested())
      throw failure(errc::cancelled, "read model", "double", "the stop token was requested");
    std::map<std::uint32_t, source::digest> found;
    if (bits == 0) found[0];
    for (const auto& [id, value] : snapshot_) {
      const auto key = key_hash(id);
      if (within.bits > 0 &&
          !std::ranges::binary_search(within.numbers, source::bucket_of(key, within.bits)))
        continue;
      found[source::bucket_of(key, bits)].add(combined_by(), row_hash(id, value));
    }
    std::vector<source::bucket_digest> out;
    for (const auto& [bucket, of] : found) out.push_back({bucket, of});
    fetched_.rows += out.size();
    return out;
  }
  [[nodiscard]] const std::optional<source::row_hashes>& hashes() const override { return hashes_; }
  [[nodiscard]] source::fetched so_far() const override { return fetched_; }
  source::read_result next() override {
    if (table_.before_row) table_.before_row(at_);
    if (stop_.stop_requested())
      throw failure(errc::cancelled, "read model", "double", "the stop token was requested");
    if (at_ == snapshot_.size()) return source::read_result::end;
    const auto& [id, value] = snapshot_[at_++];
    ++table_.fetched;
    ++fetched_.rows;
    id_ = name_of(id);
    value_ = value;
    fetched_.bytes += id_.size() + value_.size();
    if (hashed_) hashes_ = source::row_hashes{key_hash(id), row_hash(id, value)};
    const auto bad = table_.invalid.find(id);
    const bool is_bad = bad != table_.invalid.end();
    values_.clear();
    invalid_cells_.clear();
    for (const auto column : wanted_) {
      if (column == 0) {
        values_.push_back({columns_[0].kind, id_});
      } else if (is_bad) {
        invalid_cells_.push_back(values_.size());
        values_.push_back({});
      } else {
        values_.push_back({value_kind::text, value_});
      }
    }
    if (!is_bad) return source::read_result::row;
    reason_ = bad->second;
    return source::read_result::invalid_row;
  }
  [[nodiscard]] const std::vector<value_view>& values() const override { return values_; }
  [[nodiscard]] const std::string& invalid_reason() const override { return reason_; }
  [[nodiscard]] const std::vector<std::size_t>& invalid_cells() const override {
    return invalid_cells_;
  }
  void halt() override {}

 private:
  void begin_snapshot(const std::vector<std::size_t>& wanted) {
    wanted_ = wanted;
    snapshot_ = {table_.rows.begin(), table_.rows.end()};
    at_ = 0;
    ++table_.passes;
    if (table_.on_pass) table_.on_pass();
  }
  [[nodiscard]] std::string name_of(long id) const {
    return table_.named ? table_.named(id) : std::to_string(id);
  }
  [[nodiscard]] hash128 key_hash(long id) const { return diff::fingerprint("key " + name_of(id)); }
  [[nodiscard]] hash128 row_hash(long id, const std::string& value) const {
    auto row = name_of(id);
    row += '\0';
    // As the database sees it, an unreadable value is one like others.
    const auto bad = table_.invalid.find(id);
    row += bad == table_.invalid.end() ? value : value + '\0' + bad->second;
    return table_.hash ? table_.hash(row) : diff::fingerprint(row);
  }

  source_double& table_;
  std::stop_token stop_;
  std::vector<source::model_column> columns_{
      {"id", table_.named ? table_.named_kind : value_kind::integer}, {"value", value_kind::text}};
  std::vector<std::size_t> wanted_;
  std::vector<std::pair<long, std::string>> snapshot_;
  std::size_t at_ = 0;
  std::string id_, value_, reason_;
  std::string cursor_;                  // it has none
  std::optional<std::string> reached_;  // and so reaches nothing
  std::vector<value_view> values_;
  std::vector<std::size_t> invalid_cells_;
  bool compared_ = false;  // digests were asked for, and the pass has not begun
  bool hashed_ = false;
  std::optional<source::row_hashes> hashes_;
  source::fetched fetched_;
};

}  // namespace

class destination_session final : public destinations::destination {
 public:
  explicit destination_session(destination_double& world) : world_(world) {}

  void open(const destinations::delivery_context& context, std::stop_token stop) override {
    if (world_.refuses) throw failure(world_.refuses);
    mode_ = context.mode;
    marks_ = !context.on_delete.fields.empty();
    identity_ = world_.identity.value_or(canonical_identity(context.schema));
    stop_ = std::move(stop);
  }
  [[nodiscard]] identity_rule identity() const override { return identity_; }
  batch_outcome deliver(const batch& deltas) override {
    using kind = destination_double::verdict::kind;
    if (world_.while_delivering) world_.while_delivering(stop_);
    const std::lock_guard lock(world_.mutex_);
    const auto number = world_.batches_++;
    const auto verdict = world_.decide ? world_.decide(number).what : kind::apply;
    if (verdict == kind::refuse)
      throw failure(errc::destination_failed, "deliver", "double", "told to refuse");
    batch_outcome outcome;
    if (stop_.stop_requested()) {
      outcome.fates.assign(deltas.size(), fate::undelivered);
      return outcome;
    }
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const bool second_half = i >= deltas.size() / 2;
      if (verdict == kind::lose_then_unknown) {
        outcome.fates.push_back(fate::unknown);
        continue;
      }
      if (verdict == kind::apply_half && second_half) {
        outcome.fates.push_back(fate::undelivered);
        continue;
      }
      const auto& d = deltas[i];
      if (const auto bad = world_.rejects.find(std::string(d.key)); bad != world_.rejects.end()) {
        outcome.fates.push_back(world_.rejects_in_doubt ? fate::unknown : fate::rejected);
        outcome.rejections.push_back(
            {static_cast<std::uint32_t>(i), bad->second, world_.reject_status});
        continue;
      }
      if (const auto why = world_.misfit ? world_.misfit(d, world_.rows_) : std::nullopt) {
        outcome.fates.push_back(fate::rejected);
        outcome.rejections.push_back({static_cast<std::uint32_t>(i), *why, 0, true});
        continue;
      }
      if (!apply(d)) {
        const bool told = verdict != kind::apply_then_unknown;
        outcome.fates.push_back(told ? fate::rejected : fate::unknown);
        if (told) outcome.rejections.push_back({static_cast<std::uint32_t>(i), "no such row", 0});
        continue;
      }
      ++world_.deliveries_;
      outcome.fates.push_back(verdict == kind::apply_then_unknown ? fate::unknown
                                                                  : fate::delivered);
    }
    return outcome;
  }
  void probe(const destinations::delivery_context&, std::stop_token) override {}

 private:
  /// False for an update of a row that is not there.
  bool apply(const delta_view& d) {
    if (!sends(mode_, d.op)) throw failure(errc::internal, "deliver", "double", "of another mode");
    auto& rows = world_.rows_;
    const std::string key(d.key);
    if (d.op == operation::erase) {
      if (marks_ && rows.contains(key)) world_.marked_[key] = rows[key];
      rows.erase(key);
      return true;
    }
    world_.marked_.erase(key);
    if (mode_ == sync_mode::update && !rows.contains(key)) return false;
    if (mode_ == sync_mode::insert) {
      rows.emplace(key, d.row);
    } else {
      rows[key] = d.row;
    }
    return true;
  }

  destination_double& world_;
  sync_mode mode_ = sync_mode::upsert;
  bool marks_ = false;  ///< deletes set fields
  identity_rule identity_;
  std::stop_token stop_;
};

std::unique_ptr<source::model_reader> source_double::open(std::stop_token stop) {
  if (refuses) throw failure(refuses);
  return std::make_unique<model_session>(*this, std::move(stop));
}

std::unique_ptr<destinations::destination> destination_double::make() {
  return std::make_unique<destination_session>(*this);
}

void destination_double::put(const std::string& key, const std::string& row) {
  const std::lock_guard lock(mutex_);
  rows_[key] = row;
}

std::map<std::string, std::string> destination_double::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

std::size_t destination_double::deliveries() const {
  const std::lock_guard lock(mutex_);
  return deliveries_;
}

}  // namespace sluice::test
