#include "runtime/config/json_document.hpp"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "messages/expect.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/os/small_file.hpp"

namespace sluice::config {
namespace {

/// Significant digits: those of 0.0250 are 25.
std::size_t significant_digits(std::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (c == 'e' || c == 'E') break;
    if (c >= '0' && c <= '9') digits += c;
  }
  const auto first = digits.find_first_not_of('0');
  if (first == std::string::npos) return 0;
  return digits.find_last_not_of('0') - first + 1;
}

/// Builds the tree, and keeps track of the parser's position in it.
class tree_builder final : public nlohmann::json_sax<ordered_json> {
 public:
  tree_builder(const std::filesystem::path& file, std::vector<problem>& problems)
      : problems_(file, problems) {}

  /// The tree, or nothing if the parser gave up.
  std::optional<ordered_json> take() {
    if (failed_) return std::nullopt;
    return std::move(root_);
  }

  bool null() override { return add(nullptr); }
  bool boolean(bool x) override { return add(x); }
  bool number_integer(number_integer_t x) override { return add(x); }
  bool number_unsigned(number_unsigned_t x) override { return add(x); }
  bool number_float(number_float_t x, const string_t& written) override {
    if (significant_digits(written) > limits::number_digits)
      complain(
          next_pointer(),
          "has more than " + std::to_string(limits::number_digits) + " digits and would be rounded",
          "write it as a string");
    return add(x);
  }
  bool string(string_t& x) override { return add(std::move(x)); }
  bool binary(binary_t&) override { return false; }  // JSON texts have none

  bool start_object(std::size_t) override { return open(ordered_json::object()); }
  bool key(string_t& x) override {
    auto& here = levels_.back();
    here.repeated = !here.keys.insert(x).second;
    if (here.repeated)
      complain(child_pointer(here.pointer, x), "the key \"" + x + "\" occurs twice",
               "keep one of the two");
    here.key = std::move(x);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(ordered_json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t, const std::string&, const ordered_json::exception& e) override {
    // "[json.exception.parse_error.101] parse error at line 2, column 5: syntax error while parsing
    // value - unexpected '}'; last read: '…'"
    std::string_view text = e.what();
    if (text.starts_with('[')) text.remove_prefix(std::min(text.find("] ") + 2, text.size()));
    text = text.substr(0, text.find("; last read:"));
    constexpr std::string_view overflow = "number overflow";  // its message ends in the number
    if (text.starts_with(overflow)) text = "a number is too large";
    complain("", "is not valid JSON: " + std::string(text), "");
    failed_ = true;
    return false;
  }

 private:
  struct level {
    ordered_json* container;
    std::string pointer;
    std::unordered_set<std::string> keys = {};  ///< of the members so far
    std::string key = {};                       ///< of the member that comes next
    bool repeated = false;                      ///< `key` has occurred before
  };

  void complain(std::string pointer, std::string message, std::string hint) {
    problems_.add(std::move(pointer), std::move(message), std::move(hint));
  }

  [[nodiscard]] std::string next_pointer() const {
    if (levels_.empty()) return "";
    const auto& here = levels_.back();
    return child_pointer(here.pointer, here.container->is_array()
                                           ? std::to_string(here.container->size())
                                           : here.key);
  }

  /// Adds a value at the parser's position. The value keeps its address until the container around
  /// it ends.
  ordered_json& place(ordered_json value) {
    if (levels_.empty()) return root_ = std::move(value);
    auto& here = levels_.back();
    if (here.container->is_array()) {
      here.container->push_back(std::move(value));
      return here.container->back();
    }
    if (here.repeated) return repeated_.emplace_back(std::move(value));
    // Not operator[], which compares all members: `keys` has shown that this key is new.
    auto& members = here.container->get_ref<ordered_json::object_t&>();
    return static_cast<ordered_json::object_t::Container&>(members)
        .emplace_back(here.key, std::move(value))
        .second;
  }

  bool add(ordered_json value) {
    place(std::move(value));
    return true;
  }

  bool open(ordered_json container) {
    auto pointer = next_pointer();
    if (levels_.size() == limits::depth) {
      complain(std::move(pointer), "is nested more than " + std::to_string(limits::depth) + " deep",
               "");
      failed_ = true;
      return false;
    }
    levels_.push_back({&place(std::move(container)), std::move(pointer)});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  file_problems problems_;
  ordered_json root_;
  std::deque<ordered_json> repeated_;  ///< receives the values of repeated keys
  std::vector<level> levels_;
  bool failed_ = false;
};

}  // namespace

std::optional<ordered_json> read_json(const std::filesystem::path& file,
                                      std::vector<problem>& problems) {
  const auto content = os::read_small_file(file, limits::config_file);
  if (!content.text) {
    problems.push_back({file, "", "cannot be read: " + content.why, ""});
    return std::nullopt;
  }
  tree_builder builder(file, problems);
  const bool strict = true;  // nothing after the document
  const bool ignore_comments = true;
  ordered_json::sax_parse(*content.text, &builder, ordered_json::input_format_t::json, strict,
                          ignore_comments);
  return builder.take();
}

ordered_json parse_dumped(std::string_view text) {
  std::vector<problem> none;
  tree_builder builder({}, none);
  ordered_json::sax_parse(text, &builder);
  auto tree = builder.take();
  expect(tree && none.empty(), "parse JSON", "a text that `dump` has written");
  return std::move(*tree);
}

std::string child_pointer(const std::string& pointer, std::string_view key) {
  std::string out = pointer + "/";
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace sluice::config
