// satchel.toml and the environment (interface.md, "Settings"). No secret is ever in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace satchel::app {

enum class LogLevel : std::uint8_t { error, warn, info, debug };
enum class UnknownPeer : std::uint8_t { refuse, allow };

struct Settings {
  std::uint16_t imap_port = 4143;  // 0: any free port
  std::uint16_t imap_tls_port = 4993;
  std::uint16_t web_port = 4180;
  LogLevel log_level = LogLevel::info;
  std::uint32_t connections = 4;       // to one upstream account, 1 to 15
  std::uint32_t answer_seconds = 120;  // of silence, while upstream has a command to answer
  std::uint32_t audit_seconds = 600;   // between two pieces of the rolling audit
  std::uint32_t rescued_days = 30;
  std::uint32_t guard_share = 20;  // per cent
  std::uint32_t guard_messages = 50;
  UnknownPeer unknown_peer = UnknownPeer::refuse;
};

// Defaults, then home/satchel.toml if there is one, then SATCHEL_... variables.
// Errors: malformed (the sentence names file, line, and what is allowed).
Result<Settings> load_settings(const std::filesystem::path& home);

// The same for a text; `file` is what errors call it.
Result<Settings> parse_settings(std::string_view text, const std::string& file, Settings defaults);

}  // namespace satchel::app
