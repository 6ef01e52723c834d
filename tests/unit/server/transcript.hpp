// Runs a dialogue from a file (transcripts/README.md says how they are written).
#pragma once

#include <string>

namespace satchel::server::test {

enum class Sending { whole_lines, byte_by_byte };

// Empty when all went as written; else what went otherwise, with the line's number.
std::string run_transcript(const std::string& text, Sending sending);

}  // namespace satchel::server::test
