#include "runtime/destinations/destination.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/credentials/keyring.hpp"
#include "runtime/destinations/http/accounts.hpp"
#include "runtime/destinations/http/api_identity.hpp"
#include "runtime/destinations/http/lookup_cache.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/destinations/http_destination.hpp"
#include "runtime/destinations/jsonl/jsonl_destination.hpp"
#include "runtime/destinations/odbc_destination.hpp"

namespace sluice::destinations {
namespace {

struct factory_maker {
  const log::logger& log;
  std::shared_ptr<metrics::activity> times;
  std::shared_ptr<credentials::keyring> keys;
  std::shared_ptr<accounts> limits;

  destination_factory operator()(const config::jsonl_config& jsonl) const {
    return [jsonl] { return make_jsonl_destination(jsonl); };
  }
  destination_factory operator()(const config::odbc_config& odbc) const {
    return [odbc] { return make_odbc_destination(odbc); };
  }
  destination_factory operator()(const config::http_config& http) const {
    return [http, shared = std::make_shared<traffic>(http, log, times, account_of(http)),
            authority = authority_of(http), found = std::make_shared<lookup_cache>()] {
      return make_http_destination(http, shared, authority, found);
    };
  }

  [[nodiscard]] traffic::account_source account_of(const config::http_config& http) const {
    if (http.account.empty() || !limits) return {};
    return [limits = limits, name = http.account] { return limits->find(name); };
  }

  /// A named credential is looked up at each opening: a reload may have replaced it.
  [[nodiscard]] authority_source authority_of(const config::http_config& http) const {
    if (!http.auth) return {};
    if (!http.auth->own) {
      if (!keys) return {};
      return [keys = keys, name = http.auth->name] { return keys->find(name); };
    }
    const auto own =
        credentials::make_credential(*http.auth->own, {"destination.auth", {}, {}, log});
    return [own] { return own; };
  }
};

struct identity_finder {
  const row_schema& schema;

  std::optional<identity_rule> operator()(const config::jsonl_config&) const {
    return canonical_identity(schema);
  }
  std::optional<identity_rule> operator()(const config::odbc_config&) const { return std::nullopt; }
  std::optional<identity_rule> operator()(const config::http_config& http) const {
    return api_identity(http, schema);
  }
};

}  // namespace

delivery_context make_context(const config::connection_config& config, run_id run,
                              row_schema schema) {
  auto on_delete = mapping::compile_on_delete(config.name, config.set_on_delete, schema);
  return {config.name, std::move(run), config.mode, std::move(schema), std::move(on_delete)};
}

std::optional<identity_rule> identity_unasked(const config::destination_config& config,
                                              const row_schema& schema) {
  return std::visit(identity_finder{schema}, config.kind);
}

std::string advice_on_identity(const config::connection_config& config, const row_schema& schema) {
  const auto* const http = std::get_if<config::http_config>(&config.destination.kind);
  if (http == nullptr || config.mode != sync_mode::mirror) return {};
  const auto keys = keys_of_unsaid_identity(*http, schema);
  if (keys.empty()) return {};
  return fmt::format(
      "nothing says how the API tells texts in {} apart. If it ignores their case or blanks, a key "
      "that is spelled anew is one row there, which a mirror inserts and then deletes: say so in "
      "destination.identity, for example [\"trim\", \"lower\"], or \"exact\" if it does not",
      fmt::join(keys, ", "));
}

destination_factory make_factory(const config::destination_config& config, const log::logger& log,
                                 std::shared_ptr<metrics::activity> times,
                                 std::shared_ptr<credentials::keyring> keys,
                                 std::shared_ptr<accounts> limits) {
  return std::visit(factory_maker{log, std::move(times), std::move(keys), std::move(limits)},
                    config.kind);
}

}  // namespace sluice::destinations
