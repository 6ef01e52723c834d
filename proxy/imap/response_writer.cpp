#include "proxy/imap/response_writer.hpp"

#include <charconv>

#include "proxy/imap/flag.hpp"
#include "proxy/imap/response_parts.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {
namespace {

constexpr std::size_t longest_quoted = 1000;

bool is_atom(std::string_view bytes) {
  if (bytes.empty() || equal_without_case(bytes, "NIL")) return false;
  for (const char letter : bytes)
    if (!Scanner::is_atom_char(letter) || static_cast<unsigned char>(letter) >= 0x80) return false;
  return true;
}

// Free text: what could end the line, or is no text, becomes a space.
void write_text(std::string& out, std::string_view text) {
  for (const char letter : text) out += letter == '\r' || letter == '\n' || letter == '\0' ? ' ' : letter;
}

const char* kind_name(StatusResponse::Kind kind) {
  switch (kind) {
    case StatusResponse::Kind::ok:
      return "OK";
    case StatusResponse::Kind::no:
      return "NO";
    case StatusResponse::Kind::bad:
      return "BAD";
    case StatusResponse::Kind::bye:
      return "BYE";
    case StatusResponse::Kind::preauth:
      return "PREAUTH";
  }
  return "BAD";
}

void write_words(std::string& out, std::span<const std::string> words) {
  for (const std::string& word : words) {
    if (!is_atom(word)) continue;
    out += ' ';
    out += word;
  }
}

// DQUOTE QUOTED-CHAR DQUOTE / nil
void write_delimiter(std::string& out, char delimiter) {
  if (delimiter == '\0')
    out += "NIL";
  else
    write_string(out, std::string_view(&delimiter, 1));
}

void write_namespaces(std::string& out, const std::vector<NamespaceData::Entry>& entries) {
  if (entries.empty()) {
    out += " NIL";
    return;
  }
  out += " (";
  for (const NamespaceData::Entry& entry : entries) {
    out += '(';
    write_string(out, entry.prefix);
    out += ' ';
    write_delimiter(out, entry.delimiter);
    out += ')';
  }
  out += ')';
}

void write_numbered(std::string& out, std::uint32_t number, const char* name) {
  out += "* ";
  write_number(out, number);
  out += name;
}

void write_esearch_number(std::string& out, const char* name, const std::optional<std::uint32_t>& number) {
  if (!number) return;
  out += name;
  write_number(out, *number);
}

}  // namespace

void write_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, std::size_t(end - digits));
}

bool is_quotable(std::string_view bytes) {
  if (bytes.size() > longest_quoted) return false;
  for (const char letter : bytes)
    if (letter < 0x20 || letter == 0x7f) return false;  // signed: 8-bit bytes too
  return true;
}

void write_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter == '\r' || letter == '\n' || letter == '\0' ? ' ' : letter;
  }
  out += '"';
}

void write_literal(std::string& out, std::string_view bytes) {
  out += '{';
  write_number(out, bytes.size());
  out += "}\r\n";
  out += bytes;
}

void write_string(std::string& out, std::string_view bytes) {
  if (is_quotable(bytes))
    write_quoted(out, bytes);
  else
    write_literal(out, bytes);
}

void write_astring(std::string& out, std::string_view bytes) {
  if (is_atom(bytes))
    out += bytes;
  else
    write_string(out, bytes);
}

void write_nstring(std::string& out, const std::optional<std::string>& bytes) {
  if (bytes)
    write_string(out, *bytes);
  else
    out += "NIL";
}

void write_flag_list(std::string& out, std::span<const std::string> flags) {
  out += '(';
  const char* space = "";
  for (const std::string& flag : flags) {
    if (!is_flag(flag) && flag != "\\*") continue;
    out += space;
    out += flag;
    space = " ";
  }
  out += ')';
}

// resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text, with its tag
void write_status(std::string& out, const StatusResponse& status) {
  out += status.tag.empty() ? "*" : status.tag;
  out += ' ';
  out += kind_name(status.kind);
  out += ' ';
  if (!status.code.name.empty()) {
    out += '[';
    write_text(out, status.code.name);
    if (!status.code.argument.empty()) {
      out += ' ';
      write_text(out, status.code.argument);
    }
    out += "] ";
  }
  // A text that began with "[" would be taken for a code.
  if (status.code.name.empty() && status.text.starts_with('[')) out += ". ";
  write_text(out, status.text.empty() ? std::string_view(".") : std::string_view(status.text));
  out += "\r\n";
}

