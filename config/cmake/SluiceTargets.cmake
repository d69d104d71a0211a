# How every target of this tree is made, so that warnings, sanitizers and include paths are said once.

add_library(sluice_options INTERFACE)
target_include_directories(sluice_options INTERFACE "${PROJECT_SOURCE_DIR}")
# Compiled together, a source shadows what another one keeps to itself, and no source is the main one.
target_compile_options(sluice_options INTERFACE
  $<IF:$<BOOL:${SLUICE_UNITY}>,-Wno-subobject-linkage,-Wshadow>
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
# Some libraries ask for -pthread. It defines a macro, and a precompiled header serves sources with the same
# macros only: everybody has it.
target_compile_options(sluice_options INTERFACE -pthread)
if(SLUICE_SANITIZE)
  # CAF 0.17.6's headers bind references to null (init_fun_factory.hpp:85): not ours to fix.
  target_compile_options(sluice_options INTERFACE
    -fsanitize=${SLUICE_SANITIZE} -fno-sanitize=null -fno-sanitize-recover=undefined
    -fno-omit-frame-pointer)
  target_link_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE})
endif()

include(SluicePrecompiled)

# Where SLUICE_UNITY is on, a dozen sources of the target at a time are one for the compiler.
function(sluice_compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${SLUICE_UNITY} UNITY_BUILD_BATCH_SIZE 12)
endfunction()

# sluice_library(NAME SOURCES file... [LINK target...] [PRECOMPILED name])
#   A static library `sluice_NAME`; LINK is public. PRECOMPILED: see SluicePrecompiled.cmake.
function(sluice_library name)
  cmake_parse_arguments(arg "" "PRECOMPILED" "SOURCES;LINK" ${ARGN})
  if(NOT arg_PRECOMPILED)
    set(arg_PRECOMPILED plain)
  endif()
  add_library(sluice_${name} STATIC ${arg_SOURCES})
  target_precompile_headers(sluice_${name} REUSE_FROM sluice_precompiled_${arg_PRECOMPILED})
  sluice_compile_together(sluice_${name})
  target_link_libraries(sluice_${name} PUBLIC sluice_options ${arg_LINK})
endfunction()

# What `tests/run --unit` builds.
add_custom_target(sluice_unit_tests)

# sluice_test(NAME SOURCES file... [LINK target...] [LABELS label...] [TIMEOUT seconds] [SERIAL]
#             [PRECOMPILED name])
#   A doctest program `test_NAME`; ctest runs each of its test cases on its own as `NAME: claim`.
#   LABELS say what it needs beside itself: `servers` of databases, the whole program (`e2e`), a `package`;
#   a program without a label is a unit test, see `tests/run --unit`.
#   SERIAL keeps its cases from running beside any other test.
function(sluice_test name)
  cmake_parse_arguments(arg "SERIAL" "TIMEOUT;PRECOMPILED" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_PRECOMPILED)
    set(arg_PRECOMPILED test)
  endif()
  add_executable(test_${name} ${arg_SOURCES} $<TARGET_OBJECTS:sluice_test_main>)
  target_link_libraries(test_${name} PRIVATE sluice_options sluice_test_support doctest::doctest
    ${arg_LINK})
  target_precompile_headers(test_${name} REUSE_FROM sluice_precompiled_${arg_PRECOMPILED})
  sluice_compile_together(test_${name})
  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_LABELS)
    list(APPEND properties LABELS "${arg_LABELS}")
  else()
    add_dependencies(sluice_unit_tests test_${name})
  endif()
  if(arg_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  if(SLUICE_SANITIZE MATCHES thread)
    list(APPEND properties ENVIRONMENT
      "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.suppressions:history_size=7")
  endif()
  if(SLUICE_SANITIZE MATCHES address)
    list(APPEND properties ENVIRONMENT
      "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/lsan.suppressions:print_suppressions=0")
  endif()
  doctest_discover_tests(test_${name} TEST_PREFIX "${name}: " PROPERTIES ${properties})
endfunction()

# Whatever links CAF links this in front of it: ThreadSanitizer has to know how messages travel.
add_library(sluice_caf_order INTERFACE)
if(SLUICE_SANITIZE MATCHES thread)
  add_library(sluice_tsan_caf SHARED "${PROJECT_SOURCE_DIR}/tests/support/tsan_caf.cpp")
  target_compile_options(sluice_tsan_caf PRIVATE -fsanitize=thread)
  target_link_libraries(sluice_tsan_caf PRIVATE CAF::core)
  target_link_libraries(sluice_caf_order INTERFACE -Wl,--no-as-needed sluice_tsan_caf)
endif()
