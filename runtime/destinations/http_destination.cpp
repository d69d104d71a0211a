#include "runtime/destinations/http_destination.hpp"

#include <array>
#include <set>
#include <utility>

#include "runtime/destinations/http/api_identity.hpp"
#include "runtime/destinations/http/http_client.hpp"
#include "runtime/destinations/http/http_delivery.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/traffic.hpp"

namespace sluice::destinations {
namespace {

class http_destination final : public destination {
 public:
  http_destination(config::http_config config, std::shared_ptr<traffic> shared)
      : config_(std::move(config)), shared_(std::move(shared)) {}

  void open(const delivery_context& context, std::stop_token stop) override {
    if (stop.stop_requested())
      throw failure(errc::cancelled, "open destination", context.connection, "stopped", {});
    stop_ = std::move(stop);
    plans_ = make_plans(context);
    identity_ = api_identity(config_, context.schema);
    client_ = std::make_unique<http_client>(config_);
    lane_ = std::make_unique<traffic::lane>(shared_);
  }

  [[nodiscard]] identity_rule identity() const override { return identity_; }

  batch_outcome deliver(const batch& deltas) override {
    http_delivery delivery(deltas, *client_, *lane_, *shared_, stop_);
    // A row that an insert in doubt has left there is updated, where that is another request.
    const auto inserting = config_.request_for[static_cast<std::size_t>(operation::insert)];
    const auto updates = config_.request_for[static_cast<std::size_t>(operation::update)];
    auto* const updating = updates && updates != inserting ? plans_[*updates].get() : nullptr;
    // A key occurs once in a batch, so that the order of its operations is free.
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      std::vector<std::uint32_t> rows;
      rows.reserve(deltas.size());
      for (std::uint32_t row = 0; row < deltas.size(); ++row) {
        if (config_.request_for[static_cast<std::size_t>(deltas[row].op)] == i) rows.push_back(row);
      }
      if (plans_[i] && !rows.empty())
        delivery.deliver(*plans_[i], std::move(rows), i == inserting ? updating : nullptr);
    }
    unmatched_ += delivery.unmatched();
    return delivery.take_outcome();
  }

  void probe(const delivery_context& context, std::stop_token stop) override {
    const auto plans = make_plans(context);
    static_cast<void>(api_identity(config_, context.schema));  // says what does not fit
    http_client client(config_);
    std::set<std::string> servers;
    for (const auto& plan : plans) {
      if (!plan || !servers.insert(plan->server()).second) continue;
      const auto answer = client.connect(plan->server(), stop);
      if (answer.failed != http_answer::failure::none)
        throw failure(
            answer.failed == http_answer::failure::cancelled ? errc::cancelled
                                                             : errc::destination_failed,
            "connect to", plan->server(), answer.why,
            "check destination." + plan->config().name +
                (answer.failed == http_answer::failure::futile
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
    return out;
  }

 private:
  using plan_list = std::vector<std::unique_ptr<request_plan>>;

  /// By position in the configuration; null for a request that the mode never sends.
  [[nodiscard]] plan_list make_plans(const delivery_context& context) const {
    require_fields(context);
    plan_list plans;
    for (std::size_t i = 0; i < config_.requests.size(); ++i)
      plans.push_back(config::is_sent(config_, i, context.mode)
                          ? std::make_unique<request_plan>(config_.requests[i], config_, context)
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
  std::stop_token stop_;
  plan_list plans_;
  identity_rule identity_;
  std::uint64_t unmatched_ = 0;  ///< answers; see http_delivery
  std::unique_ptr<http_client> client_;
  std::unique_ptr<traffic::lane> lane_;
};

}  // namespace

std::unique_ptr<destination> make_http_destination(const config::http_config& config,
                                                   std::shared_ptr<traffic> shared) {
  return std::make_unique<http_destination>(config, std::move(shared));
}

}  // namespace sluice::destinations
