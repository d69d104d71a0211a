#include "actors/run/digest_pass.hpp"

#include <exception>
#include <utility>

#include "messages/error.hpp"
#include "messages/own_version.hpp"

namespace sluice::actors {
namespace {

/// All that decides what is acknowledged for a row, besides the row.
std::string meaning_of(const config::connection_config& config, const identity_rule& identity) {
  std::string text = "program " + own_version() + "\nmapping " + config.mapping_identity() +
                     "\nrows " + identity.text() + "\nkey";
  for (const auto& column : config.source.key) text += " " + column;
  return text;
}

}  // namespace

digest_pass::digest_pass(std::shared_ptr<const run_services> services, const ledger_position& at,
                         bool known)
    : services_(std::move(services)), detection_(services_->make_digests()) {
  // Who does not use the index does not keep it up either.
  if (!known || !services_->config.source.by_digest) detection_->discard();
  detection_->opened(at);
}

source::starting_point digest_pass::begin(open_pass& pass, const pass_terms& terms,
                                          const digest_terms& more,
                                          std::vector<std::string>& warnings,
                                          const std::stop_token& stop) {
  digest::reading decided;
  try {
    decided = detection_->begin(*pass.model, pass.plan.wanted(), *pass.known,
                                {.meaning = meaning_of(services_->config, more.identity),
                                 .rules = terms.rules(),
                                 .deletes = more.deletes},
                                stop);
  } catch (const failure& e) {
    if (stop.stop_requested() || e.info().code != errc::source_failed) throw;
    warn("the source made no digests, every row is read", e.info());
    warnings.push_back("every row was read: the source made no digests: " + e.info().message());
    return {};
  }
  pass.digests = detection_.get();
  noted_ = true;
  pass.unread = decided.unread;
  all_equal_ = decided.equal;
  reads_ = !decided.equal && (!decided.buckets || !decided.buckets->numbers.empty());
  if (!reads_) pass.read_to_end = !decided.equal;
  source::starting_point from;
  from.hashed = true;
  from.buckets = std::move(decided.buckets);
  return from;
}

void digest_pass::completed(std::uint64_t deltas) {
  completed_ = true;
  deltas_ = deltas;
}

void digest_pass::save(ledger::ledger& ledger, const std::stop_token& stop) {
  if (!noted_ || !completed_ || !ledger.settled()) return;
  try {
    const auto known = ledger.snapshot();
    detection_->save(*known, ledger.position(), deltas_, stop);
  } catch (...) {
    warn("the digests of this run are not kept, the next one reads every row",
         error_from(std::current_exception(), "keep digests", services_->config.name));
  }
}

void digest_pass::warn(const char* what, const error& why) {
  services_->log.warning("{}: {}", what, why.message());
}

}  // namespace sluice::actors
