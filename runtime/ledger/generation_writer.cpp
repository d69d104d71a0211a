#include "runtime/ledger/generation_writer.hpp"

#include <cstddef>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::ledger {

generation_writer::generation_writer(file out, const generation_plan& plan)
    : out_(std::move(out)),
      layout_(plan.capacity, plan.with_presence),
      pages_(out_, layout_.pages_at),
      index_(out_, layout_.index_at),
      heap_(out_, layout_.heap_at),
      presence_(out_, layout_.presence_at, byte_count{layout_.presence_bytes}) {
  header_.magic = generation_magic;
  header_.version = generation_version;
  header_.has_presence = plan.with_presence ? 1 : 0;
  header_.number = plan.number;
  header_.capacity = plan.capacity;
}

void generation_writer::add(entry each, std::string_view packed_key, std::string_view remembered) {
  expect(header_.entries < header_.capacity, "write ledger",
         "no more keys than the generation was laid out for");
  expect(header_.entries == 0 || last_ < each.key, "write ledger", "keys in ascending order");
  last_ = each.key;
  each.key_at = header_.heap_bytes;
  each.flags &= ~std::uint32_t{flag_remembers};
  if (!remembered.empty()) {
    each.flags |= flag_remembers;
    header_.version = remembering_version;
  }
  if (page_.empty()) fence_ = each.key;
  append(page_, each);
  if (page_.size() == entries_per_page * sizeof(entry)) finish_page();
  presence_.add(each.key.high);
  append_heap(bytes_of(static_cast<std::uint32_t>(packed_key.size())));
  append_heap(packed_key);
  if (!remembered.empty()) {
    append_heap(bytes_of(static_cast<std::uint32_t>(remembered.size())));
    append_heap(remembered);
  }
  ++header_.entries;
  if (each.acknowledged()) ++header_.acknowledged;
}

void generation_writer::finish_page() {
  page_.resize(page_bytes, '\0');
  const page_index described{fence_, checksum(page_)};
  index_checksum_.update(bytes_of(described));
  index_.append(bytes_of(described));
  pages_.append(page_);
  page_.clear();
}

void generation_writer::append_heap(std::string_view bytes) {
  heap_.append(bytes);
  while (!bytes.empty()) {
    const auto room = heap_block_bytes - header_.heap_bytes % heap_block_bytes;
    const auto taken = bytes.substr(0, room);
    heap_block_checksum_.update(taken);
    header_.heap_bytes += taken.size();
    bytes.remove_prefix(taken.size());
    if (header_.heap_bytes % heap_block_bytes == 0) {
      heap_checksums_.push_back(heap_block_checksum_.value());
      heap_block_checksum_.reset();
    }
  }
}

file generation_writer::finish() {
  if (!page_.empty()) finish_page();
  if (header_.heap_bytes % heap_block_bytes != 0)
    heap_checksums_.push_back(heap_block_checksum_.value());
  presence_.finish();
  pages_.flush();
  index_.flush();
  heap_.flush();

  const std::string_view sums(reinterpret_cast<const char*>(heap_checksums_.data()),
                              heap_checksums_.size() * sizeof(std::uint64_t));
  out_.write(layout_.heap_checksums_at(header_.heap_bytes), sums);
  // A generation without keys writes no region behind the header, yet the file must have the size
  // of the layout.
  if (out_.size() < layout_.file_bytes(header_.heap_bytes))
    out_.truncate(layout_.file_bytes(header_.heap_bytes));
  header_.index_checksum = index_checksum_.value();
  header_.heap_checksums_checksum = checksum(sums);
  header_.header_checksum =
      checksum(bytes_of(header_).substr(0, offsetof(generation_header, header_checksum)));
  out_.write(0, bytes_of(header_));
  return std::move(out_);
}

}  // namespace sluice::ledger
