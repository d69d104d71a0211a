// A destination in memory: it tells rows apart as its plan says, and knows every mode.
#include <utility>

#include "messages/mode_rules.hpp"
#include "tests/world/target.hpp"

namespace sluice::test {
namespace {

struct shelf_rows {
  std::map<std::string, std::string> values;  ///< by row
};

class way_to_shelf final : public destinations::destination {
 public:
  way_to_shelf(const connection_plan& plan, std::shared_ptr<shelf_rows> rows)
      : plan_(plan), rows_(std::move(rows)) {}

  void open(const destinations::delivery_context& context, std::stop_token) override {
    mode_ = context.mode;
  }
  [[nodiscard]] identity_rule identity() const override { return rule_of(plan_.how); }
  batch_outcome deliver(const batch& deltas) override {
    batch_outcome outcome;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (const auto why = refusal(deltas[i]); why.empty()) {
        apply(deltas[i]);
        outcome.fates.push_back(fate::delivered);
      } else {
        outcome.fates.push_back(fate::rejected);
        outcome.rejections.push_back({static_cast<std::uint32_t>(i), why, 0});
      }
    }
    return outcome;
  }
  void probe(const destinations::delivery_context&, std::stop_token) override {}

 private:
  [[nodiscard]] std::string row_of(const delta_view& d) const {
    return row_of_key(plan_.how, d.key);
  }
  static std::string value_of(const delta_view& d) {
    return std::string(unpack(d.row).at(1).bytes);
  }

  [[nodiscard]] std::string refusal(const delta_view& d) const {
    if (!sends(mode_, d.op)) throw failure(errc::internal, "deliver", "shelf", "of another mode");
    if (d.op == operation::erase) return {};
    if (plan_.poisoned && value_of(d) == poison) return "never";
    if (mode_ == sync_mode::update && !rows_->values.contains(row_of(d))) return "no such row";
    return {};
  }
  void apply(const delta_view& d) {
    if (d.op == operation::erase) {
      rows_->values.erase(row_of(d));
    } else if (mode_ == sync_mode::insert) {
      rows_->values.emplace(row_of(d), value_of(d));
    } else {
      rows_->values[row_of(d)] = value_of(d);
    }
  }

  const connection_plan& plan_;
  std::shared_ptr<shelf_rows> rows_;
  sync_mode mode_ = sync_mode::upsert;
};

class shelf final : public target {
 public:
  explicit shelf(const connection_plan& plan) : plan_(plan) {}

  destinations::destination_factory ways() override {
    return [this] { return std::make_unique<way_to_shelf>(plan_, rows_); };
  }
  [[nodiscard]] std::map<std::string, std::string> rows() const override { return rows_->values; }
  bool put(const std::string& row, const std::string& value) override {
    rows_->values[row] = value;
    return true;
  }
  bool remove(const std::string& row) override {
    rows_->values.erase(row);
    return true;
  }

 private:
  const connection_plan plan_;
  std::shared_ptr<shelf_rows> rows_ = std::make_shared<shelf_rows>();
};

}  // namespace

std::unique_ptr<target> make_shelf(const connection_plan& plan) {
  return std::make_unique<shelf>(plan);
}

}  // namespace sluice::test
