// The files of the console: HTML, modules and a style sheet, as the build has put them into the
// program.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sluice::web {

/// A file as it is served. Everything lasts as long as the program.
struct console_file {
  std::string_view path;     ///< below the console's address: "screens/run.js"
  std::string_view type;     ///< its media type, with the charset of text
  std::string_view etag;     ///< of what it holds, in quotes, as the header has it
  std::size_t size;          ///< bytes, inflated
  std::string_view gzipped;  ///< one gzip member, to be sent with `Content-Encoding: gzip`
};

/// All of them, by path.
[[nodiscard]] std::span<const console_file> console_files();

/// The file of that path, `index.html` for an empty one; null if there is none.
[[nodiscard]] const console_file* find_console_file(std::string_view path);

}  // namespace sluice::web
