#include "random_values.hpp"

#include "proxy/imap/scanner.hpp"

namespace satchel::imap {

std::string RandomValues::text() {
  static const std::vector<std::string> parts = {"a",         "INBOX",
                                                 " ",         "\"",
                                                 "\\",        "\r\n",
                                                 "\n",        "\r",
                                                 "{5}",       "{5+}\r\n",
                                                 ")",         "(",
                                                 "NIL",       "%",
                                                 "*",         "]",
                                                 "[",         "&-",
                                                 "+",         "~",
                                                 "\t",        "\x7f",
                                                 "\xc3\xa9",  "\xff",
                                                 "x2 LOGOUT", "\r\nx DELETE INBOX\r\n",
                                                 "b",         "c"};
  std::string out;
  for (std::uint64_t i = below(8); i > 0; --i) out += one_of(parts);
  if (below(50) == 0) out += std::string(5000, 'l');
  return out;
}

std::string RandomValues::field() {
  static const std::vector<std::string> fields = {"From", "To", "Message-ID", "X y", "a\"b", "", "X-(1)", "nil"};
  return one_of(fields);
}

std::string RandomValues::atom() {
  static const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-=+.$_";
  std::string out(1, 'A');
  for (std::uint64_t i = below(10); i > 0; --i) out += letters[below(letters.size())];
  return out;
}

std::string RandomValues::keyword() {
  return flip() ? "$" + atom() : atom();
}

std::string RandomValues::flag() {
  static const std::vector<std::string> known = {"\\Seen",    "\\Answered", "\\Flagged",
                                                 "\\Deleted", "\\Draft",    "\\Recent"};
  return flip() ? one_of(known) : keyword();
}

std::vector<std::string> RandomValues::flags() {
  std::vector<std::string> out;
  for (std::uint64_t i = below(5); i > 0; --i) out.push_back(flag());
  return out;
}

std::vector<std::string> RandomValues::capabilities() {
  std::vector<std::string> out{atom()};
  for (std::uint64_t i = below(5); i > 0; --i) out.push_back(atom());
  return out;
}

SequenceSet RandomValues::set() {
  std::vector<NumberRange> ranges;
  for (std::uint64_t i = 1 + below(5); i > 0; --i) {
    NumberRange range;
    range.first = below(6) == 0 ? SequenceSet::star : nonzero();
    range.last = flip() ? range.first : below(6) == 0 ? SequenceSet::star : nonzero();
    ranges.push_back(range);
  }
  return SequenceSet(std::move(ranges));
}

SequenceSet RandomValues::uids() {
  std::vector<std::uint32_t> numbers{nonzero()};
  for (std::uint64_t i = below(10); i > 0; --i) numbers.push_back(nonzero());
  return SequenceSet::of(std::move(numbers));
}

DateTime RandomValues::date_time() {
  // Years 1 to 9998, so that no zone leads out of four digits.
  DateTime time;
  time.seconds = -62'135'000'000 + std::int64_t(below(315'000'000'000));
  time.zone = std::int16_t(std::int64_t(below(1681)) - 720);
  return time;
}

Section RandomValues::section() {
  using Specifier = Section::Specifier;
  Section section;
  for (std::uint64_t i = below(3); i > 0; --i) section.part.push_back(nonzero());
  section.specifier = Specifier(below(section.part.empty() ? 5 : 6));
  if (section.specifier == Specifier::header_fields || section.specifier == Specifier::header_fields_not)
    for (std::uint64_t i = 1 + below(3); i > 0; --i) section.fields.push_back(field());
  return section;
}

FetchItem RandomValues::fetch_item() {
  FetchItem item;
  item.kind = FetchItem::Kind(below(14));
  if (item.kind == FetchItem::Kind::rfc822 || item.kind == FetchItem::Kind::rfc822_text) item.peek = flip();
  if (item.kind != FetchItem::Kind::section) return item;
  item.peek = flip();
  item.section = section();
  if (flip()) item.partial = Partial{below(1'000'000), 1 + below(1'000'000)};
  return item;
}

