// Passwords for mail clients and tokens: 128 random bits.
#pragma once

#include <string>

namespace satchel::app {

std::string random_password();  // 26 characters of a-z and 2-7

}  // namespace satchel::app
