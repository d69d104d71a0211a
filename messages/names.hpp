// Names and numbers as types of their own: a run's id cannot be passed where a connection's name
// belongs, although both are texts.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

namespace detail {
template <class T>
concept is_name = requires {
  typename T::kind_of_name;
};
/// A text that is no name.
template <class T>
concept plain_text = std::convertible_to<const T&, std::string_view> && !is_name<T>;
}  // namespace detail

/// A text that names a thing of the given kind. A name is read as a text wherever one is asked for;
/// a text becomes a name where the code says so. A literal needs no such word, since its purpose
/// stands beside it.
template <class Kind>
class named {
 public:
  using kind_of_name = Kind;

  named() = default;
  template <std::size_t N>
  named(const char (&literal)[N]) : text_(literal) {}
  explicit named(const char* text) : text_(text) {}
  explicit named(std::string text) : text_(std::move(text)) {}
  explicit named(std::string_view text) : text_(text) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  operator const std::string&() const { return text_; }
  operator std::string_view() const { return text_; }

  bool operator==(const named&) const = default;
  auto operator<=>(const named&) const = default;
  template <detail::plain_text T>
  bool operator==(const T& other) const {
    return text_ == std::string_view(other);
  }
  template <detail::plain_text T>
  auto operator<=>(const T& other) const {
    return std::string_view(text_) <=> std::string_view(other);
  }

  friend std::string operator+(const std::string& before, const named& x) {
    return before + x.text_;
  }
  friend std::string operator+(const named& x, std::string_view behind) {
    return x.text_ + std::string(behind);
  }
  friend std::ostream& operator<<(std::ostream& out, const named& x) { return out << x.text_; }

  /// For CAF.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, named& x) {
    return f(x.text_);
  }

 private:
  std::string text_;
};

/// The name of a connection, as the configuration has it.
using connection_name = named<struct connection_kind>;
/// The id of a run: a ULID, so that ids sort by the start of their runs.
using run_id = named<struct run_kind>;
/// The name of a node of the cluster, as its configuration has it.
using node_name = named<struct node_kind>;

/// A text of a request that may be longer than others, and no name: see `value_form::longest`.
using long_text = named<struct long_text_kind>;

/// How many things of the given kind. A number becomes a count where the code says so.
template <class Kind>
class counted {
 public:
  constexpr counted() = default;
  explicit constexpr counted(std::uint64_t number) : number_(number) {}

  [[nodiscard]] constexpr std::uint64_t number() const { return number_; }
  auto operator<=>(const counted&) const = default;

  template <class Char>
  friend std::basic_ostream<Char>& operator<<(std::basic_ostream<Char>& out, counted x) {
    return out << x.number_;
  }

  /// For CAF.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, counted& x) {
    return f(x.number_);
  }

 private:
  std::uint64_t number_ = 0;
};

using row_count = counted<struct row_kind>;
using byte_count = counted<struct byte_kind>;

/// The number of a writer within its run, from 0.
enum class writer_number : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index_of(writer_number x) {
  return static_cast<std::size_t>(x);
}

}  // namespace sluice

template <class Kind>
struct std::hash<sluice::named<Kind>> {
  std::size_t operator()(const sluice::named<Kind>& x) const noexcept {
    return std::hash<std::string>{}(x.text());
  }
};
