// SEARCH and UID SEARCH, with RETURN (RFC 4731).
#include <algorithm>

#include "message_text.hpp"
#include "session.hpp"

namespace satchel::sim::model {

struct Session::SearchKey {
  enum class Kind {
    all,
    numbers,
    uids,
    flag,
    no_flag,
    recent,
    before,
    on,
    since,
    larger,
    smaller,
    field,
    text,
    body,
    modseq,
    any_of,
    none_of,
    all_of
  };
  Kind kind = Kind::all;
  SequenceSet set{};
  std::uint64_t number = 0;  // size, MODSEQ or days since 1970
  std::string name{};        // of a flag or field
  std::string wanted{};
  std::vector<SearchKey> keys{};
};

bool Session::read_keys(Scanner& in, std::vector<SearchKey>& keys, bool until_parenthesis) {
  do
    if (!read_key(in, keys)) return false;
  while (in.take(' '));
  return until_parenthesis ? in.take(')') : in.done();
}

namespace {

enum class Argument { none, keyword, date, number, uids, text, field, key, two_keys };

}  // namespace

// A key by its name: what follows it, and for flags and fields which one it means.
struct Session::SearchWord {
  const char* name;
  SearchKey::Kind kind;
  Argument argument = Argument::none;
  const char* of = "";
};

const Session::SearchWord* Session::search_word(std::string_view name) {
  using Kind = SearchKey::Kind;
  static constexpr SearchWord words[] = {
      {"ALL", Kind::all},
      {"ANSWERED", Kind::flag, Argument::none, "\\Answered"},
      {"UNANSWERED", Kind::no_flag, Argument::none, "\\Answered"},
      {"DELETED", Kind::flag, Argument::none, "\\Deleted"},
      {"UNDELETED", Kind::no_flag, Argument::none, "\\Deleted"},
      {"DRAFT", Kind::flag, Argument::none, "\\Draft"},
      {"UNDRAFT", Kind::no_flag, Argument::none, "\\Draft"},
      {"FLAGGED", Kind::flag, Argument::none, "\\Flagged"},
      {"UNFLAGGED", Kind::no_flag, Argument::none, "\\Flagged"},
      {"SEEN", Kind::flag, Argument::none, "\\Seen"},
      {"UNSEEN", Kind::no_flag, Argument::none, "\\Seen"},
      {"RECENT", Kind::recent},
      {"KEYWORD", Kind::flag, Argument::keyword},
      {"UNKEYWORD", Kind::no_flag, Argument::keyword},
      {"BEFORE", Kind::before, Argument::date},
      {"ON", Kind::on, Argument::date},
      {"SINCE", Kind::since, Argument::date},
      {"LARGER", Kind::larger, Argument::number},
      {"SMALLER", Kind::smaller, Argument::number},
      {"MODSEQ", Kind::modseq, Argument::number},
      {"UID", Kind::uids, Argument::uids},
      {"TEXT", Kind::text, Argument::text},
      {"BODY", Kind::body, Argument::text},
      {"SUBJECT", Kind::field, Argument::text, "SUBJECT"},
      {"FROM", Kind::field, Argument::text, "FROM"},
      {"TO", Kind::field, Argument::text, "TO"},
      {"CC", Kind::field, Argument::text, "CC"},
      {"BCC", Kind::field, Argument::text, "BCC"},
      {"HEADER", Kind::field, Argument::field},
      {"NOT", Kind::none_of, Argument::key},
      {"OR", Kind::any_of, Argument::two_keys},
  };
  for (const SearchWord& word : words)
    if (name == word.name) return &word;
  return nullptr;
}

// A sequence set, keys in parentheses, or a word and what follows it.
bool Session::read_key(Scanner& in, std::vector<SearchKey>& keys) {
  SearchKey key;
  Scanner ahead = in;
  if (in.take('(')) {
    key.kind = SearchKey::Kind::all_of;
    if (!read_keys(in, key.keys, true)) return false;
  } else if (key.set = ahead.set(); !ahead.failed()) {
    key.kind = SearchKey::Kind::numbers;
    in = ahead;
  } else {
    const SearchWord* const word = search_word(in.word());
    if (word == nullptr || (word->kind == SearchKey::Kind::modseq && !traits_.condstore)) return false;
    key.kind = word->kind;
    key.name = word->of;
    if (!read_argument(in, *word, key)) return false;
  }
  keys.push_back(std::move(key));
  return !in.failed();
}

bool Session::read_argument(Scanner& in, const SearchWord& word, SearchKey& key) {
  if (word.argument != Argument::none) in.space();
  switch (word.argument) {
    case Argument::none:
      return true;
    case Argument::keyword:
      key.name = in.atom();
      return true;
    case Argument::date:
      key.number = std::uint64_t(in.date());
      return true;
    case Argument::number:
      key.number = in.number();
      return true;
    case Argument::uids:
      key.set = in.set();
      return true;
    case Argument::field:
      key.name = in.astring();
      in.space();
      key.wanted = in.astring();
      return true;
    case Argument::text:
      key.wanted = in.astring();
      return true;
    case Argument::key:
      return read_key(in, key.keys);
    case Argument::two_keys:
      if (!read_key(in, key.keys)) return false;
      in.space();
      return read_key(in, key.keys);
  }
  return false;
}

bool Session::matches(const SearchKey& key, std::size_t place, const Message& message) const {
  using Kind = SearchKey::Kind;
  const Seen& seen = view_->messages[place];
  const auto fits = [&](const SearchKey& other) { return matches(other, place, message); };
  // SINCE and the others look at the date as INTERNALDATE writes it, without time and zone.
  const std::int64_t local = message.internal_date + message.zone * 60;
  const std::int64_t day = (local >= 0 ? local : local - 86'399) / 86'400;
  const auto contains = [&key](std::string_view text) {
    return upper_case(text).find(upper_case(key.wanted)) != std::string::npos;
  };
  switch (key.kind) {
    case Kind::all:
      return true;
    case Kind::numbers:
      return key.set.contains(std::uint32_t(place + 1), view_->exists());
    case Kind::uids:
      return key.set.contains(seen.uid, view_->largest_uid());
    case Kind::flag:
      return seen.flags.contains(key.name);
    case Kind::no_flag:
      return !seen.flags.contains(key.name);
    case Kind::recent:
      return view_->recent.contains(seen.uid);
    case Kind::before:
      return day < std::int64_t(key.number);
    case Kind::on:
      return day == std::int64_t(key.number);
    case Kind::since:
      return day >= std::int64_t(key.number);
    case Kind::larger:
      return message.bytes->size() > key.number;
    case Kind::smaller:
      return message.bytes->size() < key.number;
    case Kind::field:
      return field_contains(*message.bytes, key.name, key.wanted);
    case Kind::text:
      return contains(*message.bytes);
    case Kind::body:
      return contains(text_of(*message.bytes));
    case Kind::modseq:
      return seen.modseq >= key.number;
    case Kind::any_of:
      return std::any_of(key.keys.begin(), key.keys.end(), fits);
    case Kind::none_of:
      return std::none_of(key.keys.begin(), key.keys.end(), fits);
    case Kind::all_of:
      return std::all_of(key.keys.begin(), key.keys.end(), fits);
  }
  return false;
}

// search = "SEARCH" [SP "RETURN" SP "(" *option ")"] [SP "CHARSET" SP astring] 1*(SP search-key)
void Session::search(Scanner& in) {
  in.space();
  std::optional<std::vector<std::string>> options;
  Scanner ahead = in;
  if (traits_.esearch && ahead.word() == "RETURN") {
    ahead.space();
    options = ahead.word_list();
    ahead.space();
    in = ahead;
  }
  ahead = in;
  if (ahead.word() == "CHARSET") {
    ahead.space();
    const std::string charset = upper_case(ahead.astring());
    ahead.space();
    if (charset != "UTF-8" && charset != "US-ASCII") return no("No such charset.", "BADCHARSET (US-ASCII UTF-8)");
    in = ahead;
  }
  std::vector<SearchKey> keys;
  if (!read_keys(in, keys, false)) return bad("SEARCH key ...");
  const Mailbox& mailbox = *selected();
  const bool with_modseq =
      std::any_of(keys.begin(), keys.end(), [](const SearchKey& key) { return key.kind == SearchKey::Kind::modseq; });
  if (with_modseq && mailbox.no_modseq) return bad("No MODSEQs here.");
  if (with_modseq) enable_condstore();
  Places found;
  for (std::size_t place = 0; place < view_->messages.size(); ++place) {
    const Message* const message = mailbox.find(view_->messages[place].uid);
    const auto fits = [&](const SearchKey& key) { return matches(key, place, *message); };
    if (message != nullptr && std::all_of(keys.begin(), keys.end(), fits)) found.push_back(place);
  }
  tell_found(found, options, with_modseq);
  ok("Searched.");
}

void Session::tell_found(const Places& found, const std::optional<std::vector<std::string>>& options,
                         bool with_modseq) {
  std::vector<std::uint32_t> numbers;
  ModSeq highest = 0;
  for (const std::size_t place : found) {
    numbers.push_back(uid_ ? view_->messages[place].uid : std::uint32_t(place + 1));
    highest = std::max(highest, view_->messages[place].modseq);
  }
  if (!options) {
    std::string out = "SEARCH";
    for (const std::uint32_t number : numbers) out += ' ' + std::to_string(number);
    if (with_modseq && !numbers.empty()) out += " (MODSEQ " + std::to_string(highest) + ")";
    return untagged(out);
  }
  const auto wants = [&options](std::string_view option) {
    return std::find(options->begin(), options->end(), option) != options->end();
  };
  std::string out = "ESEARCH (TAG " + write_quoted(tag_) + ")";
  if (uid_) out += " UID";
  if (!numbers.empty() && wants("MIN")) out += " MIN " + std::to_string(numbers.front());
  if (!numbers.empty() && wants("MAX")) out += " MAX " + std::to_string(numbers.back());
  if (wants("COUNT")) out += " COUNT " + std::to_string(numbers.size());
  if (!numbers.empty() && (options->empty() || wants("ALL"))) out += " ALL " + write_set(numbers);
  if (with_modseq && !numbers.empty()) out += " MODSEQ " + std::to_string(highest);
  untagged(out);
}

}  // namespace satchel::sim::model
