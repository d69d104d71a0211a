#include "runtime/destinations/http/lookups.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "runtime/destinations/http/http_delivery.hpp"
#include "runtime/diff/fingerprint.hpp"

namespace sluice::destinations {
namespace {

using miss = config::http_lookup::miss;

std::vector<std::string> names_of(const config::http_lookup& lookup) {
  std::vector<std::string> out;
  std::ranges::transform(lookup.request.take, std::back_inserter(out), &config::taken_value::name);
  return out;
}

/// The setup of an http_delivery whose rows are questions.
delivery_setup setup_for_questions(delivery_setup setup) {
  setup.has_ids = setup.may_insert = setup.may_update = false;
  setup.changed = true;  // a conflict is refused, and nothing is in doubt after it
  setup.confirms = [](std::uint64_t) {};
  return setup;
}

}  // namespace

lookups::lookups(const config::http_config& destination, const delivery_context& run,
                 std::shared_ptr<lookup_cache> cache)
    : config_(*destination.lookup),
      names_(names_of(config_)),
      plan_(config_.request, destination, run),
      cache_(config_.cached ? std::move(cache) : nullptr) {}

// -- rows -----------------------------------------------------------------------------------------

value_source::found_value lookups::find(const delta_view& delta, std::size_t name) {
  const auto found = found_.find(delta.key_hash);
  if (found == found_.end()) return {.value = {}, .refusal = "nothing was looked up for the row"};
  return {found->second->values()[name], {}};
}

lookups::row_list lookups::result::held_back() const {
  auto out = unanswered;
  std::ranges::transform(refused, std::back_inserter(out), &rejection::index);
  std::ranges::sort(out);
  return out;
}

void lookups::result::tell(batch_outcome& whole) {
  for (auto& each : refused) {
    if (!each.unproven) whole.fates[each.index] = fate::rejected;
    whole.rejections.push_back(std::move(each));
  }
  std::ranges::sort(whole.rejections, {}, &rejection::index);
  if (!whole.failed) whole.failed = std::move(failed);
  if (ask_again_at) whole.ask_again_at = ask_again_at;
}

lookups::result lookups::look_up(const batch& deltas, std::span<const std::uint32_t> rows,
                                 const delivery_setup& setup) {
  result out;
  found_.clear();
  auto open = questions_of(deltas, rows, out);
  while (!open.empty() && !out.failed && !setup.stop.stop_requested()) {
    {
      std::optional<lookup_cache::claims> claims;
      if (cache_) claims.emplace(*cache_);
      auto* const held = claims ? &*claims : nullptr;
      if (const auto mine = take(open, deltas, held, out); !mine.empty())
        ask(mine, deltas, setup, held, out);
    }
    std::erase_if(open, [](const question& q) { return q.settled; });
    // What is left is asked by other writers.
    if (!open.empty() && !out.failed && cache_)
      static_cast<void>(cache_->wait(open.front().hash, setup.stop));
  }
  for (const auto& each : open)
    out.unanswered.insert(out.unanswered.end(), each.rows.begin(), each.rows.end());
  return out;
}

void lookups::settle(question& of, const batch& deltas, const lookup_cache::answer& found,
                     result& out) {
  of.settled = true;
  const bool held = !found->missing().empty() && config_.on_miss != miss::null;
  const std::string_view why = config_.on_miss == miss::skip
                                   ? "skipped, since the look-up found nothing: "
                                   : "the look-up found nothing: ";
  for (const auto row : of.rows) {
    if (held)
      out.refused.push_back({row, std::string(why) + found->missing()});
    else
      found_.insert_or_assign(deltas[row].key_hash, found);
  }
}

// -- questions ------------------------------------------------------------------------------------

hash128 lookups::hash_of(const http::http_request& alone, const delta_view& delta) {
  auto text = alone.url + '\n';
  for (const auto& header : alone.headers) text += header + '\n';
  text += alone.body;
  const auto& results = config_.request.results;
  if (results && std::holds_alternative<config::http_results::by_value>(results->match))
    text += '\n' + plan_.match_text(delta);
  return diff::fingerprint(text);
}

lookups::question_list lookups::questions_of(const batch& deltas,
                                             std::span<const std::uint32_t> rows, result& out) {
  question_list all;
  std::unordered_map<hash128, std::size_t, lookup_cache::hasher> known;
  for (const auto row : rows) {
    auto built = plan_.build(deltas, std::span(&row, 1));
    if (built.rows.empty()) {
      for (auto& each : built.unsendable)
        out.refused.push_back({row, "nothing can be looked up: " + each.reason});
      continue;
    }
    const auto hash = hash_of(built.request, deltas[row]);
    const auto [at, is_new] = known.emplace(hash, all.size());
    if (cache_ && !is_new) {
      all[at->second].rows.push_back(row);
    } else {
      all.push_back({hash, {row}});
    }
  }
  return all;
}

std::vector<lookups::question*> lookups::take(question_list& all, const batch& deltas,
                                              lookup_cache::claims* claims, result& out) {
  std::vector<question*> mine;
  for (auto& each : all) {
    const auto finding =
        claims != nullptr ? claims->take(each.hash) : lookup_cache::claims::finding{nullptr, true};
    if (finding.known) settle(each, deltas, finding.known, out);
    if (finding.mine) mine.push_back(&each);
  }
  return mine;
}

void lookups::ask(const std::vector<question*>& what, const batch& deltas,
                  const delivery_setup& setup, lookup_cache::claims* claims, result& out) {
  // One row for each question, under a name by which later batches know it again.
  batch asked(deltas.number());
  for (const auto* const each : what) {
    const auto d = deltas[each->rows.front()];
    asked.append(d.op, each->hash, {}, d.key, d.row);
  }
  auto of_questions = setup_for_questions(setup);
  of_questions.looked_up = [&](std::uint32_t row, row_verdict told) {
    if (told.found.empty())  // the status alone tells it
      for (std::size_t i = 0; i < names_.size(); ++i) append_value(told.found, {});
    const auto found =
        std::make_shared<const looked_up>(std::move(told.found), std::move(told.reason));
    if (claims != nullptr) claims->settle(what[row]->hash, found);
    settle(*what[row], deltas, found, out);
  };
  http_delivery delivery(asked, of_questions);
  row_list rows(asked.size());
  std::iota(rows.begin(), rows.end(), std::uint32_t{0});
  delivery.deliver(plan_, std::move(rows));
  auto outcome = delivery.take_outcome();
  for (const auto& refused : outcome.rejections) {
    what[refused.index]->settled = true;
    for (const auto row : what[refused.index]->rows)
      out.refused.push_back(
          {row, "the look-up failed: " + refused.reason, refused.status, false, refused.unproven});
  }
  for (auto* const each : what) {
    if (std::exchange(each->settled, true)) continue;
    out.unanswered.insert(out.unanswered.end(), each->rows.begin(), each->rows.end());
  }
  out.failed = std::move(outcome.failed);
  out.ask_again_at = outcome.ask_again_at;
  out.lacked_rows += delivery.lacked_rows();
}

}  // namespace sluice::destinations
