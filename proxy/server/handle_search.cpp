// SEARCH and UID SEARCH, RFC 3501 section 6.4.4; ESEARCH, RFC 4731; MODSEQ, RFC 7162 section 3.1.5.
#include <algorithm>

#include "proxy/imap/response_writer.hpp"
#include "proxy/imap/scanner.hpp"
#include "proxy/mime/charset.hpp"
#include "proxy/server/search_run.hpp"

namespace satchel::server {
namespace {

bool known_charset(const std::string& charset) {
  return charset.empty() || imap::equal_without_case(charset, "UTF-8") ||
         imap::equal_without_case(charset, "US-ASCII") || mime::make_system_decoder(charset) != nullptr;
}

bool asks_mod_seq(const imap::SearchKey& key) {
  return key.kind == imap::SearchKey::Kind::mod_seq ||
         std::any_of(key.children.begin(), key.children.end(), asks_mod_seq);
}

ModSeq mod_seq_at(const MailboxView& view, std::uint32_t index) {
  const store::Message* row = view.message(view.uid_at(index));
  return row == nullptr ? ModSeq{} : row->modseq;
}

// MODSEQ belongs to what is returned: of MIN and MAX alone, to those two (RFC 7162 section 3.1.5).
ModSeq returned_mod_seq(const MailboxView& view, const imap::Search& command, const SearchOutcome& outcome) {
  if (outcome.indexes.empty() || command.return_all || command.return_count || !command.extended)
    return outcome.highest;
  ModSeq highest;
  if (command.return_min) highest = mod_seq_at(view, outcome.indexes.front());
  if (command.return_max) highest = std::max(highest, mod_seq_at(view, outcome.indexes.back()));
  return highest;
}

imap::EsearchData esearch_data(const imap::Search& command, std::vector<std::uint32_t> numbers) {
  imap::EsearchData data;
  data.uid = command.uid;
  if (command.return_count) data.count = std::uint32_t(numbers.size());
  if (numbers.empty()) return data;
  if (command.return_min) data.min = numbers.front();
  if (command.return_max) data.max = numbers.back();
  if (command.return_all) data.all = imap::SequenceSet::of(std::move(numbers));
  return data;
}

void write_outcome(Session& session, const imap::Search& command, const SearchOutcome& outcome) {
  const MailboxView& view = session.selected();
  std::vector<std::uint32_t> numbers;
  numbers.reserve(outcome.indexes.size());
  for (const std::uint32_t index : outcome.indexes)
    numbers.push_back(command.uid ? view.uid_at(index).value : index + 1);
  const std::uint64_t mod_seq = asks_mod_seq(command.key) ? returned_mod_seq(view, command, outcome).value : 0;
  if (command.extended) {
    imap::EsearchData data = esearch_data(command, std::move(numbers));
    data.tag = session.tag();
    data.mod_seq = mod_seq;
    imap::write_esearch(session.out(), data);
    return;
  }
  imap::SearchData data;
  data.numbers = std::move(numbers);
  data.mod_seq = mod_seq;
  imap::write_search(session.out(), data);
}

}  // namespace

awaitable<Answer> handle_search(Session& session, imap::Search command) {
  if (!known_charset(command.charset)) co_return no("BADCHARSET (UTF-8 US-ASCII)", "That charset is not known here.");
  if (asks_mod_seq(command.key)) session.enable_condstore();
  Condition condition = compile(command.key, command.charset, session.selected());
  const SearchOutcome outcome = co_await run_search(session, std::move(condition));
  write_outcome(session, command, outcome);
  if (outcome.not_looked_into == 0) co_return ok("Done.");
  co_return ok("Done, but " + std::to_string(outcome.not_looked_into) +
               (outcome.not_looked_into == 1 ? " message" : " messages") +
               " could not be looked into: not on this computer yet.");
}

}  // namespace satchel::server
