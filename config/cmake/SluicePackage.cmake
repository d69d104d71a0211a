# `cpack -G DEB` in the build directory: a Debian package of what was built.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Sluice maintainers <maintainers@sluice.invalid>" CACHE STRING
  "Who distributes the package: Name <address>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "reverse ETL engine that starts, stops and drains syncs")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Sluice reads rows from a database over ODBC, works out what changed since the
destination last confirmed it, and delivers inserts, updates and deletes to
HTTP APIs, databases and files. No row is lost or skipped by a stop, a crash or
a destination that fails half-way.
.
A node runs as the service sluice.service and is configured in /etc/sluice.")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The catalog is an SQLite database; schedules name time zones.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libsqliteodbc, tzdata")
set(CPACK_DEBIAN_PACKAGE_PREDEPENDS "init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "odbc-postgresql, odbc-mariadb, ca-certificates")

# The service starts as soon as it is installed, so that it needs a configuration: one without
# connections.
set(debian "${CMAKE_CURRENT_SOURCE_DIR}/config/debian")
install(FILES "${debian}/node.json" DESTINATION /etc/sluice COMPONENT debian EXCLUDE_FROM_ALL)
install(DIRECTORY DESTINATION /etc/sluice/connections COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES "${debian}/copyright" DESTINATION share/doc/sluice COMPONENT debian EXCLUDE_FROM_ALL)
configure_file("${debian}/changelog.in" config/debian/changelog @ONLY)
set(changelog "${CMAKE_CURRENT_BINARY_DIR}/config/debian/changelog")
add_custom_command(OUTPUT "${changelog}.gz"
  COMMAND gzip -9 --no-name --force --keep "${changelog}" DEPENDS "${changelog}" VERBATIM)
add_custom_target(sluice_changelog ALL DEPENDS "${changelog}.gz")
install(FILES "${changelog}.gz" DESTINATION share/doc/sluice COMPONENT debian EXCLUDE_FROM_ALL)
set(CPACK_INSTALL_CMAKE_PROJECTS
  "${CMAKE_CURRENT_BINARY_DIR};sluice;ALL;/;${CMAKE_CURRENT_BINARY_DIR};sluice;debian;/")

set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${debian}/conffiles" "${debian}/postinst" "${debian}/prerm"
  "${debian}/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
