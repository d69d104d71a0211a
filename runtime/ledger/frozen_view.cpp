#include "runtime/ledger/frozen_view.hpp"

#include <algorithm>
#include <array>

#include "messages/expect.hpp"
#include "runtime/ledger/merge_cursor.hpp"

namespace sluice::ledger {

frozen_view::frozen_view(layers frozen) : layers_(std::move(frozen)), seen_(layers_.entries()) {
  hide_superseded();
  keys_ = seen_.unset();
}

/// A key that has entries in several layers counts once, by its newest; one whose newest entry says
/// that it was removed does not count at all.
void frozen_view::hide_superseded() {
  const auto runs = layers_.runs();
  const auto* base = layers_.base().get();
  std::vector<std::uint64_t> first_ordinals(runs.size());  // newest first, as the runs
  auto next = base != nullptr ? base->entries() : 0;
  for (std::size_t i = runs.size(); i-- > 0;) {
    first_ordinals[i] = next;
    next += runs[i]->entries();
  }

  std::vector<hash128> keys;
  std::array<std::uint64_t, generation::block> positions;
  const auto hide_in_base = [&] {
    if (base != nullptr) {
      base->find(keys, positions);
      for (std::size_t i = 0; i < keys.size(); ++i)
        if (positions[i] != generation::absent) seen_.insert(positions[i]);
    }
    keys.clear();
  };

  merge_cursor cursor(runs);
  while (cursor.next()) {
    auto hidden = cursor.occurrences();
    if (cursor.winner().flags != 0) hidden = hidden.subspan(1);
    for (const auto& [run, position] : hidden) seen_.insert(first_ordinals[run] + position);
    keys.push_back(cursor.winner().key);
    if (keys.size() == generation::block) hide_in_base();
  }
  hide_in_base();
}

void frozen_view::lookup(std::span<const hash128> key_hashes,
                         std::span<std::optional<known_row>> found) {
  expect(found.size() >= key_hashes.size(), "look up keys", "room for each result");
  std::array<located, generation::block> where;
  for (std::size_t begin = 0; begin < key_hashes.size(); begin += generation::block) {
    const auto count = std::min(generation::block, key_hashes.size() - begin);
    layers_.find(key_hashes.subspan(begin, count), where);
    for (std::size_t i = 0; i < count; ++i) {
      const auto* value = where[i].value;
      if (value == nullptr)
        found[begin + i].reset();
      else
        found[begin + i] = known_row{value->named() ? hash128{} : value->fingerprint,
                                     value->epoch,
                                     value->acknowledged(),
                                     value->in_doubt(),
                                     where[i].ordinal,
                                     value->named() ? value->fingerprint : hash128{}};
    }
  }
}

void frozen_view::for_each_unseen(
    const std::function<bool(const hash128&, std::string_view)>& visit) {
  auto layers_oldest_first = layers_.all();
  std::reverse(layers_oldest_first.begin(), layers_oldest_first.end());
  auto layer = layers_oldest_first.begin();
  std::uint64_t first_ordinal = 0;
  seen_.for_each_unset([&](std::uint64_t ordinal) {
    while (ordinal - first_ordinal >= (*layer)->entries()) first_ordinal += (*layer++)->entries();
    const auto& each = (*layer)->at(ordinal - first_ordinal);
    return visit(each.key, (*layer)->packed_key(each));
  });
}

}  // namespace sluice::ledger
