// Loaded before libsodium (LD_PRELOAD), so it is in no program that is built: each key and nonce that anything is
// sealed with goes to the file that SATCHEL_NONCE_LOG names, the key as its hash. A line is
// "hash nonce\n", both in hexadecimal.
#include <dlfcn.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string out(size * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes, size);
  out.pop_back();
  return out;
}

// One write, appended: whole lines, also of several threads and of a process that is killed after it.
void note(const unsigned char* key, const unsigned char* nonce, std::size_t nonce_size) {
  static const char* const name = std::getenv("SATCHEL_NONCE_LOG");
  static const int log = name == nullptr ? -1 : open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, key, crypto_aead_chacha20poly1305_ietf_KEYBYTES, nullptr, 0);
  const std::string line = hex(hash, sizeof hash) + " " + hex(nonce, nonce_size) + "\n";
  if (log < 0 || write(log, line.data(), line.size()) != ssize_t(line.size())) abort();
}

using Encrypt = int (*)(unsigned char*, unsigned long long*, const unsigned char*, unsigned long long,
                        const unsigned char*, unsigned long long, const unsigned char*, const unsigned char*,
                        const unsigned char*);

Encrypt real(const char* name) {
  const auto found = reinterpret_cast<Encrypt>(dlsym(RTLD_NEXT, name));
  if (found == nullptr) abort();
  return found;
}

}  // namespace

extern "C" int crypto_aead_chacha20poly1305_ietf_encrypt(unsigned char* out, unsigned long long* out_size,
                                                         const unsigned char* plain, unsigned long long size,
                                                         const unsigned char* associated,
                                                         unsigned long long associated_size,
                                                         const unsigned char* secret, const unsigned char* nonce,
                                                         const unsigned char* key) {
  static const Encrypt next = real("crypto_aead_chacha20poly1305_ietf_encrypt");
  note(key, nonce, crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
  return next(out, out_size, plain, size, associated, associated_size, secret, nonce, key);
}

extern "C" int crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char* out, unsigned long long* out_size,
                                                          const unsigned char* plain, unsigned long long size,
                                                          const unsigned char* associated,
                                                          unsigned long long associated_size,
                                                          const unsigned char* secret, const unsigned char* nonce,
                                                          const unsigned char* key) {
  static const Encrypt next = real("crypto_aead_xchacha20poly1305_ietf_encrypt");
  note(key, nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  return next(out, out_size, plain, size, associated, associated_size, secret, nonce, key);
}
