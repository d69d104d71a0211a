#include "messages/protocol.hpp"

#include "messages/cluster_protocol.hpp"

namespace sluice {

caf::error to_caf(const error& e) {
  return caf::error{static_cast<std::uint8_t>(e.code), caf::atom("sluice"), caf::make_message(e)};
}

error to_error(const caf::error& e, const std::string& operation) {
  if (e.category() == caf::atom("sluice")) {
    if (e.context().match_elements<error>()) return e.context().get_as<error>(0);
    return {static_cast<errc>(e.code()),
            operation,
            {},
            std::string{to_string(static_cast<errc>(e.code()))},
            {}};
  }
  if (e == caf::sec::request_timeout)
    return {
        errc::timed_out, operation, {}, "no answer in time", "is the node overloaded or frozen?"};
  if (e == caf::sec::request_receiver_down || e == caf::exit_reason::remote_link_unreachable)
    return {
        errc::unreachable, operation, {}, "the node closed the connection", "is it shutting down?"};
  return {errc::internal, operation, {}, caf::to_string(e), {}};
}

void configure_protocol(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::sluice_commands>();
  config.add_message_types<caf::id_block::sluice>();
  config.add_message_types<caf::id_block::sluice_cluster>();
  config.add_error_category(caf::atom("sluice"),
                            [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                              if (context.match_elements<error>())
                                return context.get_as<error>(0).text();
                              return std::string{to_string(static_cast<errc>(code))};
                            });
}

}  // namespace sluice
