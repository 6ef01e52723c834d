// The verbs of the store key, and opening it for everything else.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "proxy/app/invocation.hpp"

namespace satchel::app {

Result<> perform_key_verb(const Invocation& invocation);

// The store key, by the slots there are: a key file, else the passphrase (SATCHEL_PASSPHRASE_FILE,
// else asked at the terminal). Errors: not_found (no key yet), locked (the sentence says what to do).
Result<crypto::Key> open_store_key(const std::filesystem::path& home);

}  // namespace satchel::app
