// The 12 bytes before each record: its length, authenticated together with its number (FORMAT.md section 4).
// Private to crypto/. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

inline constexpr std::uint32_t end_of_records = 0x80000000;

SecretBytes record_head_key(const FileKey& file_key);

void write_record_head(const SecretBytes& head_key, std::uint64_t counter, std::uint32_t field, char* head);

// The field, or nothing when the head is not that of record `counter`.
std::optional<std::uint32_t> read_record_head(const SecretBytes& head_key, std::uint64_t counter, const char* head);

}  // namespace satchel::crypto
