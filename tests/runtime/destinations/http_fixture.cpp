#include "tests/runtime/destinations/http_fixture.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/destinations/http_destination.hpp"

namespace sluice::test {
using nlohmann::json;

people_api::people_api() {
  server.handle([this](const http_request& r) { return answer(r); });
  server.on_applied([this](const http_request& r) { apply(r); });
}

http_reply people_api::answer(const http_request& request) const {
  if (request.path() != "/people") return {};
  const std::lock_guard lock(mutex_);
  for (const auto& row : json::parse(request.body)) {
    if (refused_.contains(row.at("name")))
      return {.status = 422, .body = R"({"message": "this name is refused"})"};
  }
  return {};
}

void people_api::apply(const http_request& request) {
  const std::lock_guard lock(mutex_);
  for (const auto& row : json::parse(request.body)) {
    if (request.path() == "/people/gone") {
      people_.erase(row.at("id").get<int>());
    } else {
      const auto p = person_of(row);
      people_[p.id] = p;
    }
  }
}

std::map<int, person> people_api::people() const {
  const std::lock_guard lock(mutex_);
  return people_;
}

void people_api::refuse(const std::string& name) {
  const std::lock_guard lock(mutex_);
  refused_.insert(name);
}

config::http_config people_config(const http_server& server,
                                  std::chrono::milliseconds give_up_after) {
  config::http_request_config upsert;
  upsert.name = "upsert";
  upsert.method = "POST";
  upsert.url = server.url("/people");
  upsert.body = R"("{{rows}}")";
  auto gone = upsert;
  gone.name = "delete";
  gone.url = server.url("/people/gone");
  config::http_config config;
  config.requests = {upsert, gone};
  config.request_for = {0, 0, 1};
  config.retry = {std::chrono::milliseconds(2), std::chrono::milliseconds(10), give_up_after};
  config.timeout = std::chrono::seconds(10);
  return config;
}

std::unique_ptr<destinations::destination> make_way_in(const config::http_config& config) {
  return destinations::make_http_destination(
      config, std::make_shared<destinations::traffic>(config, log::logger({log::level::error}),
                                                      std::make_shared<metrics::activity>()));
}

person_batch persons(int count, int first) {
  person_batch deltas;
  for (int id = first; id < first + count; ++id)
    deltas.insert({id, "person " + std::to_string(id)});
  return deltas;
}

std::size_t count(const batch_outcome& outcome, fate f) {
  return static_cast<std::size_t>(std::ranges::count(outcome.fates, f));
}

std::unique_ptr<destinations::destination> open_for(const config::http_config& config,
                                                    sync_mode mode) {
  auto way = make_way_in(config);
  auto context = person_context();
  context.mode = mode;
  way->open(context, {});
  return way;
}

}  // namespace sluice::test