void write_continuation(std::string& out, std::string_view text) {
  out += "+ ";
  write_text(out, text);
  out += "\r\n";
}

void write_capabilities(std::string& out, std::span<const std::string> capabilities) {
  out += "* CAPABILITY";
  write_words(out, capabilities);
  out += "\r\n";
}

void write_enabled(std::string& out, std::span<const std::string> capabilities) {
  out += "* ENABLED";
  write_words(out, capabilities);
  out += "\r\n";
}

void write_flags_data(std::string& out, std::span<const std::string> flags) {
  out += "* FLAGS ";
  write_flag_list(out, flags);
  out += "\r\n";
}

// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP "(" extended ")"]
void write_list(std::string& out, const ListData& list) {
  out += list.lsub ? "* LSUB " : "* LIST ";
  write_flag_list(out, list.attributes);
  out += ' ';
  write_delimiter(out, list.delimiter);
  out += ' ';
  write_string(out, list.mailbox);  // always quoted: some clients do not expect an atom
  if (list.child_info) out += " (\"CHILDINFO\" (\"SUBSCRIBED\"))";
  out += "\r\n";
}

void write_status_data(std::string& out, const StatusData& data) {
  out += "* STATUS ";
  write_string(out, data.mailbox);
  out += " (";
  const char* space = "";
  for (const auto& [item, number] : data.items) {
    out += space;
    out += status_item_name(item);
    out += ' ';
    write_number(out, number);
    space = " ";
  }
  if (!data.mailbox_id.empty()) {
    out += space;
    out += "MAILBOXID (";
    write_astring(out, data.mailbox_id);
    out += ')';
  }
  out += ")\r\n";
}

void write_search(std::string& out, const SearchData& data) {
  out += "* SEARCH";
  for (const std::uint32_t number : data.numbers) {
    out += ' ';
    write_number(out, number);
  }
  if (data.mod_seq != 0) {
    out += " (MODSEQ ";
    write_number(out, data.mod_seq);
    out += ')';
  }
  out += "\r\n";
}

void write_esearch(std::string& out, const EsearchData& data) {
  out += "* ESEARCH";
  if (!data.tag.empty()) {
    out += " (TAG ";
    write_string(out, data.tag);
    out += ')';
  }
  if (data.uid) out += " UID";
  write_esearch_number(out, " MIN ", data.min);
  write_esearch_number(out, " MAX ", data.max);
  write_esearch_number(out, " COUNT ", data.count);
  if (data.all && !data.all->empty()) {
    out += " ALL ";
    out += data.all->write();
  }
  if (data.mod_seq != 0) {
    out += " MODSEQ ";
    write_number(out, data.mod_seq);
  }
  out += "\r\n";
}

void write_exists(std::string& out, std::uint32_t number) {
  write_numbered(out, number, " EXISTS\r\n");
}
void write_recent(std::string& out, std::uint32_t number) {
  write_numbered(out, number, " RECENT\r\n");
}
void write_expunge(std::string& out, std::uint32_t number) {
  write_numbered(out, number, " EXPUNGE\r\n");
}

void write_vanished(std::string& out, const VanishedData& data) {
  if (data.uids.empty()) return;
  out += data.earlier ? "* VANISHED (EARLIER) " : "* VANISHED ";
  out += data.uids.write();
  out += "\r\n";
}

void write_namespace(std::string& out, const NamespaceData& data) {
  out += "* NAMESPACE";
  write_namespaces(out, data.personal);
  write_namespaces(out, data.others);
  write_namespaces(out, data.shared);
  out += "\r\n";
}

void write_id(std::string& out, const IdData& data) {
  if (data.fields.empty()) {
    out += "* ID NIL\r\n";
    return;
  }
  out += "* ID (";
  const char* space = "";
  for (const auto& [key, value] : data.fields) {
    out += space;
    write_string(out, key);
    out += ' ';
    write_nstring(out, value);
    space = " ";
  }
  out += ")\r\n";
}

}  // namespace satchel::imap