SearchKey RandomValues::search_key(int depth) {
  using Kind = SearchKey::Kind;
  SearchKey key;
  key.kind = Kind(below(depth > 3 ? std::uint64_t(Kind::and_) : std::uint64_t(Kind::not_) + 1));
  static const std::vector<std::string> known = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"};
  if (key.kind == Kind::flag) key.flag = one_of(known);
  if (key.kind == Kind::keyword) key.flag = keyword();
  if (key.kind == Kind::sequence || key.kind == Kind::uid) key.set = set();
  if (key.kind >= Kind::before && key.kind <= Kind::sent_since)
    key.number = std::int64_t(below(3'000'000)) - 700'000;
  else if (key.kind >= Kind::larger && key.kind <= Kind::mod_seq)
    key.number = std::int64_t(below(1'000'000'000'000));
  if (key.kind >= Kind::from && key.kind <= Kind::header) key.text = text();
  if (key.kind == Kind::header) key.field = text();
  const std::uint64_t children = key.kind == Kind::and_  ? 1 + below(3)
                                 : key.kind == Kind::or_ ? 2
                                                         : key.kind == Kind::not_;
  for (std::uint64_t i = 0; i < children; ++i) key.children.push_back(search_key(depth + 1));
  return key;
}

std::vector<StatusItem> RandomValues::status_items() {
  std::vector<StatusItem> items;
  for (std::uint64_t i = 1 + below(4); i > 0; --i) items.push_back(StatusItem(below(9)));
  return items;
}

List RandomValues::list() {
  List list;
  list.reference = text();
  for (std::uint64_t i = below(4) == 0 ? 3 : 1; i > 0; --i) list.patterns.push_back(text());
  list.select_subscribed = flip();
  list.select_remote = flip();
  list.select_special_use = flip();
  list.select_recursive_match = flip() && (list.select_subscribed || list.select_special_use);
  list.return_subscribed = flip();
  list.return_children = flip();
  list.return_special_use = flip();
  if (flip()) list.return_status = status_items();
  list.extended = list.patterns.size() > 1 || list.select_subscribed || list.select_remote || list.select_special_use ||
                  list.return_subscribed || list.return_children || list.return_special_use ||
                  !list.return_status.empty();
  return list;
}

Select RandomValues::select() {
  Select select;
  select.mailbox = text();
  select.read_only = flip();
  select.condstore = flip();
  if (flip()) return select;
  QresyncParameter& qresync = select.qresync.emplace();
  qresync.uid_validity = nonzero();
  qresync.mod_seq = mod_seq();
  if (flip()) qresync.known_uids = uids();
  if (flip()) qresync.sequence_match = {uids(), uids()};
  return select;
}

Search RandomValues::search() {
  Search search;
  search.uid = flip();
  if (flip()) search.charset = "UTF-8";
  search.extended = flip();
  if (search.extended) {
    search.return_min = flip();
    search.return_max = flip();
    search.return_count = flip();
    search.return_all = flip() || !(search.return_min || search.return_max || search.return_count);
  }
  search.key.kind = SearchKey::Kind::and_;
  for (std::uint64_t i = 1 + below(3); i > 0; --i) search.key.children.push_back(search_key(0));
  return search;
}

Fetch RandomValues::fetch() {
  Fetch fetch;
  fetch.uid = flip();
  fetch.set = set();
  for (std::uint64_t i = 1 + below(4); i > 0; --i) fetch.items.push_back(fetch_item());
  if (flip()) fetch.changed_since = mod_seq();
  fetch.vanished = fetch.uid && fetch.changed_since && flip();
  return fetch;
}

Store RandomValues::store() {
  Store store;
  store.uid = flip();
  store.set = set();
  store.change = Store::Change(below(3));
  store.silent = flip();
  store.flags = flags();
  if (flip()) store.unchanged_since = mod_seq();
  return store;
}

Command RandomValues::command() {
  switch (below(30)) {
    case 0:
      return Capability{};
    case 1:
      return Noop{};
    case 2:
      return Logout{};
    case 3:
      return StartTls{};
    case 4:
      return Authenticate{atom(), flip() ? std::optional<std::string>("dGVzdA==") : std::nullopt};
    case 5:
      return Login{text(), text()};
    case 6:
      return Enable{capabilities()};
    case 7:
      return flip() ? Id{} : Id{{{text(), text()}, {"name", std::nullopt}}};
    case 8:
      return Namespace{};
    case 9:
    case 10:
      return select();
    case 11:
      return Create{text(), flip() ? std::vector<std::string>{} : std::vector<std::string>{"\\Drafts", "\\Sent"}};
    case 12:
      return Delete{text()};
    case 13:
      return Rename{text(), text()};
    case 14:
      return Subscribe{text()};
    case 15:
      return Unsubscribe{text()};
    case 16:
    case 17:
      return list();
    case 18:
      return Lsub{text(), text()};
    case 19:
      return Status{text(), status_items()};
    case 20:
      return flip() ? Command(Check{}) : Command(Close{});
    case 21:
      return flip() ? Command(Unselect{}) : Command(Idle{});
    case 22:
      return Expunge{flip() ? std::optional<SequenceSet>(set()) : std::nullopt};
    case 23:
    case 24:
      return search();
    case 25:
    case 26:
      return fetch();
    case 27:
      return store();
    case 28:
      return Copy{flip(), set(), text()};
    default:
      return Move{flip(), set(), text()};
  }
}

