#include "proxy/stream/tls.hpp"

#include <openssl/ssl.h>

#include "proxy/stream/tls_context.hpp"

namespace satchel::stream {
namespace {

using boost::asio::ssl::context;

TlsContextPtr make_context(context::method method) {
  auto tls = std::make_shared<TlsContext>(method);
  tls->ssl.set_options(context::default_workarounds | context::no_sslv2 | context::no_sslv3 | context::no_tlsv1 |
                       context::no_tlsv1_1 | context::no_compression);
  SSL_CTX_set_min_proto_version(tls->ssl.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_security_level(tls->ssl.native_handle(), 2);  // no SHA-1, no short keys
  SSL_CTX_set_mode(tls->ssl.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  return tls;
}

}  // namespace

Result<TlsContextPtr> make_client_tls(const std::string& ca_pem) {
  auto tls = make_context(context::tls_client);
  tls->ssl.set_verify_mode(boost::asio::ssl::verify_peer);
  boost::system::error_code error;
  if (ca_pem.empty()) {
    tls->ssl.set_default_verify_paths(error);
    if (error) return fail(ErrorCode::refused, "This computer has no list of trusted certificate authorities.");
  } else {
    tls->ssl.add_certificate_authority(boost::asio::buffer(ca_pem), error);
    if (error) return fail(ErrorCode::malformed, "The file of the certificate authority holds no certificate.");
  }
  static const unsigned char protocols[] = {4, 'i', 'm', 'a', 'p'};
  SSL_CTX_set_alpn_protos(tls->ssl.native_handle(), protocols, sizeof protocols);
  return tls;
}

Result<TlsContextPtr> make_server_tls(const std::string& certificate_pem, const std::string& key_pem) {
  auto tls = make_context(context::tls_server);
  boost::system::error_code error;
  tls->ssl.use_certificate_chain(boost::asio::buffer(certificate_pem), error);
  if (!error) tls->ssl.use_private_key(boost::asio::buffer(key_pem), context::pem, error);
  if (error) return fail(ErrorCode::malformed, "The certificate of the local door cannot be used.");
  return tls;
}

}  // namespace satchel::stream
