// Follows the TLS handshakes of libcurl, which itself reports little about them.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>

namespace sluice::http {

/// Watches the connections of one handle, one after the other. In TLS 1.3 the client's handshake
/// ends before the server has checked the client's certificate. The server's verdict is the first
/// thing to be read, and is lost if the server resets the connection before that. One thread.
class tls_watch {
 public:
  /// Watches `handle` until it is cleaned up; must outlive it. Does nothing where libcurl is not
  /// built with OpenSSL.
  void attach(CURL* handle);
  /// Forgets everything, for another request.
  void reset();

  /// Whether the server asked for a client certificate.
  [[nodiscard]] bool certificate_wanted() const { return certificate_wanted_; }
  /// Whether the server's verdict on the certificate comes after the handshake.
  [[nodiscard]] bool judged_later() const { return judged_later_; }
  /// Why every further attempt with these settings will fail, too; empty if one may succeed.
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

/// Waits in the same way. Returns whether the bytes are the end of the connection or an alert of
/// TLS 1.3, where everything else that servers send unasked is longer.
bool is_ended(curl_socket_t socket, std::chrono::milliseconds limit);

}  // namespace sluice::http
