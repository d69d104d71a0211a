// Compiles mapping and model into a plan, or throws an error that names everything that does not
// fit.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/mapping/known_ids.hpp"
#include "runtime/mapping/row_plan.hpp"
#include "runtime/source/model_column.hpp"

namespace sluice::mapping {

/// Compiles the mapping of `connection` against the columns that its model has.
///
/// - Column names are compared exactly. An empty mapping takes every column under its own name; a
///   dot in a column's name does not nest.
/// - Key columns need not be mapped. `row_schema::keys` has them under their source names.
/// - `field::column` is set where a field copies a column without a cast.
///
/// Throws `failure` (invalid_config) that lists *all* mapped and key columns that the model lacks,
/// each with the nearest name it has, and all used names that several of its columns share.
///
/// `known`: of the connections that the mapping names. Empty: the plan packs no row of a mapping
/// that names one.
row_plan compile(const std::string& connection, const std::vector<config::mapped_field>& mapping,
                 const std::vector<std::string>& key,
                 const std::vector<source::model_column>& columns,
                 const known_ids_by_connection& known = {});

}  // namespace sluice::mapping
