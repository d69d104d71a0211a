# What `cmake --install` puts where.

# The program writes its own manual page and completions, so that they know every option it has.
set(texts "${CMAKE_CURRENT_BINARY_DIR}/config")
file(MAKE_DIRECTORY "${texts}/completion")
set(say "${CMAKE_COMMAND}" -E env --unset=SLUICE_NODE $<TARGET_FILE:sluice>)
add_custom_command(
  OUTPUT "${texts}/sluice.1.gz" "${texts}/completion/sluice" "${texts}/completion/_sluice"
    "${texts}/completion/sluice.fish"
  COMMAND ${say} man > "${texts}/sluice.1"
  COMMAND gzip -9 --no-name --force "${texts}/sluice.1"
  COMMAND ${say} completion bash > "${texts}/completion/sluice"
  COMMAND ${say} completion zsh > "${texts}/completion/_sluice"
  COMMAND ${say} completion fish > "${texts}/completion/sluice.fish"
  DEPENDS sluice
  COMMENT "Writing the manual page and the completions"
  VERBATIM)
add_custom_target(sluice_texts ALL DEPENDS "${texts}/sluice.1.gz")

# The configuration goes in as an example: /etc/sluice is the administrator's.
install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md config/reference.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY config/destinations DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES config/node.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES config/connections/customers.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/connections)
install(FILES "${texts}/sluice.1.gz" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES "${texts}/completion/sluice"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES "${texts}/completion/sluice.fish"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
configure_file(config/cmake/PrefixDependent.cmake.in config/PrefixDependent.cmake @ONLY)
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/config/PrefixDependent.cmake")
