// The reference page against the program: which keys there are, and what they default to.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "runtime/config/byte_size.hpp"
#include "runtime/config/duration.hpp"
#include "tests/runtime/config/config_folder.hpp"
#include "tests/runtime/config/every_key.hpp"

using namespace sluice;
using nlohmann::ordered_json;
namespace every_key = test::every_key;

namespace {

/// Where a key stands: `{"delivery", "writers"}`. Positions in lists are left out.
using key_path = std::vector<std::string>;

std::string text_of(const key_path& path, std::size_t from = 0) {
  std::string out;
  for (auto i = from; i < path.size(); ++i) out += (i == from ? "" : ".") + path[i];
  return out;
}

// -- what the program knows --

/// One of the files, with a configuration around it in which it is valid.
class document {
 public:
  document(std::string file, const char* text) : file_(std::move(file)) {
    folder_.write("people.json", every_key::preset);
    if (file_ == "people.json")
      folder_.write("connections/customers.json", every_key::preset_connection);
    if (file_ == "connections/following.json")
      folder_.write("connections/customers.json", every_key::api_connection);
    folder_.patch_node(R"({"accounts": {"shop": {"concurrency": 5}}})");
    folder_.write(file_, text);
  }

  [[nodiscard]] const test::config_folder& folder() const { return folder_; }

  /// The keys that the program knows beside the wrong one that was put into the object at `place`.
  [[nodiscard]] std::vector<std::string> known_at(const ordered_json::json_pointer& place,
                                                  ordered_json spoilt) const {
    const std::string wrong = "???";
    spoilt[place][wrong] = 1;
    folder_.write(file_, spoilt.dump());
    for (const auto& problem : folder_.load().problems)
      if (problem.message == "unknown key \"" + wrong + "\"") return quoted_in(problem.hint);
    return {};  // any key may stand there
  }

 private:
  static std::vector<std::string> quoted_in(const std::string& text) {
    std::vector<std::string> out;
    for (auto at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
      const auto end = text.find('"', at + 1);
      out.push_back(text.substr(at + 1, end - at - 1));
      at = end;
    }
    return out;
  }

  std::string file_;
  test::config_folder folder_;
};

/// The path of what is inside `key`: one for all that have the same keys.
key_path inside(key_path path, const std::string& key) {
  static const std::set<std::string> requests{"upsert", "insert", "update", "delete"};
  const auto outer = path.empty() ? std::string() : path.back();
  if (outer == "mapping" || outer == "parameters" || outer == "credentials") {
    path.emplace_back("*");  // people name them
  } else if (outer == "destination" && key == "auth") {
    path = {"credentials", "*"};  // the same, without a name
  } else if (outer == "accounts") {
    path = {"destination"};  // limits as a destination has them
  } else if (outer == "answer") {
    path.emplace_back("rule");
  } else if (outer == "lookup" && key == "request") {
    path = {"destination", "request"};  // one more
  } else if (outer == "destination" && requests.contains(key)) {
    path.emplace_back("request");
  } else if (outer == "request" && (key == "results" || key == "answer" || key == "csv")) {
    path.back() = key;
  } else if (outer == "body") {
    path = {"part"};  // of a multipart body
  } else {
    path.push_back(key);
  }
  return path;
}

/// Whether people choose the keys of the object there, or they belong to something else.
bool is_foreign(const key_path& path) {
  const bool of_preset = path.size() > 1 && path[0] == "preset file" && path[1] == "destination";
  return of_preset || (!path.empty() && path.back() == "with");
}

/// Calls `take` with each object inside `value`, its pointer and its path.
template <class Take>
void for_each_object(const ordered_json& value, const ordered_json::json_pointer& place,
                     const key_path& path, const Take& take) {
  if (is_foreign(path)) return;
  if (value.is_object()) {
    take(value, place, path);
    for (const auto& [key, member] : value.items())
      for_each_object(member, place / key, inside(path, key), take);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) for_each_object(value[i], place / i, path, take);
  }
}

struct found_keys {
  std::set<key_path> known;
  std::set<key_path> used;
};

void look_into(const char* file, const char* text, found_keys& out, const key_path& root = {}) {
  const document subject(file, text);
  const auto valid = subject.folder().problems();
  REQUIRE_MESSAGE(valid == "", text);
  const auto whole = ordered_json::parse(text);
  for_each_object(whole, ordered_json::json_pointer(), root,
                  [&](const auto& object, const auto& place, const auto& path) {
                    const auto known = subject.known_at(place, whole);
                    const auto at = [&](const std::string& key) {
                      auto inner = path;
                      inner.push_back(key);
                      return inner;
                    };
                    for (const auto& key : known) out.known.insert(at(key));
                    if (known.empty()) return;
                    for (const auto& [key, value] : object.items()) out.used.insert(at(key));
                  });
}

/// Every key of node and connections, without those of presets.
found_keys all_keys() {
  found_keys out;
  look_into("node.json", every_key::node, out);
  for (const auto* text :
       {every_key::table_connection, every_key::cursor_connection, every_key::api_connection,
        every_key::preset_connection, every_key::authorized_connection, every_key::bare_api})
    look_into("connections/customers.json", text, out);
  look_into("connections/following.json", every_key::following_connection, out);
  return out;
}

// -- what the page says --

struct row {
  std::string value;
  std::string otherwise;  ///< the default
};

