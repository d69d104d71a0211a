# How cmake-lint looks at CMake files. cmake-format is not used: it would tear the lists of sources and
# targets apart that stand here a line per kind.
with section("parse"):
    additional_commands = {
        "sluice_library": {"pargs": 1, "kwargs": {"SOURCES": "+", "LINK": "*"}},
        "sluice_test": {
            "pargs": 1,
            "flags": ["SERIAL"],
            "kwargs": {"SOURCES": "+", "LINK": "*", "LABELS": "*", "TIMEOUT": 1},
        },
    }
with section("format"):
    line_width = 110
    tab_size = 2
with section("lint"):
    # No docstring and no COMMENT is asked for, and variables of a directory are named like all others.
    disabled_codes = ["C0111", "C0113"]
    argument_var_pattern = "[a-z_][a-z0-9_]+"
    private_var_pattern = "_?[a-z][a-z0-9_]+"
    public_var_pattern = "[A-Za-z][0-9A-Za-z_]+"
