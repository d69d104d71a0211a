#include "runtime/destinations/destination.hpp"

#include "runtime/config/config.hpp"
#include "runtime/destinations/jsonl_destination.hpp"
#include "runtime/destinations/odbc_destination.hpp"

namespace sluice::destinations {
namespace {

struct maker {
  std::unique_ptr<destination> operator()(const config::jsonl_config& jsonl) const {
    return make_jsonl_destination(jsonl);
  }
  std::unique_ptr<destination> operator()(const config::odbc_config& odbc) const {
    return make_odbc_destination(odbc);
  }
};

}  // namespace

std::unique_ptr<destination> make_destination(const config::destination_config& config) {
  return std::visit(maker{}, config.kind);
}

}  // namespace sluice::destinations
