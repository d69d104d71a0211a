// How many clients of each kind there may be at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sluice::net {

/// Each kind has places of its own, so that no kind keeps another one out. Within a kind, the owner
/// of the most places makes room for an owner of fewer.
enum class place_kind : std::uint8_t {
  local,      ///< a process of this machine, at the Unix socket
  node,       ///< another node
  operators,  ///< by certificate, or at a bare port
  observers,  ///< by certificate
};

struct place_limits {
  /// Clients at a time. A client costs three descriptors and about 40 KiB, with TLS about 100 KiB.
  std::size_t local = 64;
  std::size_t nodes = 64;
  std::size_t operators = 64;
  std::size_t observers = 64;
};

/// Not thread safe.
class places {
 public:
  explicit places(place_limits limits) : limits_(limits) {}

  /// Why there is no place for one more client of that kind; nothing if there is one.
  [[nodiscard]] std::optional<std::string> refusal(place_kind kind) const;
  /// The owner with the most places of a kind, if `whose` would still have fewer with one more;
  /// else nothing. An owner is a certificate, a process or an address, as text.
  [[nodiscard]] std::optional<std::string> largest_crowd(place_kind kind,
                                                         const std::string& whose) const;
  /// A place, which goes back with the last copy. REQUIRES: there is no refusal.
  [[nodiscard]] std::shared_ptr<void> take(place_kind kind, const std::string& whose);

 private:
  struct taken {
    std::size_t total = 0;
    std::map<std::string, std::size_t> by_owner;
  };

  [[nodiscard]] std::size_t limit(place_kind kind) const;

  place_limits limits_;
  std::shared_ptr<std::map<place_kind, taken>> taken_ =
      std::make_shared<std::map<place_kind, taken>>();
};

}  // namespace sluice::net