/// The rows of the tables of keys, by key.
class reference_page {
 public:
  reference_page() {
    std::ifstream in(std::filesystem::path(SLUICE_SOURCE_DIR) / "config/reference.md");
    text_.assign(std::istreambuf_iterator<char>(in), {});
    std::istringstream lines(text_);
    bool of_keys = false;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("| ")) {
        of_keys = false;
      } else if (line.starts_with("| key | value | default |")) {
        of_keys = true;
      } else if (of_keys && line.starts_with("| `")) {
        add(line);
      }
    }
  }

  [[nodiscard]] const std::map<std::string, row>& rows() const { return rows_; }
  /// The row of the key, by as much of its path as the page names.
  [[nodiscard]] const row* row_of(const key_path& path) const {
    for (std::size_t from = 0; from < path.size(); ++from)
      if (const auto found = rows_.find(text_of(path, from)); found != rows_.end())
        return &found->second;
    return nullptr;
  }
  /// Whether the key has a row, or stands in that of an object around it, or in an example.
  [[nodiscard]] bool tells_of(const key_path& path) const {
    if (row_of(path) != nullptr || has_rows_within(path)) return true;
    const auto quoted = "\"" + path.back() + "\"";
    for (auto outer = path; outer.size() > 1;) {
      outer.pop_back();
      const auto* const found = row_of(outer);
      if (found != nullptr && found->value.find(quoted) != std::string::npos) return true;
      if (outer.size() == 1 && outer.front() == "mapping")
        return text_.find(quoted + ": ") != std::string::npos;
    }
    return false;
  }

 private:
  [[nodiscard]] bool has_rows_within(const key_path& path) const {
    const auto inner = rows_.lower_bound(text_of(path) + ".");
    return inner != rows_.end() && inner->first.starts_with(text_of(path) + ".");
  }

  void add(const std::string& line) {
    std::vector<std::string> cells;
    for (std::size_t at = 2; at < line.size();) {
      const auto end = std::min(line.find(" | ", at), line.size());
      cells.push_back(line.substr(at, end - at));
      at = end + 3;
    }
    if (cells.size() < 3) return;
    for (auto at = cells[0].find('`'); at != std::string::npos; at = cells[0].find('`', at + 1)) {
      const auto end = cells[0].find('`', at + 1);
      rows_[cells[0].substr(at + 1, end - at - 1)] = {cells[1], cells[2]};
      at = end;
    }
  }

  std::string text_;
  std::map<std::string, row> rows_;
};

/// The words of a cell: what stands in back quotes, and what stands free.
std::vector<std::string> words_of(std::string cell) {
  for (auto& c : cell)
    if (c == '`' || c == ',' || c == ';') c = ' ';
  std::istringstream in(cell);
  return {std::istream_iterator<std::string>(in), {}};
}

/// Whether a default on the page is this value, in whatever unit.
bool says(const std::string& cell, const ordered_json& value) {
  return std::ranges::any_of(words_of(cell), [&](const std::string& word) {
    if (word == value.dump()) return true;
    if (!value.is_string()) return false;
    const auto text = value.get<std::string>();
    if (word == text) return true;
    const auto duration = config::parse_duration(word);
    if (duration && duration == config::parse_duration(text)) return true;
    const auto bytes = config::parse_byte_size(word);
    return bytes && bytes == config::parse_byte_size(text);
  });
}

key_path path_of(const std::string& pointer) {
  key_path out;
  std::istringstream in(pointer.substr(1));
  for (std::string step; std::getline(in, step, '/');)
    if (step.find_first_not_of("0123456789") != std::string::npos) out.push_back(step);
  return out;
}

}  // namespace

TEST_CASE("files that are to use every key of the configuration lack none") {
  const test::variable password("SHOP_PASSWORD", "x");
  auto keys = all_keys();
  look_into("people.json", every_key::preset, keys, {"preset file"});
  for (const auto& key : keys.known) {
    INFO("tests/runtime/config/every_key.hpp has no ", text_of(key));
    CHECK(keys.used.contains(key));
  }
  CHECK(keys.known.size() > 150);
}

TEST_CASE("the reference page tells of every key, and of none that there is not") {
  const test::variable password("SHOP_PASSWORD", "x");
  const auto keys = all_keys();
  const reference_page page;
  for (const auto& key : keys.known) {
    INFO("config/reference.md has no row for ", text_of(key));
    CHECK(page.tells_of(key));
  }
  for (const auto& entry : page.rows()) {
    const auto& name = entry.first;
    INFO("config/reference.md has a row for ", name);
    CHECK(std::ranges::any_of(keys.known, [&](const key_path& key) {
      const auto text = text_of(key);
      return text == name || text.ends_with("." + name);
    }));
  }
}

TEST_CASE("the defaults on the reference page are those that hold") {
  const std::set<std::string> told_in_words{"/node", "/listen", "/name"};
  const test::config_folder folder;
  folder.write("node.json", every_key::bare_node);
  folder.remove("connections/customers.json");
  folder.write("connections/file.json", every_key::bare_file);
  folder.write("connections/table.json", every_key::bare_table);
  folder.write("connections/api.json", every_key::bare_api);
  const auto loaded =
      config::load(folder.path() / "node.json", config::references::left, config::effective::seen);
  REQUIRE_MESSAGE(loaded.effective, config::to_text(loaded.problems));
  const reference_page page;
  std::size_t checked = 0;
  const auto check = [&](const config::effective_file& file) {
    const auto holds = ordered_json::parse(file.json);
    for (const auto& pointer : file.defaults) {
      if (told_in_words.contains(pointer)) continue;
      const auto& value = holds[ordered_json::json_pointer(pointer)];
      const auto* const row = page.row_of(path_of(pointer));
      INFO(pointer, " defaults to ", value.dump(), "; the page says ", row ? row->otherwise : "");
      CHECK((row != nullptr && says(row->otherwise, value)));
      ++checked;
    }
  };
  check(loaded.effective->node);
  for (const auto& connection : loaded.effective->connections) {
    CAPTURE(connection.first);
    check(connection.second);
  }
  CHECK(checked > 50);
}
