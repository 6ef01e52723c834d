#include "store/client_names.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter;
}

// How many bytes the UTF-8 sequence at the beginning of `text` has; 0: it is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool outside = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);  // surrogates, end
  return overlong || outside ? 0 : length;
}

bool clean_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(text);
    if (length == 0 || lead < 0x20 || lead == 0x7f) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string known_name(std::string_view name, char delimiter) {
  const std::string_view first = name.substr(0, name.find(delimiter));
  if (!same_name(first, "INBOX")) return std::string(name);
  return "INBOX" + std::string(name.substr(first.size()));
}

Result<std::string> valid_name(std::string_view name, char delimiter) {
  if (!name.empty() && name.back() == delimiter) name.remove_suffix(1);
  if (name.empty()) return fail(ErrorCode::refused, "A mailbox needs a name.");
  if (name.size() > longest_name) return fail(ErrorCode::refused, "That name is too long.");
  const std::string doubled(2, delimiter);
  if (name.front() == delimiter || name.back() == delimiter || name.find(doubled) != std::string_view::npos)
    return fail(ErrorCode::refused, "A part of that name is empty.");
  if (!clean_utf8(name)) return fail(ErrorCode::refused, "That name holds characters that a name cannot hold.");
  return known_name(name, delimiter);
}

const Mailbox* mailbox_named(const AccountState& state, std::string_view name) {
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live() && mailbox->name == name) return mailbox.get();
  return nullptr;
}

const Mailbox* twin_of(const AccountState& state, std::string_view name, MailboxId but) {
  for (const auto& [id, mailbox] : state.mailboxes)
    if (id != but && mailbox->live() && same_name(mailbox->name, name)) return mailbox.get();
  return nullptr;
}

std::string_view parent_name(std::string_view name, char delimiter) {
  const std::size_t at = name.rfind(delimiter);
  return at == std::string_view::npos ? std::string_view{} : name.substr(0, at);
}

}  // namespace satchel::store
