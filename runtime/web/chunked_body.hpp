// A body that comes in chunks (RFC 9112, section 7.1). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::web {

class chunked_body {
 public:
  enum class state : std::uint8_t { more, whole, broken, too_large };

  /// `most`: bytes of all chunks together.
  explicit chunked_body(std::size_t most) : most_(most) {}

  /// Cuts off `bytes` what it understands. `more`: what is left is the beginning of a line, shorter
  /// than `longest_line`, and belongs before the bytes that follow. Extensions of chunks are
  /// skipped; trailers are refused, since nobody here knows any.
  state read(std::string_view& bytes);
  /// The content of the chunks so far, which is then gone.
  [[nodiscard]] std::string take() { return std::move(text_); }

  static constexpr std::size_t longest_line = 256;

 private:
  enum class stage : std::uint8_t { size, content, end_of_content, end };

  state read_size(std::string_view& bytes);
  static state expect_line_end(std::string_view& bytes);

  std::size_t most_;
  stage stage_ = stage::size;
  std::uint64_t left_ = 0;  ///< of the present chunk
  std::string text_;
};

}  // namespace sluice::web
