#include "tests/actors/convergence_target.hpp"

#include <random>

namespace sluice::test {
namespace {

class double_target final : public convergence_target {
 public:
  explicit double_target(std::uint32_t seed) : random_(seed) {}

  void attach(outside_world& world) override {
    world_ = &world;
    world.destination.decide = [this](std::uint32_t) {
      using kind = destination_double::verdict::kind;
      if (random_() % 100 >= percent_) return destination_double::verdict{kind::apply};
      return destination_double::verdict{static_cast<kind>(random_() % 5)};
    };
  }
  void fail(unsigned percent) override { percent_ = percent; }
  void put(long id, const std::string& value) override {
    std::string key;
    append_value(key, value_kind::integer, std::to_string(id));
    auto row = key;
    append_value(row, value_kind::text, value);
    world_->destination.put(key, row);
  }
  [[nodiscard]] std::map<long, std::string> rows() const override { return world_->delivered(); }

 private:
  std::mt19937 random_;
  unsigned percent_ = 0;
  outside_world* world_ = nullptr;
};

}  // namespace

std::unique_ptr<convergence_target> make_double_target(std::uint32_t seed) {
  return std::make_unique<double_target>(seed);
}

}  // namespace sluice::test
