// What happens in the TLS handshakes of libcurl, which tells of it in passing at best.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>

namespace sluice::http {

/// Watches the connections of one handle, one after the other. In TLS 1.3 the client's handshake
/// ends before the server has looked at the client's certificate: what it thinks of it comes as the
/// first thing that is read, and is lost if the server has reset the connection by then. One
/// thread.
class tls_watch {
 public:
  /// Watches `handle` until it is cleaned up; must outlive it. Does nothing where libcurl is not
  /// built with OpenSSL.
  void attach(CURL* handle);
  /// Forgets everything, for another request.
  void reset();

  /// Whether the server asked for a client certificate.
  [[nodiscard]] bool certificate_wanted() const { return certificate_wanted_; }
  /// Whether what the server thinks of it comes after the handshake.
  [[nodiscard]] bool judged_later() const { return judged_later_; }
  /// Why no further attempt with these settings will be taken either; empty if one may be.
  /// `has_certificate`: the client has one to show.
  [[nodiscard]] std::string final_problem(bool has_certificate) const;

 private:
  friend struct tls_callbacks;

  bool certificate_wanted_ = false;
  bool judged_later_ = false;
  int alert_ = -1;   ///< that the server ended the connection with; -1: none
  int problem_ = 0;  ///< OpenSSL's reason why the client did; 0: none
};

/// Waits until the server has sent something over `socket`, or until the time is over.
void await_bytes(curl_socket_t socket, std::chrono::milliseconds limit);

/// Waits in the same way. Whether what came over the TLS connection is its end, or an alert: of
/// TLS 1.3, where all else that servers send unasked is longer.
bool is_ended(curl_socket_t socket, std::chrono::milliseconds limit);

}  // namespace sluice::http
