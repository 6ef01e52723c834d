#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "proxy/stream/tls.hpp"

namespace satchel::stream {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;

constexpr int certificate_days = 825;

KeyPtr read_key(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, std::size_t(size));
}

bool add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

CertificatePtr make_certificate(EVP_PKEY* key) {
  CertificatePtr certificate(X509_new());
  unsigned char serial[8];
  if (!certificate || RAND_bytes(serial, sizeof serial) != 1) return nullptr;
  serial[0] = (serial[0] & 0x7f) | 0x40;  // positive, and in its shortest form (X.690 section 8.3.2)
  ASN1_INTEGER* number = X509_get_serialNumber(certificate.get());
  ASN1_STRING_set(number, serial, sizeof serial);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -300);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), certificate_days, 0, nullptr);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const bool ok = add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature") &&
                  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
                  add_extension(certificate.get(), NID_subject_key_identifier, "hash") &&
                  add_extension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  if (!ok || X509_sign(certificate.get(), key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

}  // namespace

Result<LocalCertificate> make_local_certificate(const std::string& key_pem) {
  const KeyPtr key = key_pem.empty() ? KeyPtr(EVP_EC_gen("P-256")) : read_key(key_pem);
  if (!key) return fail(ErrorCode::malformed, "The key of the local certificate cannot be read.");
  const CertificatePtr certificate = make_certificate(key.get());
  if (!certificate) return fail(ErrorCode::refused, "The local certificate could not be made.");
  const BioPtr certificate_out(BIO_new(BIO_s_mem()));
  const BioPtr key_out(BIO_new(BIO_s_secmem()));
  PEM_write_bio_X509(certificate_out.get(), certificate.get());
  PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return LocalCertificate{contents(certificate_out.get()), contents(key_out.get())};
}

Result<int> days_left(const std::string& certificate_pem) {
  const BioPtr bio(BIO_new_mem_buf(certificate_pem.data(), int(certificate_pem.size())));
  const CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  int days = 0;
  int seconds = 0;
  if (!certificate || ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())) != 1)
    return fail(ErrorCode::malformed, "The certificate cannot be read.");
  // Made under a clock that was ahead: nobody takes it yet.
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) return 0;
  return seconds < 0 ? days - 1 : days;
}

}  // namespace satchel::stream
