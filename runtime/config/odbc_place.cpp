#include "runtime/config/odbc_place.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "runtime/log/secret_name.hpp"

namespace sluice::config {
namespace {

struct place_attribute {
  std::string_view driver_name;  ///< in the form of plain_name()
  std::string_view name;         ///< ours
};

// An added attribute gets a name of its own: it must not hide, or be hidden by, a name in stored
// identities.
constexpr std::array places{
    place_attribute{"driver", "driver"},
    place_attribute{"dsn", "dsn"},
    place_attribute{"filedsn", "filedsn"},
    place_attribute{"server", "server"},
    place_attribute{"servername", "server"},
    place_attribute{"host", "server"},
    place_attribute{"hostname", "server"},
    place_attribute{"address", "server"},
    place_attribute{"addr", "server"},
    place_attribute{"tcpserver", "server"},
    place_attribute{"socket", "socket"},
    place_attribute{"port", "port"},
    place_attribute{"tcpport", "port"},
    place_attribute{"database", "database"},
    place_attribute{"db", "database"},
    place_attribute{"dbname", "database"},
    place_attribute{"dbq", "database"},
    place_attribute{"catalog", "database"},
    place_attribute{"project", "database"},
    place_attribute{"account", "server"},
    place_attribute{"schema", "schema"},
    place_attribute{"currentschema", "schema"},
    // ClickHouse (Url, Path), CData's drivers, MongoDB (Uri)
    place_attribute{"url", "url"},
    place_attribute{"uri", "url"},
    place_attribute{"path", "path"},
    // BigQuery: Simba's driver (Catalog, DefaultDataset) and Google's own (ProjectId, Dataset)
    place_attribute{"projectid", "project"},
    place_attribute{"dataset", "dataset"},
    place_attribute{"defaultdataset", "dataset"},
    place_attribute{"universedomain", "universe"},
    place_attribute{"privateserviceconnecturis", "endpoint"},
    // Databricks, Spark, Hive, Impala: the path, the other ways to find a server
    place_attribute{"httppath", "http_path"},
    place_attribute{"clusterid", "cluster"},
    place_attribute{"cluster", "cluster"},
    place_attribute{"zkquorum", "zookeeper"},
    place_attribute{"zkclusterid", "cluster"},
    place_attribute{"zknamespace", "zookeeper_namespace"},
    // Amazon: Redshift (ClusterID, Region, Workgroup), Athena (AwsRegion)
    place_attribute{"region", "region"},
    place_attribute{"awsregion", "region"},
    place_attribute{"workgroup", "workgroup"},
    place_attribute{"endpointurl", "endpoint"},
    place_attribute{"endpointoverride", "endpoint"},
    place_attribute{"endpoint", "endpoint"},
    // Oracle: its own driver, Microsoft's (ConnectString), DataDirect's
    place_attribute{"sid", "sid"},
    place_attribute{"service", "service"},
    place_attribute{"servicename", "service"},
    place_attribute{"tns", "tns"},
    place_attribute{"tnsname", "tns"},
    place_attribute{"tnsservername", "tns"},
    place_attribute{"tnsservicename", "tns"},
    place_attribute{"connectstring", "tns"},
    place_attribute{"portnumber", "port_number"},
    // SQL Server, FreeTDS, Sybase
    place_attribute{"attachdbfilename", "file"},
    place_attribute{"instance", "instance"},
    place_attribute{"networkaddress", "network_address"},
    // Teradata, DB2, Informix, SAP HANA and MaxDB, Exasol, InterSystems
    place_attribute{"dbcname", "dbc"},
    place_attribute{"defaultdatabase", "default_database"},
    place_attribute{"dbalias", "alias"},
    place_attribute{"currentsqlid", "current_sqlid"},
    place_attribute{"servernode", "server_node"},
    place_attribute{"serverdb", "server_database"},
    place_attribute{"databasename", "database_name"},
    place_attribute{"exahost", "exasol"},
    place_attribute{"exaschema", "exasol_schema"},
    place_attribute{"namespace", "namespace"},
    // MotherDuck, files of dBase and Access, MySQL
    place_attribute{"motherduckhost", "motherduck_host"},
    place_attribute{"defaultdir", "folder"},
    place_attribute{"sourcedb", "folder"},
    place_attribute{"unixsocket", "unix_socket"},
    place_attribute{"namedpipe", "pipe"},
};

/// Settings of libpq, which psqlodbc passes on in `pqopt`, that name a location.
constexpr std::array libpq_places{
    place_attribute{"host", "libpq_host"},       place_attribute{"hostaddr", "libpq_hostaddr"},
    place_attribute{"port", "libpq_port"},       place_attribute{"dbname", "libpq_dbname"},
    place_attribute{"service", "libpq_service"},
};

/// The value without user and secrets: an address, or settings inside it.
std::string without_people(const log::setting& said) {
  std::string out(said.value);
  const auto erase = [&](std::string_view part) {
    for (auto at = out.find(part); !part.empty() && at != std::string::npos; at = out.find(part))
      out.erase(at, part.size());
  };
  for (const auto part : log::secret_parts(said)) erase(part);
  if (const auto user = log::user_of_address(out); !user.empty()) erase(std::string(user) + "@");
  return out;
}

void add_libpq_places(std::map<std::string_view, std::string>& found, std::string_view settings) {
  while (!settings.empty()) {
    const auto end = std::min(settings.find_first_of(" \t"), settings.size());
    const auto setting = settings.substr(0, end);
    const auto name = setting.substr(0, setting.find('='));
    for (const auto& known : libpq_places)
      if (name == known.driver_name && name.size() < setting.size())
        found.emplace(known.name, setting.substr(name.size() + 1));
    settings.remove_prefix(std::min(end + 1, settings.size()));
  }
}

}  // namespace

std::map<std::string_view, std::string> place_of(const std::vector<odbc_attribute>& attributes) {
  std::map<std::string_view, std::string> found;  // sorted: the order of attributes does not matter
  for (const auto& x : attributes) {
    const auto plain = log::plain_name(x.name);
    if (plain == "pqopt") add_libpq_places(found, x.value);
    for (const auto& known : places)
      if (plain == known.driver_name)
        found.emplace(known.name, without_people({.name = plain, .value = x.value}));
  }
  return found;
}

nlohmann::ordered_json identity_of(const secret_string& connection_string) {
  const auto attributes = parse_odbc(connection_string.resolve(), reference_syntax::off).all;
  auto out = nlohmann::ordered_json::object();
  for (const auto& [name, value] : place_of(attributes)) out[std::string(name)] = value;
  return out;
}

}  // namespace sluice::config
