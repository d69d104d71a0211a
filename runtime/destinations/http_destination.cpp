#include "runtime/destinations/http_destination.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

#include "runtime/destinations/http/api_identity.hpp"
#include "runtime/destinations/http/authorized_client.hpp"
#include "runtime/destinations/http/delivery_by_kind.hpp"
#include "runtime/destinations/http/delivery_setup.hpp"
#include "runtime/destinations/http/known_values.hpp"
#include "runtime/destinations/http/lookups.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/http/http_client.hpp"

namespace sluice::destinations {
namespace {

class http_destination final : public destination {
 public:
  http_destination(config::http_config config, std::shared_ptr<traffic> shared,
                   authority_source find_authority, std::shared_ptr<lookup_cache> found)
      : config_(std::move(config)),
        shared_(std::move(shared)),
        find_authority_(std::move(find_authority)),
        found_(found ? std::move(found) : std::make_shared<lookup_cache>()),
        known_(std::make_unique<known_values>(config_)) {}

  void open(const delivery_context& context, std::stop_token stop) override {
    if (stop.stop_requested())
      throw failure(errc::cancelled, "open destination", context.connection, "stopped", {});
    stop_ = std::move(stop);
    found_->begin(context.run);
    lookups_ = make_lookups(context);
    plans_ = make_plans(context, lookups_.get());
    requests_ = {{}, config_.request_for};
    for (const auto& plan : plans_) requests_.all.push_back(plan.get());
    mode_ = context.mode;
    confirms_ = context.confirms;
    tells_answers_ = context.tells_answers;
    identity_ = api_identity(config_, context.schema);
    client_ = std::make_unique<authorized_client>(config_, authority());
    lane_ = std::make_unique<traffic::lane>(shared_, [client = client_.get()] { client->wake(); });
  }

  [[nodiscard]] identity_rule identity() const override { return identity_; }

  batch_outcome deliver(const batch& deltas) override { return deliver(deltas, false); }

  [[nodiscard]] bool wants_more() const override { return wants_more_; }

  batch_outcome deliver_again(const batch& deltas) override { return deliver(deltas, true); }

  void probe(const delivery_context& context, std::stop_token stop) override {
    const auto asks = make_lookups(context);
    const auto plans = make_plans(context, asks.get());
    static_cast<void>(api_identity(config_, context.schema));  // throws if the keys do not fit
    using http::http_client;
    http_client client(config_, http_client::when_stopped::finish, http_client::versions::up_to_2);
    std::string base;
    if (const auto shows = authority())
      base = shows->probe(config_.base_url ? &*config_.base_url : nullptr, stop);
    std::vector<const request_plan*> all;
    if (asks) all.push_back(&asks->plan());
    for (const auto& plan : plans)
      if (plan) all.push_back(plan.get());
    std::set<std::string> servers{""};  // one that is not known is not connected to
    for (const auto* const plan : all) {
      const auto& server = config_.base_url ? base : plan->server();
      if (!servers.insert(server).second) continue;
      const auto answer = client.connect(server, stop);
      if (answer.failed != http::http_answer::failure::none)
        throw failure(
            answer.failed == http::http_answer::failure::cancelled ? errc::cancelled
                                                                   : errc::destination_failed,
            "connect to", server, answer.why,
            "check destination." + plan->config().name +
                (answer.failed == http::http_answer::failure::futile
                     ? ".url; certificates are always verified, and destination.tls names "
                       "CA, certificate and key"
                     : ".url and the network"));
    }
  }

