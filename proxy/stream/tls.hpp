// TLS for both directions, OpenSSL kept behind it. Towards upstream: TLS 1.2 at least, names always
// verified, SNI and ALPN ("imap") sent, the system's authorities (or SSL_CERT_FILE) or one given
// for the account alone. Towards clients: the certificate of this installation.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace satchel::stream {

class TlsContext;
using TlsContextPtr = std::shared_ptr<TlsContext>;

// `ca_pem`: authorities to trust instead of the system's; empty: the system's.
// Errors: malformed (no certificate in it), refused (no authorities on this computer).
Result<TlsContextPtr> make_client_tls(const std::string& ca_pem);

// Errors: malformed.
Result<TlsContextPtr> make_server_tls(const std::string& certificate_pem, const std::string& key_pem);

// A leaf certificate for this computer alone: P-256, not an authority, names localhost, 127.0.0.1
// and ::1, 825 days. `key_pem`: the key to go on with; empty: a new one.
struct LocalCertificate {
  std::string certificate_pem;
  std::string key_pem;
};
Result<LocalCertificate> make_local_certificate(const std::string& key_pem);

// Days until the certificate ends; negative when it has, 0 where it has not begun yet.
Result<int> days_left(const std::string& certificate_pem);

}  // namespace satchel::stream
