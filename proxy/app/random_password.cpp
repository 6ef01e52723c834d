#include "proxy/app/random_password.hpp"

#include <sodium.h>

namespace satchel::app {

std::string random_password() {
  constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  unsigned char bytes[26];
  randombytes_buf(bytes, sizeof bytes);
  std::string password;
  for (const unsigned char byte : bytes) password += letters[byte % 32];
  return password;
}

}  // namespace satchel::app
