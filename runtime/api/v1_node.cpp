// The node that answers, its cluster, and what changes there.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "messages/json.hpp"
#include "runtime/api/body.hpp"
#include "runtime/api/openapi.hpp"
#include "runtime/api/own_node.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/v1.hpp"
#include "runtime/config/json_value.hpp"

namespace sluice::api::v1 {
namespace {

/// Problems of the configuration as one refusal that names them all.
web::response problems_response(const reload_report& report, const std::string& path) {
  refusal why{422, std::string(to_string(errc::invalid_config)),
              "reload configuration: nothing was changed, since the configuration has problems",
              "mend them, then reload again; `sluice check` tells of them, too"};
  for (const auto& problem : report.problems) why.complaints.push_back({"", problem});
  return to_response(why, path);
}

template <class T>
web::response list_response(const std::vector<T>& all) {
  auto items = nlohmann::ordered_json::array();
  for (const auto& each : all) items.push_back(to_json(each));
  return json_response({{"items", items}});
}

}  // namespace

plan get_node(const asked& a) {
  parameters(a.request).check();
  auto out = question_of<std::vector<node_status>>(
      a, command::nodes{}, [path = a.request.path](const std::vector<node_status>&) {
        return to_response(
            error{errc::internal, "read status", {}, "the node does not know itself", {}}, path);
      });
  out.after_answer = [request = a.request,
                      who = a.who](const command::any_answer& answer) -> std::optional<question> {
    const auto* const self = self_among(std::get<std::vector<node_status>>(answer));
    if (self == nullptr) return std::nullopt;
    return question_of<std::vector<connection_status>>(
        {request, who}, command::connections{},
        [self = *self](const std::vector<connection_status>& connections) {
          return json_response(own_node(self, connections));
        });
  };
  return out;
}

plan list_nodes(const asked& a) {
  parameters(a.request).check();
  return question_of<std::vector<node_status>>(a, command::nodes{}, list_response<node_status>);
}

plan list_credentials(const asked& a) {
  parameters(a.request).check();
  return question_of<std::vector<credential_status>>(a, command::credentials{},
                                                     list_response<credential_status>);
}

plan reload(const asked& a) {
  body(a.request.body, body::manner::strict).check();
  return change_of<reload_report>(a, command::reload{}, "reload",
                                  [path = a.request.path](const reload_report& report) {
                                    if (!report.problems.empty())
                                      return problems_response(report, path);
                                    return json_response(to_json(report));
                                  });
}

plan events(const asked& a) {
  parameters query(a.request);
  watch out;
  out.connection = connection_name(query.text("connection"));
  query.check();
  if (!out.connection.empty() && !config::is_name(out.connection))
    throw refused({404, "unknown_connection", "no connection can have that name",
                   "GET /api/v1/connections lists them"});
  out.missed = !a.request.header("Last-Event-ID").empty();
  return out;
}

plan get_openapi(const asked& a) {
  parameters(a.request).check();
  auto out = response_of(200, json_type, std::string(openapi_document()));
  return out;
}

}  // namespace sluice::api::v1
