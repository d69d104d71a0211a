// A real API behind real HTTP, drawn from a pool of what such APIs are like: how they tell of rows,
// whether they ignore the case of ids, remember deliveries, have a request for inserts and another
// for updates, want to see tokens, or to be told of something that has to be looked up first.
// Requests fail before and after they were applied, answers are lost, unreadable, tell of some rows
// only, or say that the request before is still worked on; tokens end before their time.
#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/config/config.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/token_server.hpp"
#include "tests/world/target.hpp"

namespace sluice::test {
namespace {

using document = nlohmann::json;

/// How an API tells of the rows of a request.
enum class telling : std::uint8_t {
  every_row,   ///< lists each with its id and whether it was taken
  failures,    ///< lists those that were not taken, by their place in the request
  strangers,   ///< the same by an id that nobody can match
  by_status,   ///< one status for all: refuses a request that has one bad row
  row_by_row,  ///< takes one row in a request
};

/// What an API is like.
struct shape {
  telling tells = telling::every_row;
  bool remembers = false;  ///< takes a delivery once, by its id
  bool patient = false;    ///< whoever delivers tries again until it works
  /// Inserts no row that is there, and updates none that is not: two requests.
  bool separate = false;
  bool guarded = false;  ///< takes no request without a token
  bool owned = false;    ///< each row has an owner, whom the API itself knows
};

shape shape_of(std::uint32_t number) {
  constexpr std::uint32_t tellings = 5;
  const auto rest = number / tellings;
  shape out{static_cast<telling>(number % tellings),
            rest % 2 == 1,
            rest / 2 % 2 == 1,
            rest / 4 % 4 == 3,
            rest / 16 % 3 == 0,
            rest / 48 % 3 == 0};
  // One that has a row says 409 to an insert for as long as it is asked.
  if (out.separate) out.patient = false;
  if (out.separate) out.tells = number % 2 == 0 ? telling::by_status : telling::row_by_row;
  return out;
}

class api_target final : public target {
 public:
  api_target(const connection_plan& plan, std::uint64_t seed)
      : plan_(plan), now_{.salt = seed}, shape_(shape_of(plan.shape)) {
    server_.handle([this](const http_request& r) { return answer(r); });
    server_.on_applied([this](const http_request& r) { apply(r); });
  }

