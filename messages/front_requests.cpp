#include "messages/front_requests.hpp"

#include <chrono>
#include <type_traits>

#include "messages/cluster_protocol.hpp"

namespace sluice {
namespace {

/// An inspector of CAF's kind that notes the members of an object. A list among the members does
/// not compile: requests of clients have none, so that their size is bounded.
class member_forms {
 public:
  using result_type = void;

  explicit member_forms(std::vector<value_form>& out) : out_(out) {}

  template <class... Ts>
  void operator()(Ts&&... members) {
    (add(members), ...);
  }

  template <class T>
  struct is_duration : std::false_type {};
  template <class Rep, class Period>
  struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

  template <class T>
  void add(T& x) {
    using value = std::remove_cvref_t<T>;
    if constexpr (std::is_same_v<value, std::string>) {
      out_.push_back({.what = value_form::kind::text});
    } else if constexpr (std::is_same_v<value, long_text>) {
      out_.push_back({.what = value_form::kind::text, .longest = longest_long_text});
    } else if constexpr (std::is_integral_v<value> || std::is_enum_v<value>) {
      out_.push_back({.what = value_form::kind::number, .bytes = sizeof(value)});
    } else if constexpr (is_duration<value>::value) {
      out_.push_back({.what = value_form::kind::number, .bytes = sizeof(typename value::rep)});
    } else if constexpr (!caf::meta::is_annotation<value>::value) {
      inspect(*this, x);
    }
  }

 private:
  std::vector<value_form>& out_;
};

/// CAF's name for a type on the wire; CAF's own types have other names there than in C++.
template <class T>
constexpr const char* name_on_wire = caf::type_name<T>::value;
template <>
constexpr const char* name_on_wire<std::string> = "@str";
template <>
constexpr const char* name_on_wire<std::uint32_t> = "@u32";

template <class T>
struct argument {
  static void add_to(message_form& m) {
    m.types += name_on_wire<T>;
    T value{};
    member_forms{m.values}.add(value);
  }
};
template <caf::atom_value Atom>
struct argument<caf::atom_constant<Atom>> {
  static void add_to(message_form& m) {
    m.types += "@atom";
    m.values.push_back({.what = value_form::kind::atom, .atom = static_cast<std::uint64_t>(Atom)});
  }
};

template <class... Arguments>
constexpr answer_kind answered = answer_kind::prompt;
template <command::known C>
constexpr answer_kind answered<C> = C::facts.answered;

template <class... Arguments, class... Replies>
message_form form_of(
    caf::typed_mpi<caf::detail::type_list<Arguments...>, caf::output_tuple<Replies...>>) {
  message_form m{.types = "@<>", .values = {}, .answered = answered<Arguments...>};
  ((m.types += '+', argument<Arguments>::add_to(m)), ...);
  return m;
}

template <class... Requests>
std::vector<message_form> forms_of(caf::detail::type_list<Requests...>) {
  return {form_of(Requests{})...};
}

}  // namespace

std::span<const message_form> front_requests() {
  static const auto all = forms_of(front_actor::signatures{});
  return all;
}

}  // namespace sluice
