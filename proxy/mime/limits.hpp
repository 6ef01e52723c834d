// What the parser keeps of a message, whoever wrote it (attack class H): beyond these numbers a
// message is still served byte for byte, only its ENVELOPE and BODYSTRUCTURE say less.
#pragma once

#include <cstddef>

namespace satchel::mime {

inline constexpr std::size_t max_parts = 10'000;            // then no boundary is looked for any more
inline constexpr std::size_t max_depth = 100;               // deeper multiparts and messages are single parts
inline constexpr std::size_t max_boundary = 1000;           // bytes of a boundary that are compared
inline constexpr std::size_t max_field = 1 << 20;           // bytes kept of one header field
inline constexpr std::size_t max_part_field = 16 << 10;     // the same in a part's MIME header
inline constexpr std::size_t max_kept = 4 << 20;            // bytes kept of all fields of a message
inline constexpr std::size_t max_addresses = 20'000;        // shown in one ENVELOPE or BODYSTRUCTURE
inline constexpr std::size_t max_parameters = 100;          // of one Content-Type or Content-Disposition
inline constexpr std::size_t max_stored_header = 64 << 10;  // bytes of the header in a Summary

}  // namespace satchel::mime
