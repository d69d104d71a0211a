// The server of an API as the answer of its token server names it. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/credential_config.hpp"

namespace sluice::credentials {

/// Whether `host` is one of `patterns`: the same name, or one below `*.example.com`. In any case.
bool is_within(std::string_view host, const std::vector<std::string>& patterns);

/// `https://acme.my.salesforce.com`: scheme, host and port at `wanted.from` in `answer`, without
/// path. Throws `failure` (destination_failed) if there is no address, if its host is not `within`,
/// or if it is not https: only for this machine http will do. A token server that was taken over
/// could otherwise send rows anywhere.
std::string base_url_in(const nlohmann::json& answer, const config::base_url_config& wanted);

}  // namespace sluice::credentials
