#include "tests/runtime/destinations/lookup_fixture.hpp"

#include <algorithm>

namespace sluice::test {

using nlohmann::json;

namespace {

bool is_lookup(const http_request& request) {
  return request.path().starts_with("/accounts") || request.path() == "/search";
}

}  // namespace

accounts_api::accounts_api() {
  server.handle([this](const http_request& r) { return answer(r); });
  server.on_applied([this](const http_request& r) {
    if (r.path() != "/people") return;
    const std::lock_guard lock(mutex_);
    for (const auto& row : json::parse(r.body)) written_[row.at("id")] = row.at("account");
  });
}

json accounts_api::found(const std::string& name) const {
  const auto account = accounts_.find(name);
  return account == accounts_.end() ? json() : account->second;
}

http_reply accounts_api::answer(const http_request& request) const {
  const std::lock_guard lock(mutex_);
  if (request.path() == "/accounts") {
    const auto id = found(request.target.substr(request.target.find('=') + 1));
    auto results = json::array();
    if (!id.is_null()) results.push_back(json::object({{"id", id}}));
    return {.body = json::object({{"results", results}}).dump()};
  }
  if (request.path().starts_with("/accounts/")) {
    const auto id = found(request.path().substr(10));
    if (id.is_null()) return {.status = 404, .body = R"({"message": "no such account"})"};
    return {.body = json::object({{"id", id}}).dump()};
  }
  if (request.path() == "/search") {
    const auto body = json::parse(request.body);
    auto results = json::array();
    for (const auto& name : body.at("names")) {
      if (name == "bad") return {.status = 422, .body = R"({"message": "bad is no name"})"};
      if (const auto id = found(name); !id.is_null())
        results.insert(results.begin(), json::object({{"name", name}, {"id", id}}));
    }
    return {.body = json::object({{"results", results}}).dump()};
  }
  return {};
}

void accounts_api::open_account(const std::string& name, const json& id) {
  const std::lock_guard lock(mutex_);
  accounts_[name] = id;
}

std::map<int, json> accounts_api::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

std::vector<std::string> accounts_api::asked() const {
  std::vector<std::string> out;
  for (const auto& request : server.requests())
    if (is_lookup(request)) out.push_back(request.target);
  return out;
}

std::size_t accounts_api::writes() const {
  const auto requests = server.requests();
  return static_cast<std::size_t>(
      std::ranges::count_if(requests, [](const http_request& r) { return r.path() == "/people"; }));
}

config::http_config lookup_config(const http_server& server,
                                  std::chrono::milliseconds give_up_after) {
  auto config = people_config(server, give_up_after);
  config.requests[0].item = R"({"id":"{{key.id}}","account":"{{lookup.account}}"})";
  auto& request = config.lookup.emplace().request;
  request.name = config::http_request_config::of_lookup;
  request.method = "GET";
  request.url = server.url("/accounts?name={{row.name}}");
  request.per_row = true;
  request.take = {{"account", "/results/0/id"}};
  return config;
}

config::http_config search_config(const http_server& server,
                                  std::chrono::milliseconds give_up_after) {
  auto config = lookup_config(server, give_up_after);
  auto& request = config.lookup->request;
  request.method = "POST";
  request.url = server.url("/search");
  request.body = R"({"names":"{{rows}}"})";
  request.item = R"("{{row.name}}")";
  request.per_row = false;
  auto& results = request.results.emplace();
  results.items = "/results";
  results.match = config::http_results::by_value{
      {config::template_variable::name::row, {"name"}, false}, "/name"};
  request.take = {{"account", "/id"}};
  return config;
}

person_batch people_called(const std::vector<std::string>& names, int first) {
  person_batch out;
  for (const auto& name : names) out.insert({first++, name});
  return out;
}

std::unique_ptr<destinations::destination> open_way_in(const config::http_config& config,
                                                       std::stop_token stop) {
  auto way = make_way_in(config);
  way->open(person_context(), std::move(stop));
  return way;
}

}  // namespace sluice::test
