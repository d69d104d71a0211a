#include "tests/support/run_doubles.hpp"

#include <utility>

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
  void begin(const std::vector<std::size_t>& wanted, const source::starting_point&) override {
    wanted_ = wanted;
    snapshot_ = {table_.rows.begin(), table_.rows.end()};
    ++table_.passes;
  }
  source::read_result next() override {
    if (table_.before_row) table_.before_row(at_);
    if (stop_.stop_requested())
      throw failure(errc::cancelled, "read model", "double", "the stop token was requested");
    if (at_ == snapshot_.size()) return source::read_result::end;
    const auto& [id, value] = snapshot_[at_++];
    ++table_.fetched;
    id_ = std::to_string(id);
    value_ = value;
    const auto bad = table_.invalid.find(id);
    const bool is_bad = bad != table_.invalid.end();
    values_.clear();
    invalid_cells_.clear();
    for (const auto column : wanted_) {
      if (column == 0) {
        values_.push_back({value_kind::integer, id_});
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
  source_double& table_;
  std::stop_token stop_;
  std::vector<source::model_column> columns_{{"id", value_kind::integer},
                                             {"value", value_kind::text}};
  std::vector<std::size_t> wanted_;
  std::vector<std::pair<long, std::string>> snapshot_;
  std::size_t at_ = 0;
  std::string id_, value_, reason_;
  std::string cursor_;                  // it has none
  std::optional<std::string> reached_;  // and so reaches nothing
  std::vector<value_view> values_;
  std::vector<std::size_t> invalid_cells_;
};

}  // namespace

class destination_session final : public destinations::destination {
 public:
  explicit destination_session(destination_double& world) : world_(world) {}

  void open(const destinations::delivery_context&, std::stop_token stop) override {
    if (world_.refuses) throw failure(world_.refuses);
    stop_ = std::move(stop);
  }
  batch_outcome deliver(const batch& deltas) override {
    using kind = destination_double::verdict::kind;
    if (world_.while_delivering) world_.while_delivering(stop_);
    const std::lock_guard lock(world_.mutex_);
    const auto number = world_.batches_++;
    const auto verdict = world_.decide ? world_.decide(number).what : kind::apply;
    if (verdict == kind::refuse)
      throw failure(errc::destination_failed, "deliver", "double", "told to refuse");
    batch_outcome outcome;
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
      if (d.op == operation::erase) {
        world_.rows_.erase(std::string(d.key));
      } else {
        world_.rows_[std::string(d.key)] = d.row;
      }
      ++world_.deliveries_;
      outcome.fates.push_back(verdict == kind::apply_then_unknown ? fate::unknown
                                                                  : fate::delivered);
    }
    return outcome;
  }
  void probe(const destinations::delivery_context&, std::stop_token) override {}

 private:
  destination_double& world_;
  std::stop_token stop_;
};

std::unique_ptr<source::model_reader> source_double::open(std::stop_token stop) {
  if (refuses) throw failure(refuses);
  return std::make_unique<model_session>(*this, std::move(stop));
}

std::unique_ptr<destinations::destination> destination_double::make() {
  return std::make_unique<destination_session>(*this);
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
