#include "proxy/app/settings.hpp"

#include <toml++/toml.h>
#include <cstdlib>
#include <functional>
#include <vector>

#include "proxy/platform/folders.hpp"

namespace satchel::app {
namespace {

constexpr std::size_t settings_file_limit = 64 * 1024;

// One setting: where it stands, what is allowed, and how it is taken from a number or a word.
struct Setting {
  const char* section;
  const char* key;
  const char* allowed;
  std::function<bool(Settings&, std::int64_t)> number;
  std::function<bool(Settings&, const std::string&)> word;
};

template <class Integer>
auto whole_number(Integer Settings::*member, std::int64_t low, std::int64_t high) {
  return [=](Settings& settings, std::int64_t value) {
    if (value < low || value > high) return false;
    settings.*member = static_cast<Integer>(value);
    return true;
  };
}

template <class Choice>
auto one_of(Choice Settings::*member, std::vector<std::pair<const char*, Choice>> choices) {
  return [=](Settings& settings, const std::string& value) {
    for (const auto& [name, choice] : choices) {
      if (value != name) continue;
      settings.*member = choice;
      return true;
    }
    return false;
  };
}

const std::vector<Setting>& table() {
  static const std::vector<Setting> settings = {
      {"imap", "port", "a port from 0 to 65535", whole_number(&Settings::imap_port, 0, 65535), {}},
      {"imap", "tls_port", "a port from 0 to 65535", whole_number(&Settings::imap_tls_port, 0, 65535), {}},
      {"web", "port", "a port from 0 to 65535", whole_number(&Settings::web_port, 0, 65535), {}},
      {"log",
       "level",
       "\"error\", \"warn\", \"info\" or \"debug\"",
       {},
       one_of<LogLevel>(&Settings::log_level, {{"error", LogLevel::error},
                                               {"warn", LogLevel::warn},
                                               {"info", LogLevel::info},
                                               {"debug", LogLevel::debug}})},
      {"sync", "connections", "a number from 1 to 15", whole_number(&Settings::connections, 1, 15), {}},
      {"sync",
       "answer_seconds",
       "a number of seconds from 5 to 600",
       whole_number(&Settings::answer_seconds, 5, 600),
       {}},
      {"sync",
       "audit_seconds",
       "a number of seconds from 1 to 86400",
       whole_number(&Settings::audit_seconds, 1, 86400),
       {}},
      {"keep", "rescued_days", "a number of days from 1 to 3650", whole_number(&Settings::rescued_days, 1, 3650), {}},
      {"keep", "guard_share", "a percentage from 1 to 100", whole_number(&Settings::guard_share, 1, 100), {}},
      {"keep", "guard_messages", "a number from 1 to 1000000", whole_number(&Settings::guard_messages, 1, 1000000), {}},
      {"door",
       "unknown_peer",
       "\"refuse\" or \"allow\"",
       {},
       one_of<UnknownPeer>(&Settings::unknown_peer, {{"refuse", UnknownPeer::refuse}, {"allow", UnknownPeer::allow}})},
  };
  return settings;
}

std::string place(const std::string& file, const toml::source_region& source) {
  return file + ", line " + std::to_string(source.begin.line) + ": ";
}

const Setting* find(std::string_view section, std::string_view key) {
  for (const Setting& setting : table())
    if (section == setting.section && key == setting.key) return &setting;
  return nullptr;
}

std::string known_keys(std::string_view section) {
  std::string names;
  for (const Setting& setting : table()) {
    if (section != setting.section) continue;
    names += std::string(names.empty() ? "" : ", ") + setting.key;
  }
  return names;
}

Result<> apply(Settings& settings, const Setting& setting, const toml::node& value, const std::string& where) {
  bool taken = false;
  if (const auto number = value.value_exact<std::int64_t>(); number && setting.number)
    taken = setting.number(settings, *number);
  else if (const auto word = value.value_exact<std::string>(); word && setting.word)
    taken = setting.word(settings, *word);
  if (taken) return {};
  return fail(ErrorCode::malformed,
              where + std::string(setting.section) + "." + setting.key + " must be " + setting.allowed + ".");
}

Result<> apply_section(Settings& settings, const std::string& section, const toml::table& values,
                       const std::string& file) {
  for (const auto& [key, value] : values) {
    const std::string where = place(file, value.source());
    const Setting* setting = find(section, key.str());
    if (setting == nullptr)
      return fail(ErrorCode::malformed, where + "there is no setting \"" + std::string(key.str()) + "\" in [" +
                                            section + "]; there are: " + known_keys(section) + ".");
    if (auto applied = apply(settings, *setting, value, where); !applied) return applied;
  }
  return {};
}

// SATCHEL_IMAP_TLS_PORT for imap.tls_port.
Result<> apply_environment(Settings& settings) {
  for (const Setting& setting : table()) {
    std::string name = std::string("SATCHEL_") + setting.section + "_" + setting.key;
    for (char& letter : name)
      if (letter >= 'a' && letter <= 'z') letter = char(letter - 'a' + 'A');
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) continue;
    char* end = nullptr;
    const long long number = std::strtoll(value, &end, 10);
    const bool is_number = end != value && *end == 0;
    const bool taken = setting.number ? is_number && setting.number(settings, number) : setting.word(settings, value);
    if (!taken) return fail(ErrorCode::malformed, "The variable " + name + " must be " + setting.allowed + ".");
  }
  return {};
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::string& file, Settings defaults) {
  toml::table document;
  try {
    document = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::malformed, place(file, error.source()) + std::string(error.description()) + ".");
  }
  for (const auto& [section, value] : document) {
    const std::string where = place(file, value.source());
    if (known_keys(section.str()).empty())
      return fail(ErrorCode::malformed, where + "there is no section \"" + std::string(section.str()) +
                                            "\"; there are: imap, web, log, sync, keep, door.");
    if (!value.is_table())
      return fail(ErrorCode::malformed, where + "\"" + std::string(section.str()) + "\" must be a section.");
    if (auto applied = apply_section(defaults, std::string(section.str()), *value.as_table(), file); !applied)
      return applied.error();
  }
  return defaults;
}

Result<Settings> load_settings(const std::filesystem::path& home) {
  Settings settings;
  const auto file = home / "satchel.toml";
  const auto text = platform::read_file(file, settings_file_limit);
  if (text) {
    auto parsed = parse_settings(*text, file.string(), settings);
    if (!parsed) return parsed.error();
    settings = *parsed;
  } else if (text.error().code != ErrorCode::not_found) {
    return text.error();
  }
  if (auto applied = apply_environment(settings); !applied) return applied.error();
  return settings;
}

}  // namespace satchel::app
