# Headers that many sources expand are expanded once and reused. A target says which with PRECOMPILED:
# `plain` (the default) is the standard library, `json` adds nlohmann/json, `caf` adds CAF; tests have
# doctest beside them. Sources include what they use all the same: `tests/check` compiles headers alone and
# looks at sources without any of this.

set(SLUICE_PRECOMPILED_STANDARD
  <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <iterator> <map> <memory> <mutex>
  <optional> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant>
  <vector>)

# sluice_precompiled(NAME HEADERS header... [LINK target...])
function(sluice_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;LINK" ${ARGN})
  set(empty "${PROJECT_BINARY_DIR}/precompiled/${name}.cpp")
  if(NOT EXISTS "${empty}")
    file(WRITE "${empty}" "")
  endif()
  add_library(sluice_precompiled_${name} OBJECT "${empty}")
  target_link_libraries(sluice_precompiled_${name} PRIVATE sluice_options ${arg_LINK})
  target_precompile_headers(sluice_precompiled_${name} PRIVATE
    ${SLUICE_PRECOMPILED_STANDARD} ${arg_HEADERS})
endfunction()

sluice_precompiled(plain)
sluice_precompiled(json HEADERS <nlohmann/json.hpp> LINK nlohmann_json::nlohmann_json)
sluice_precompiled(caf HEADERS <caf/all.hpp> LINK CAF::core)
