// The variables of a request, wherever they stand. Pure.
#pragma once

#include <vector>

#include "runtime/config/http_config.hpp"

namespace sluice::config {

/// All variables that the templates of a request name, some of them more than once; those of the
/// item that stands where none is written, too.
std::vector<template_variable> variables_of(const http_request_config& request);

}  // namespace sluice::config
