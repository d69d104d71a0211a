#include "runtime/diff/ledger_ids.hpp"

#include "messages/error.hpp"
#include "messages/row.hpp"
#include "runtime/diff/fingerprint.hpp"

namespace sluice::diff {
namespace {

identity_rule parsed(const std::string& rule) {
  if (auto out = identity_rule::parse(rule)) return std::move(*out);
  throw failure(errc::ledger_corrupt, "read ledger", rule,
                "it identifies its rows by no known rule", "a newer program may have written it");
}

}  // namespace

ledger_ids::ledger_ids(ledger::glimpse from)
    : known_(std::move(from.known)), identity_(parsed(from.rule)) {}

value_view ledger_ids::find(std::string_view packed_key, std::string_view name) {
  return row_reader(known_->remembered(fingerprint(identity_.of(packed_key)))).value_named(name);
}

}  // namespace sluice::diff
