#include "proxy/imap/limits.hpp"
#include "proxy/imap/quirks.hpp"
#include "proxy/imap/response_parts.hpp"
#include "proxy/imap/response_reader.hpp"

namespace satchel::imap {
namespace {

std::optional<StatusResponse::Kind> take_status(Scanner& scanner) {
  if (scanner.take_word("OK")) return StatusResponse::Kind::ok;
  if (scanner.take_word("NO")) return StatusResponse::Kind::no;
  if (scanner.take_word("BAD")) return StatusResponse::Kind::bad;
  if (scanner.take_word("BYE")) return StatusResponse::Kind::bye;
  if (scanner.take_word("PREAUTH")) return StatusResponse::Kind::preauth;
  return std::nullopt;
}

Response parse_status(Scanner& scanner, StatusResponse::Kind kind, std::string tag) {
  StatusResponse status;
  status.kind = kind;
  status.tag = std::move(tag);
  scanner.take_space();
  parse_response_text(scanner, status.code, status.text);
  return status;
}

// DQUOTE QUOTED-CHAR DQUOTE / nil
bool take_delimiter(Scanner& scanner, char& into) {
  std::optional<std::string> text;
  if (!scanner.take_nstring(text)) return false;
  into = text && text->size() == 1 ? text->front() : '\0';
  return true;
}

// mailbox-list = "(" flags ")" SP delimiter SP mailbox [SP extended]
std::optional<Response> parse_list(Scanner& scanner, bool lsub) {
  ListData data;
  data.lsub = lsub;
  if (!scanner.take_space() || !parse_flag_list(scanner, data.attributes) || !scanner.take_space() ||
      !take_delimiter(scanner, data.delimiter) || !scanner.take_space() || !scanner.take_list_mailbox(data.mailbox))
    return std::nullopt;
  quirk::take_rest_of_mailbox(scanner, data.mailbox);
  data.child_info = upper(scanner.rest()).find("CHILDINFO") != std::string::npos;
  return data;
}

// "(" objectid ")"
bool take_object_id(Scanner& scanner, std::string& into) {
  if (!scanner.take('(')) return false;
  Scanner attempt = scanner;
  const bool atom = attempt.take_atom(into) && attempt.take(')');
  if (atom && (attempt.rest().starts_with(' ') || attempt.rest().starts_with(')'))) {
    scanner = attempt;
    return true;
  }
  return quirk::take_odd_object_id(scanner, into) && scanner.take(')');
}

std::optional<Response> parse_status_data(Scanner& scanner) {
  StatusData data;
  if (!scanner.take_space() || !scanner.take_astring(data.mailbox) || !scanner.take_space() || !scanner.take('('))
    return std::nullopt;
  while (true) {
    while (scanner.take_space()) {
    }
    if (scanner.take(')')) return data;
    const auto item = status_item(scanner.atom_view());
    if (!scanner.take_space()) return std::nullopt;
    std::uint64_t value = 0;
    Scanner attempt = scanner;
    if (item == StatusItem::mailbox_id) {
      if (!take_object_id(scanner, data.mailbox_id)) return std::nullopt;
    } else if (item && attempt.take_number(value)) {
      scanner = attempt;
      data.items.emplace_back(*item, value);
    } else if (!quirk::skip_unreadable_value(scanner)) {
      return std::nullopt;
    }
  }
}

std::optional<Response> parse_search(Scanner& scanner) {
  SearchData data;
  while (true) {
    while (scanner.take_space()) {
    }
    std::uint32_t number = 0;
    if (scanner.take_number32(number)) {
      if (data.numbers.size() == 16 * max_list_items) return std::nullopt;
      data.numbers.push_back(number);
    } else if (scanner.take_prefix("(MODSEQ ")) {
      if (!scanner.take_number(data.mod_seq) || !scanner.take(')')) return std::nullopt;
    } else {
      break;
    }
  }
  if (!scanner.at_end()) return std::nullopt;
  return data;
}

// esearch-response = "ESEARCH" [SP "(" "TAG" SP string ")"] [SP "UID"] *(SP name SP value)
std::optional<Response> parse_esearch(Scanner& scanner) {
  EsearchData data;
  if (scanner.take_prefix(" (TAG ")) {
    if (!scanner.take_astring(data.tag) || !scanner.take(')')) return std::nullopt;
  }
  while (scanner.take_space()) {
    const std::string name = upper(scanner.atom_view());
    if (name == "UID") {
      data.uid = true;
      continue;
    }
    if (name == "ALL" && (scanner.at_end() || scanner.rest() == " ")) break;  // nothing found
    std::uint32_t number = 0;
    if (!scanner.take_space()) return std::nullopt;
    if (name == "ALL") {
      auto set = SequenceSet::parse(scanner.atom_view("*"));
      if (!set) return std::nullopt;
      data.all = std::move(*set);
    } else if (name == "MODSEQ") {
      if (!scanner.take_number(data.mod_seq)) return std::nullopt;
    } else if (name == "MIN" || name == "MAX" || name == "COUNT") {
      if (!scanner.take_number32(number)) return std::nullopt;
      (name == "MIN" ? data.min : name == "MAX" ? data.max : data.count) = number;
    } else if (!scanner.skip_value()) {
      return std::nullopt;
    }
  }
  return data;
}

std::optional<Response> parse_vanished(Scanner& scanner) {
  VanishedData data;
  data.earlier = scanner.take_prefix(" (EARLIER)");
  scanner.take_space();
  const std::string_view text = scanner.atom_view("*");
  if (text.empty()) return data;
  auto set = SequenceSet::parse(text);
  if (!set || set->has_star()) return std::nullopt;
  data.uids = std::move(*set);
  return data;
}

// namespace = nil / "(" 1*("(" string SP delimiter *extension ")") ")"
bool parse_namespaces(Scanner& scanner, std::vector<NamespaceData::Entry>& into) {
  if (scanner.take_nil()) return true;
  if (!scanner.take('(')) return false;
  while (!scanner.take(')')) {
    while (scanner.take_space()) {
    }
    NamespaceData::Entry entry;
    if (!scanner.take('(') || !scanner.take_string(entry.prefix) || !scanner.take_space() ||
        !take_delimiter(scanner, entry.delimiter))
      return false;
    while (scanner.take_space())
      if (!scanner.skip_value()) return false;
    if (!scanner.take(')')) return false;
    into.push_back(std::move(entry));
  }
  return true;
}

std::optional<Response> parse_namespace(Scanner& scanner) {
  NamespaceData data;
  if (!scanner.take_space() || !parse_namespaces(scanner, data.personal) || !scanner.take_space() ||
      !parse_namespaces(scanner, data.others) || !scanner.take_space() || !parse_namespaces(scanner, data.shared))
    return std::nullopt;
  return data;
}

// message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att)), and EXISTS, RECENT
std::optional<Response> parse_numbered(Scanner& scanner, std::uint32_t number) {
  if (!scanner.take_space()) return std::nullopt;
  if (scanner.take_word("EXISTS")) return ExistsData{number};
  if (scanner.take_word("RECENT")) return RecentData{number};
  if (scanner.take_word("EXPUNGE")) return ExpungeData{number};
  if (!scanner.take_word("FETCH")) return UnknownData{std::string(scanner.atom_view())};
  FetchData data;
  data.number = number;
  data.malformed = !scanner.take_space() || !parse_fetch_attributes(scanner, data);
  return data;
}

std::optional<Response> parse_flags(Scanner& scanner) {
  FlagsData data;
  if (!scanner.take_space() || !parse_flag_list(scanner, data.flags)) return std::nullopt;
  return data;
}

// Nothing depends on it: what cannot be read is left out.
Response parse_id_data(Scanner& scanner) {
  IdData data;
  if (!scanner.take_space() || !parse_id_fields(scanner, data.fields)) data.fields.clear();
  return data;
}

// Data without which we do worse, but nothing is lost: what cannot be read of them is passed over. Of
// LIST, SEARCH and VANISHED a lost line would mean a lost mailbox or message: they are malformed.
Response or_unknown(std::optional<Response> parsed, const std::string& name) {
  return parsed ? std::move(*parsed) : UnknownData{name};
}

std::optional<Response> parse_untagged(Scanner& scanner) {
  if (const auto kind = take_status(scanner)) return parse_status(scanner, *kind, {});
  std::uint32_t number = 0;
  if (scanner.take_number32(number)) return parse_numbered(scanner, number);
  const std::string name = upper(scanner.atom_view());
  if (name == "CAPABILITY") return CapabilityData{parse_capabilities(scanner)};
  if (name == "ENABLED") return EnabledData{parse_capabilities(scanner)};
  if (name == "LIST") return parse_list(scanner, false);
  if (name == "LSUB") return parse_list(scanner, true);
  if (name == "STATUS") return or_unknown(parse_status_data(scanner), name);
  if (name == "SEARCH") return parse_search(scanner);
  if (name == "ESEARCH") return parse_esearch(scanner);
  if (name == "VANISHED") return parse_vanished(scanner);
  if (name == "FLAGS") return or_unknown(parse_flags(scanner), name);
  if (name == "NAMESPACE") return or_unknown(parse_namespace(scanner), name);
  if (name == "ID") return parse_id_data(scanner);
  if (name.empty()) return std::nullopt;
  return UnknownData{name};
}

}  // namespace

std::optional<Response> parse_response(std::string_view text) {
  Scanner scanner(text, Scanner::LargeLiterals::elsewhere);
  if (scanner.take('+')) {
    scanner.take_space();
    return Continuation{std::string(scanner.rest())};
  }
  if (scanner.take('*')) {
    if (!scanner.take_space()) return std::nullopt;
    return parse_untagged(scanner);
  }
  if (quirk::is_code_without_status(text)) return parse_status(scanner, StatusResponse::Kind::ok, {});
  std::string tag;
  if (!scanner.take_atom(tag, "]") || !scanner.take_space()) return std::nullopt;
  const auto kind = take_status(scanner);
  if (!kind || *kind == StatusResponse::Kind::preauth) return std::nullopt;
  return parse_status(scanner, *kind, std::move(tag));
}

}  // namespace satchel::imap