  [[nodiscard]] std::vector<std::string> warnings() const override {
    std::uint64_t nonfinite = 0;
    for (const auto& plan : plans_) nonfinite += plan ? plan->nonfinite() : 0;
    std::vector<std::string> out;
    if (nonfinite > 0)
      out.push_back(std::to_string(nonfinite) +
                    " values were NaN or infinite, which JSON cannot hold: null "
                    "was sent");
    if (unmatched_ > 0)
      out.push_back(std::to_string(unmatched_) +
                    " answers told of rows that are not in the request, or not of all: the rows "
                    "were sent again in smaller requests; check destination.results.match and "
                    "destination.identity");
    if (forgotten_ > 0)
      out.push_back(std::to_string(forgotten_) +
                    " rows were taken, and the answers have nothing of what \"remember\" names: "
                    "requests that need it cannot be sent for these rows");
    return out;
  }

 private:
  using plan_list = std::vector<std::unique_ptr<request_plan>>;

  /// What requests show; null where they are complete as they are.
  [[nodiscard]] std::shared_ptr<credentials::credential> authority() const {
    if (!config_.auth) return nullptr;
    if (find_authority_) return find_authority_();
    throw failure(errc::invalid_config, "find credential", config_.auth->name,
                  "there is no node whose it could be", {});
  }

  batch_outcome deliver(const batch& deltas, bool last_chance) {
    confirmed_ = 0;
    const auto begin = std::chrono::steady_clock::now();
    const auto setup = setup_for(last_chance);
    lookups::result looked;
    if (lookups_) looked = lookups_->look_up(deltas, rows_to_look_up(deltas), setup);
    batch_outcome outcome;
    auto lacked_rows = looked.lacked_rows;
    if (looked.failed) {
      outcome.fates.assign(deltas.size(), fate::undelivered);
    } else {
      delivery_by_kind delivery(deltas, requests_, setup, looked.held_back());
      outcome = delivery.deliver();
      lacked_rows += delivery.lacked_rows();
      unmatched_ += delivery.unmatched();
      forgotten_ += delivery.forgotten();
    }
    looked.tell(outcome);
    constexpr int share = 10;
    wants_more_ = lacked_rows * share > std::chrono::steady_clock::now() - begin;
    note_delivered(deltas, outcome);
    return outcome;
  }

  /// Rows that may become a request that names what is looked up: what an update does not find may
  /// be inserted, and the other way round.
  [[nodiscard]] std::vector<std::uint32_t> rows_to_look_up(const batch& deltas) const {
    const auto names = [&](operation op) {
      const auto* const plan = requests_.of(op);
      return plan != nullptr && plan->names(value_source::word::lookup);
    };
    const bool writes = names(operation::insert) || names(operation::update);
    const bool erases = names(operation::erase);
    std::vector<std::uint32_t> out;
    for (std::uint32_t row = 0; row < deltas.size(); ++row)
      if (deltas[row].op == operation::erase ? erases : writes) out.push_back(row);
    return out;
  }

  /// Whether a delivered delta may be sent again without a further effect.
  [[nodiscard]] bool may_repeat(operation op) const {
    if (!config_.idempotency_header.empty()) return true;
    const auto* const request = config::request_for(config_, op);
    return mode_ != sync_mode::append && request != nullptr && request->name != "insert";
  }

  void note_delivered(const batch& deltas, const batch_outcome& outcome) {
    for (std::size_t i = deltas.size(); i-- > 0;) {
      const auto d = deltas[i];
      if (outcome.fates[i] != fate::delivered || !may_repeat(d.op)) continue;
      auto row = std::make_shared<batch>();
      row->append(d.op, d.key_hash, d.fingerprint, d.key, d.row, d.delivery);
      row->remember(0, d.remembered);
      return shared_->note_delivered(std::move(row));
    }
  }

  /// The request that delivers a row that was delivered before. `setup`: with which to look up what
  /// the request needs; null while a batch is delivered, whose own values would be forgotten.
  [[nodiscard]] delivered_request find_witness(const delivery_setup* setup) {
    const auto row = shared_->delivered_row();
    auto* const plan = row ? requests_.of((*row)[0].op) : nullptr;
    if (plan == nullptr) return {};
    constexpr std::array first{std::uint32_t{0}};
    if (plan->names(value_source::word::lookup)) {
      if (setup == nullptr) return {};
      static_cast<void>(lookups_->look_up(*row, first, *setup));
    }
    auto built = plan->build(*row, first);
    if (built.rows.empty()) return {};
    return {std::make_shared<const http::http_request>(std::move(built.request)), plan};
  }