  destinations::destination_factory ways() override {
    return destinations::make_factory({config()}, log::logger({log::level::error}));
  }
  void turn(const weather& now) override {
    const std::lock_guard lock(mutex_);
    now_ = now;
    tries_.clear();
  }
  bool put(const std::string& row, const std::string& value) override {
    const std::lock_guard lock(mutex_);
    // One that remembers deliveries does not carry one out again, and need not know why it should.
    if (shape_.remembers) return false;
    rows_[row] = value;
    return true;
  }
  bool remove(const std::string& row) override {
    const std::lock_guard lock(mutex_);
    return !shape_.remembers && rows_.erase(row) > 0;
  }
  [[nodiscard]] std::map<std::string, std::string> rows() const override {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  [[nodiscard]] config::http_config config() const {
    const bool single = shape_.tells == telling::row_by_row;
    const std::string one =
        shape_.owned ? R"({"row":"{{row}}","delivery":"{{id}}","owner":"{{lookup.owner}}"})"
                     : R"({"row":"{{row}}","delivery":"{{id}}"})";
    config::http_request_config upsert{.name = "upsert",
                                       .method = "POST",
                                       .url = server_.url("/rows"),
                                       .body = single ? one : R"("{{rows}}")",
                                       .item = single ? "" : one,
                                       .batch_rows = 3,
                                       .per_row = single};
    auto gone = upsert;
    gone.name = "delete";
    gone.url = server_.url("/gone");
    auto& whole = single ? gone.body : gone.item;
    whole = R"({"row":"{{key}}","delivery":"{{id}}"})";
    upsert.results = results();
    config::http_config out;
    out.requests = {upsert, gone};
    out.request_for = {0, 0, 1};
    if (shape_.separate) {
      auto update = upsert;
      update.name = "update";
      update.url = server_.url("/changed");
      out.requests = {upsert, update, gone};
      out.requests[0].name = "insert";
      out.request_for = {0, 1, 2};
    }
    // Without a wait, and without one that a busy machine could cut short: what is tried when does
    // not depend on time.
    using std::chrono::milliseconds;
    out.retry = {milliseconds(0), milliseconds(0),
                 shape_.patient ? milliseconds(std::chrono::hours(1)) : milliseconds(0)};
    if (folds()) out.identity = {{{"id"}, {}, {identity_step::trim, identity_step::lower}}};
    if (shape_.guarded) out.auth.emplace().own = credential();
    if (shape_.owned) {
      auto& ask = out.lookup.emplace().request;
      ask.name = config::http_request_config::of_lookup;
      ask.method = "GET";
      ask.url = server_.url("/owner?id={{row.id}}");
      ask.per_row = true;
      ask.take = {{"owner", "/owner"}};
    }
    return out;
  }

  [[nodiscard]] config::credential_config credential() const {
    config::oauth2_credential app;
    app.token_url = tokens_.url();
    app.client_id = "app";
    config::credential_config out;
    out.kind = app;
    return out;
  }

  [[nodiscard]] std::optional<config::http_results> results() const {
    config::http_results out;
    const config::http_results::by_value by_id{
        {config::template_variable::name::row, {"id"}, false}, "/id"};
    switch (shape_.tells) {
      case telling::every_row:
        out.items = "/rows";
        out.match = by_id;
        out.ok = {"/ok", {"true"}};
        return out;
      case telling::failures:
      case telling::strangers:
        out.lists = config::http_results::listing::failed_rows;
        out.items = "/failed";
        out.match = by_id;
        if (shape_.tells == telling::failures) out.match = config::http_results::by_index{"/at"};
        return out;
      case telling::by_status:
      case telling::row_by_row:
        return std::nullopt;
    }
    return std::nullopt;
  }

  /// The rows of a request, each with the id of its delivery.
  static document rows_in(const http_request& request) {
    auto body = document::parse(request.body);
    return body.is_array() ? body : document::array({body});
  }

  [[nodiscard]] bool folds() const { return plan_.how == telling_apart::folded; }
  [[nodiscard]] std::string row_of(const document& row) const {
    const auto& id = row.at("row").at("id");
    return row_named(plan_.how, id.is_string() ? id.get<std::string>() : id.dump());
  }
  /// The id as the API says it.
  [[nodiscard]] document echo_of(const document& row) const {
    if (folds()) return row_of(row);
    return std::stol(row_of(row));
  }

  [[nodiscard]] bool is_bad(const document& row) const {
    return plan_.poisoned && row.at("row").value("value", "") == poison;
  }

  /// What the API says of the first `count` rows. `taken`: those that are not bad were.
  [[nodiscard]] http_reply telling_of(const document& rows, std::size_t count, bool taken) const {
    auto told = document::array();
    bool all = taken;
    // In another order than they were sent.
    for (std::size_t i = std::min(count, rows.size()); i-- > 0;) {
      const bool ok = taken && !is_bad(rows[i]);
      all = all && ok;
      if (shape_.tells == telling::every_row)
        told.push_back({{"id", echo_of(rows[i])}, {"ok", ok}});
      else if (!ok)
        told.push_back({{"id", "#" + std::to_string(i)}, {"at", i}});
    }
    const auto apply = taken ? http_application::if_success : http_application::never;
    switch (shape_.tells) {
      case telling::every_row:
        return {.body = document{{"rows", told}}.dump(), .apply = apply};
      case telling::failures:
      case telling::strangers:
        return {.body = document{{"failed", told}}.dump(), .apply = apply};
      case telling::by_status:
      case telling::row_by_row:
        break;
    }
    if (all) return {};
    return {.status = 422, .apply = http_application::never};
  }

  /// What the API says if nothing goes wrong.
  [[nodiscard]] http_reply good_answer(const http_request& request, const document& rows) const {
    if (request.path() == "/gone") return {};
    if (shape_.separate) {
      const bool inserts = request.path() == "/rows";
      const auto misfits = [&](const document& row) {
        return !knows(row) && rows_.contains(row_of(row)) == inserts;
      };
      if (std::ranges::any_of(rows, misfits))
        return {.status = inserts ? 409 : 404, .apply = http_application::never};
    }
    return telling_of(rows, rows.size(), true);
  }

  /// What the present weather has for another try of what has this name.
  dice next_of(const std::string& name) {
    return dice(mix(mix(now_.salt, ++tries_[name]), mix(name)));
  }

  http_reply answer(const http_request& request) {
    const std::lock_guard lock(mutex_);
    if (shape_.guarded && !tokens_.is_good(request)) return token_server::refusal();
    if (request.path() == "/owner") return owner(request);
    const auto rows = rows_in(request);
    const bool deletes = request.path() == "/gone";
    auto good = good_answer(request, rows);
    auto chance = next_of(rows.front().dump());
    if (!chance.chance(now_.percent)) return good;
    auto bad = good;
    if (shape_.guarded && chance.chance(50)) tokens_.end_tokens();
    switch (chance.below(10)) {
      case 0:
        return {.status = 503};
      case 1:
        return {.status = 500, .apply = http_application::always};
      case 2: {
        // Of the road, of the credentials, of a firewall: whatever it says, nothing was written.
        constexpr std::array passing{429, 430, 420, 423, 425, 529, 403, 402, 407, 419, 302};
        return {.status = chance.one_of(passing), .apply = http_application::never};
      }
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
        // Told of some only; a list of failures would call the others taken.
        if (shape_.tells == telling::every_row && !deletes)
          return telling_of(rows, rows.size() / 2, true);
        return {.status = 408};
      case 8:
        // Still at work on what it has taken already.
        if (std::ranges::any_of(rows, [&](const document& row) { return knows(row); }))
          return {.status = 409, .apply = http_application::never};
        return {.status = 502};
      default:
        if (deletes) return {.status = 503};  // it has no other way to say no
        return telling_of(rows, rows.size(), false);
    }
  }

  /// Answers a look-up.
  http_reply owner(const http_request& request) {
    const auto id = form_fields(request.target.substr(request.target.find('?') + 1)).at("id");
    auto chance = next_of(request.target);
    if (chance.chance(now_.percent)) {
      constexpr std::array passing{500, 503, 429};
      return {.status = chance.one_of(passing)};
    }
    return {.body = document{{"owner", owner_of(row_named(plan_.how, id))}}.dump(),
            .apply = http_application::never};
  }
  static std::string owner_of(const std::string& row) { return "owner of " + row; }
  [[nodiscard]] bool has_owner(const document& row) const {
    return !shape_.owned || row.at("owner") == owner_of(row_of(row));
  }

  [[nodiscard]] bool knows(const document& row) const {
    return shape_.remembers && deliveries_.contains(row.at("delivery").get<std::string>());
  }

  void apply(const http_request& request) {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows_in(request)) {
      if (is_bad(row) || knows(row)) continue;
      deliveries_.insert(row.at("delivery").get<std::string>());
      if (request.path() == "/gone") {
        rows_.erase(row_of(row));
      } else {
        rows_[row_of(row)] = has_owner(row) ? row.at("row").at("value") : "somebody else's";
      }
    }
  }

  const connection_plan plan_;
  mutable std::mutex mutex_;
  weather now_;
  std::map<std::string, std::uint64_t> tries_;  ///< in this weather, by a request's first row
  shape shape_;
  std::map<std::string, std::string> rows_;
  std::set<std::string> deliveries_;
  token_server tokens_;
  http_server server_;  // the last member: its threads use the others
};

}  // namespace

std::unique_ptr<target> make_api(const connection_plan& plan, std::uint64_t seed) {
  return std::make_unique<api_target>(plan, seed);
}

}  // namespace sluice::test
