# Writes OUT, a C++ source that holds each of FILES (in FOLDER) gzipped: the table of console_files.cpp.
# The same files give the same bytes: gzip is told to leave name and time out.
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")

set(entries "")
list(SORT FILES)
foreach(path IN LISTS FILES)
  execute_process(COMMAND "${GZIP}" -9nc "${FOLDER}/${path}" OUTPUT_FILE embedded.gz
    COMMAND_ERROR_IS_FATAL ANY)
  file(READ embedded.gz hex HEX)
  file(SIZE embedded.gz packed)
  file(SIZE "${FOLDER}/${path}" plain)
  file(SHA256 "${FOLDER}/${path}" hash)
  string(SUBSTRING "${hash}" 0 32 hash)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
  cmake_path(GET path EXTENSION LAST_ONLY ending)
  string(SUBSTRING "${ending}" 1 -1 ending)
  if(NOT DEFINED type_${ending})
    message(FATAL_ERROR "embed.cmake: no media type is known for ${path}")
  endif()
  string(APPEND entries "    {\"${path}\", \"${type_${ending}}\", \"\\\"${hash}\\\"\", ${plain},\n"
    "     std::string_view{\"${bytes}\", ${packed}}},\n")
endforeach()
file(REMOVE embedded.gz)
file(WRITE "${OUT}" "// Made by embed.cmake.
#include \"runtime/web/console/console_files.hpp\"

namespace sluice::web {

std::span<const console_file> console_files() {
  static constexpr console_file all[] = {
${entries}  };
  return all;
}

}  // namespace sluice::web
")