  [[nodiscard]] delivery_setup setup_for(bool last_chance) {
    const bool differ = requests_.for_operation[static_cast<std::size_t>(operation::insert)] !=
                        requests_.for_operation[static_cast<std::size_t>(operation::update)];
    delivery_setup out{
        .client = *client_,
        .lane = *lane_,
        .shared = *shared_,
        .stop = stop_,
        .last_chance = last_chance,
        .has_ids = !config_.idempotency_header.empty(),
        .tells_answers = tells_answers_,
        .may_insert = differ && requests_.of(operation::insert) != nullptr,
        .may_update = differ && requests_.of(operation::update) != nullptr,
        .confirms = [this](std::uint64_t rows) { confirms_(row_count(confirmed_ += rows)); },
        .repeatable = {may_repeat(operation::insert), may_repeat(operation::update),
                       may_repeat(operation::erase)},
        .find_witness = [this] { return find_witness(nullptr); }};
    if (last_chance) out.find_witness = [found = find_witness(&out)] { return found; };
    return out;
  }

  /// Null if nothing is looked up.
  [[nodiscard]] std::unique_ptr<lookups> make_lookups(const delivery_context& context) const {
    return config_.lookup ? std::make_unique<lookups>(config_, context, found_) : nullptr;
  }

  /// By position in the configuration; null for a request that the mode never sends. `looks_up`:
  /// null if nothing is looked up; else it outlives them.
  [[nodiscard]] plan_list make_plans(const delivery_context& context, lookups* looks_up) const {
    require_fields(context);
    std::vector<value_source*> beside{known_.get()};
    if (looks_up != nullptr) beside.push_back(looks_up);
    plan_list plans;
    for (std::size_t i = 0; i < config_.requests.size(); ++i)
      plans.push_back(config::is_sent(config_, i, context.mode)
                          ? std::make_unique<request_plan>(config_.requests[i], config_, context,
                                                           text_template::references::resolved,
                                                           beside)
                          : nullptr);
    return plans;
  }

  void require_fields(const delivery_context& context) const {
    std::vector<std::vector<std::string>> fields;
    for (const auto& field : context.schema.fields) fields.push_back(field.path);
    if (const auto lacking = config::unmet(config_, fields))
      throw failure(errc::invalid_config, "lay out request", "the mapping", lacking->problem,
                    lacking->hint);
  }

  config::http_config config_;
  std::shared_ptr<traffic> shared_;
  authority_source find_authority_;
  std::stop_token stop_;
  sync_mode mode_ = sync_mode::upsert;
  std::shared_ptr<lookup_cache> found_;
  std::unique_ptr<lookups> lookups_;  ///< null if nothing is looked up
  std::unique_ptr<known_values> known_;
  plan_list plans_;
  api_requests requests_;  ///< the same
  identity_rule identity_;
  std::uint64_t unmatched_ = 0;  ///< answers; see http_delivery
  std::uint64_t forgotten_ = 0;  ///< rows; the same
  bool wants_more_ = false;
  std::function<void(row_count)> confirms_;
  bool tells_answers_ = false;
  std::uint64_t confirmed_ = 0;  ///< rows of the present batch
  std::unique_ptr<authorized_client> client_;
  std::unique_ptr<traffic::lane> lane_;
};

}  // namespace

std::unique_ptr<destination> make_http_destination(const config::http_config& config,
                                                   std::shared_ptr<traffic> shared,
                                                   authority_source find_authority,
                                                   std::shared_ptr<lookup_cache> found) {
  return std::make_unique<http_destination>(config, std::move(shared), std::move(find_authority),
                                            std::move(found));
}

}  // namespace sluice::destinations