FetchData RandomValues::fetch_data() {
  FetchData data;
  data.number = nonzero();
  if (flip()) data.uid = nonzero();
  if (flip()) data.flags = flags();
  if (flip()) data.internal_date = date_time();
  if (flip()) data.size = below(1'000'000'000);
  if (flip()) data.mod_seq = mod_seq();
  if (flip()) data.email_id = atom();
  for (std::uint64_t i = below(3); i > 0; --i) {
    FetchedSection section;
    section.section = flip() ? "" : "1.2.HEADER";
    if (flip()) section.origin = below(1000);
    if (flip()) section.bytes = text() + std::string(below(3), '\0');
    section.size = section.bytes ? section.bytes->size() : 0;
    data.sections.push_back(std::move(section));
  }
  return data;
}

StatusResponse RandomValues::status_response() {
  StatusResponse status;
  status.kind = StatusResponse::Kind(below(5));
  if (flip() && status.kind < StatusResponse::Kind::bye) status.tag = atom();
  status.text = "Some text {5}";
  switch (below(6)) {
    case 0:
      status.code.name = "TRYCREATE";
      break;
    case 1:
      status.code.name = "UIDNEXT";
      status.code.number = nonzero();
      status.code.argument = std::to_string(status.code.number);
      break;
    case 2:
      status.code.name = "COPYUID";
      status.code.number = nonzero();
      status.code.first = uids();
      status.code.second = uids();
      status.code.argument =
          std::to_string(status.code.number) + " " + status.code.first.write() + " " + status.code.second.write();
      break;
    case 3:
      status.code.name = "CAPABILITY";
      status.code.words = capabilities();
      for (const std::string& word : status.code.words)
        status.code.argument += (status.code.argument.empty() ? "" : " ") + word;
      break;
    default:
      break;
  }
  return status;
}

EsearchData RandomValues::esearch() {
  EsearchData data;
  if (flip()) data.tag = atom();
  data.uid = flip();
  if (flip()) data.min = nonzero();
  if (flip()) data.max = nonzero();
  if (flip()) data.count = std::uint32_t(below(100));
  if (flip()) data.all = uids();
  if (flip()) data.mod_seq = mod_seq();
  return data;
}

StatusData RandomValues::status_data() {
  StatusData data;
  data.mailbox = text();
  for (std::uint64_t i = below(5); i > 0; --i) data.items.emplace_back(StatusItem(below(8)), below(0xffffffff));
  if (flip()) data.mailbox_id = atom();
  return data;
}

NamespaceData RandomValues::name_spaces() {
  NamespaceData data;
  for (auto* entries : {&data.personal, &data.others, &data.shared})
    for (std::uint64_t i = below(3); i > 0; --i) entries->push_back({text(), flip() ? '/' : flip() ? '\\' : '\0'});
  return data;
}

Response RandomValues::response() {
  switch (below(17)) {
    case 0:
      return status_response();
    case 1:
      return Continuation{"idling {3}"};
    case 2:
      return CapabilityData{capabilities()};
    case 3:
      return EnabledData{capabilities()};
    case 4:
      return FlagsData{flags()};
    case 5: {
      ListData list{flip(), {"\\HasChildren", "\\Sent"}, flip() ? '/' : flip() ? '"' : '\0', text(), flip()};
      return list;
    }
    case 6:
      return status_data();
    case 7: {
      SearchData data;
      for (std::uint64_t i = below(20); i > 0; --i) data.numbers.push_back(nonzero());
      if (flip()) data.mod_seq = mod_seq();
      return data;
    }
    case 8:
      return esearch();
    case 9:
      return ExistsData{std::uint32_t(below(0xffffffff))};
    case 10:
      return RecentData{std::uint32_t(below(0xffffffff))};
    case 11:
      return ExpungeData{nonzero()};
    case 12:
      return VanishedData{flip(), uids()};
    case 13:
      return name_spaces();
    case 14:
      return flip() ? IdData{} : IdData{{{text(), text()}, {"name", std::nullopt}}};
    default:
      return fetch_data();
  }
}

}  // namespace satchel::imap
