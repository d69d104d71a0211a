#include "tests/actors/convergence_target.hpp"

#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/http_server.hpp"

namespace sluice::test {
namespace {

using nlohmann::json;

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

class api_target final : public convergence_target {
 public:
  explicit api_target(std::uint32_t seed) : random_(seed) {
    server_.handle([this](const http_request& r) { return answer(r); });
    server_.on_applied([this](const http_request& r) { apply(r); });
  }

  void attach(outside_world& world) override {
    world.make_destination =
        destinations::make_factory({config()}, log::logger({log::level::error}));
  }
  void fail(unsigned percent) override {
    const std::lock_guard lock(mutex_);
    percent_ = percent;
  }
  [[nodiscard]] std::map<long, std::string> rows() const override {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  [[nodiscard]] config::http_config config() const {
    config::http_request_config upsert{.name = "upsert",
                                       .method = "POST",
                                       .url = server_.url("/rows"),
                                       .body = R"("{{rows}}")",
                                       .batch_rows = 3};
    config::http_results results;
    results.items = "/rows";
    results.match = config::http_results::by_value{
        {config::template_variable::name::row, {"id"}, false}, "/id"};
    results.ok = {"/ok", {"true"}};
    auto gone = upsert;
    gone.name = "delete";
    gone.url = server_.url("/gone");
    upsert.results = results;
    config::http_config out;
    out.requests = {upsert, gone};
    out.request_for = {0, 0, 1};
    out.retry = {std::chrono::milliseconds(1), std::chrono::milliseconds(2),
                 std::chrono::milliseconds(10)};
    return out;
  }

  static std::string confirmation(const json& rows, std::size_t count, bool ok) {
    auto told = json::array();
    // In another order than they were sent.
    for (std::size_t i = std::min(count, rows.size()); i-- > 0;)
      told.push_back({{"id", rows[i].at("id")}, {"ok", ok}});
    return json{{"rows", told}}.dump();
  }

  http_reply answer(const http_request& request) {
    const std::lock_guard lock(mutex_);
    const auto rows = json::parse(request.body);
    http_reply good{.body = confirmation(rows, rows.size(), true)};
    if (random_() % 100 >= percent_) return good;
    auto bad = good;
    switch (random_() % 9) {
      case 0:
        return {.status = 503};
      case 1:
        return {.status = 500, .apply = http_application::always};
      case 2:
        return {.status = 429};
      case 3:
        bad.behaviour = http_behaviour::reset_before_applying;
        return bad;
      case 4:
        bad.behaviour = http_behaviour::reset_after_applying;
        return bad;
      case 5:
        bad.behaviour = http_behaviour::half_body;
        return bad;
      case 6:
        bad.body = "<html>";
        return bad;
      case 7:
        bad.body = confirmation(rows, rows.size() / 2, true);
        return bad;
      default:
        if (request.path() == "/gone") return {.status = 503};  // it has no other way to say no
        return {.body = confirmation(rows, rows.size(), false), .apply = http_application::never};
    }
  }

  void apply(const http_request& request) {
    const std::lock_guard lock(mutex_);
    for (const auto& row : json::parse(request.body)) {
      if (request.path() == "/gone") {
        rows_.erase(row.at("id").get<long>());
      } else {
        rows_[row.at("id").get<long>()] = row.at("value");
      }
    }
  }

  mutable std::mutex mutex_;
  std::mt19937 random_;
  unsigned percent_ = 0;
  std::map<long, std::string> rows_;
  http_server server_;  // the last member: its threads use the others
};

}  // namespace

std::unique_ptr<convergence_target> make_double_target(std::uint32_t seed) {
  return std::make_unique<double_target>(seed);
}

std::unique_ptr<convergence_target> make_api_target(std::uint32_t seed) {
  return std::make_unique<api_target>(seed);
}

}  // namespace sluice::test
