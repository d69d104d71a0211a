// The `http` section of a node: the listener for metrics and health.
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {

std::string http_listener_config::url() const {
  return "http://" + numeric_address{host, port}.text();
}

std::optional<http_listener_config> read_http_listener(const json_value& value) {
  constexpr auto example = "name an address and a port: \"127.0.0.1:9464\"";
  if (!value.present()) return std::nullopt;
  section http(value);
  const auto listen = http.required("listen", example);
  http_listener_config out;
  out.insecure = http.boolean("insecure", out.insecure);
  const auto address = read_numeric_address(listen, example);
  if (!address) return std::nullopt;
  if (!out.insecure && !address->is_loopback()) {
    listen.complain(listen.quoted() + " can be reached from other machines",
                    "there is no authentication: listen on 127.0.0.1, or add \"insecure\": true");
    return std::nullopt;
  }
  out.host = address->host;
  out.port = address->port;
  return out;
}

}  // namespace sluice::config
