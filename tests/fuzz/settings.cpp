// links: satchel_app
// Any text as satchel.toml: it is taken or refused, and who refuses names the file and one of its lines.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "proxy/app/settings.hpp"

using namespace satchel;

namespace {

void check_refusal(const std::string& sentence, std::size_t lines) {
  constexpr std::string_view place = "satchel.toml, line ";
  if (!sentence.starts_with(place) || !sentence.ends_with('.')) std::abort();
  char* end = nullptr;
  const unsigned long line = std::strtoul(sentence.c_str() + place.size(), &end, 10);
  if (line < 1 || line > lines || !std::string_view(end).starts_with(": ")) std::abort();
}

// Whatever is taken lies within what the refusals say is allowed.
void check_taken(const app::Settings& settings) {
  const bool allowed = settings.connections >= 1 && settings.connections <= 15 && settings.audit_seconds >= 1 &&
                       settings.answer_seconds >= 5 && settings.answer_seconds <= 600 &&
                       settings.audit_seconds <= 86400 && settings.rescued_days >= 1 && settings.rescued_days <= 3650 &&
                       settings.guard_share >= 1 && settings.guard_share <= 100 && settings.guard_messages >= 1 &&
                       settings.guard_messages <= 1'000'000;
  if (!allowed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = 1 + std::size_t(std::count(text.begin(), text.end(), '\n'));
  const auto settings = app::parse_settings(text, "satchel.toml", {});
  if (settings)
    check_taken(*settings);
  else
    check_refusal(settings.error().text, lines);
  return 0;
}
