// Questions that change: STORE, APPEND, COPY, MOVE, EXPUNGE, and the mailboxes themselves.
#include <algorithm>
#include <map>

#include "proxy/account/imap_line.hpp"

namespace satchel::account {
namespace {

constexpr std::uint64_t piece_size = 256 * 1024;

const char* use_name(store::SpecialUse use) {
  switch (use) {
    case store::SpecialUse::none:
      return "";
    case store::SpecialUse::all:
      return "\\All";
    case store::SpecialUse::archive:
      return "\\Archive";
    case store::SpecialUse::drafts:
      return "\\Drafts";
    case store::SpecialUse::flagged:
      return "\\Flagged";
    case store::SpecialUse::junk:
      return "\\Junk";
    case store::SpecialUse::sent:
      return "\\Sent";
    case store::SpecialUse::trash:
      return "\\Trash";
  }
  return "";
}

// UIDs of a COPYUID in the order written. Bounded by `limit`: a range that names more is not believed.
std::vector<std::uint32_t> numbers_of(const imap::SequenceSet& set, std::size_t limit) {
  std::vector<std::uint32_t> numbers;
  for (const imap::NumberRange& range : set.ranges()) {
    const std::int64_t step = range.first <= range.last ? 1 : -1;
    for (std::int64_t uid = range.first;; uid += step) {
      if (numbers.size() == limit) return {};
      numbers.push_back(std::uint32_t(uid));
      if (uid == range.last) break;
    }
  }
  return numbers;
}

void take_copyuid(const imap::ResponseCode& code, const std::vector<UpstreamUid>& asked, sync::TransferAnswer& answer) {
  if (code.name != "COPYUID" || code.number == 0) return;
  const auto sources = numbers_of(code.first, asked.size());
  const auto targets = numbers_of(code.second, asked.size());
  if (sources.empty() || sources.size() != targets.size()) return;
  std::map<UpstreamUid, UpstreamUid> made;
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (!made.try_emplace(UpstreamUid{sources[i]}, UpstreamUid{targets[i]}).second) return;  // two copies of one
  answer.uid_validity = std::uint32_t(code.number);
  for (const auto& pair : made)
    if (std::binary_search(asked.begin(), asked.end(), pair.first)) answer.uids.push_back(pair);
}

// Reads a content piece by piece.
struct PieceReader {
  store::Contents& contents;
  store::ContentNumber content;
  std::uint64_t offset = 0;
};

awaitable<Result<std::string>> no_piece() {
  co_return std::string();
}

awaitable<Result<std::string>> read_piece(std::shared_ptr<PieceReader> reader) {
  auto piece = co_await reader->contents.read(reader->content, reader->offset, piece_size);
  if (piece) reader->offset += piece->size();
  co_return piece;
}

}  // namespace

awaitable<sync::StoreAnswer> ImapLine::put(sync::StoreAsk ask) {
  sync::StoreAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::write);
  if (!answer.outcome.ok() || ask.uids.empty()) co_return answer;
  imap::Store command;
  command.uid = true;
  command.set = to_set(ask.uids);
  command.change = ask.sign == sync::StoreAsk::Sign::add ? imap::Store::Change::add : imap::Store::Change::remove;
  command.flags = ask.flags.names();
  std::map<UpstreamUid, sync::UidFlags> after;
  const auto on_data = [&](imap::Response& response) {
    auto* data = std::get_if<imap::FetchData>(&response);
    if (data == nullptr || !data->uid || !data->flags || !answers(*data, Asked::flags)) return;
    const UpstreamUid uid{*data->uid};
    if (!std::binary_search(ask.uids.begin(), ask.uids.end(), uid)) return;
    after[uid] = {uid, to_flag_set(*data->flags), data->mod_seq.value_or(0)};
  };
  answer.outcome = co_await run(std::move(command), on_data);
  if (!answer.outcome.ok()) co_return answer;
  std::vector<UpstreamUid> silent;
  for (const UpstreamUid uid : ask.uids)
    if (!after.contains(uid)) silent.push_back(uid);
  if (!silent.empty()) {
    imap::Fetch fetch;
    fetch.uid = true;
    fetch.set = to_set(silent);
    fetch.items.emplace_back();  // FLAGS
    const sync::Outcome told = co_await run(std::move(fetch), on_data);
    // Refused: the flags were stored nevertheless, which ones of them it does not say.
    const bool refused = told.kind == sync::Outcome::Kind::no || told.kind == sync::Outcome::Kind::bad;
    if (!refused) answer.outcome = told;
  }
  for (auto& [uid, flags] : after) answer.flags.push_back(std::move(flags));
  co_return answer;
}

awaitable<sync::AppendAnswer> ImapLine::put(sync::AppendAsk ask) {
  sync::AppendAnswer answer;
  const auto size = co_await contents_.size(ask.content);
  if (!size) {
    answer.outcome.kind = sync::Outcome::Kind::no;
    answer.outcome.code = "UNAVAILABLE";
    answer.outcome.text = size.error().text;
    co_return answer;
  }
  imap::Append command;
  command.mailbox = ask.mailbox;
  command.flags = ask.flags.names();
  command.date = imap::DateTime{ask.internal_date, ask.zone};
  command.size = *size;
  const auto reader = std::make_shared<PieceReader>(PieceReader{contents_, ask.content, 0});
  const std::uint64_t whole = *size;
  const auto next_piece = [reader, whole]() -> awaitable<Result<std::string>> {
    if (reader->offset >= whole) return no_piece();
    return read_piece(reader);
  };
  const auto tagged = co_await connection_->append(std::move(command), next_piece);
  note_failures();
  answer.outcome = outcome(tagged);
  if (tagged && tagged->code.name == "APPENDUID" && tagged->code.first.ranges().size() == 1) {
    const imap::NumberRange range = tagged->code.first.ranges().front();
    if (range.first == range.last) {
      answer.uid_validity = std::uint32_t(tagged->code.number);
      answer.uid = UpstreamUid{range.first};
    }
  }
  co_return answer;
}

awaitable<sync::TransferAnswer> ImapLine::put(sync::TransferAsk ask) {
  sync::TransferAnswer answer;
  const bool moves = ask.verb == sync::TransferAsk::Verb::move;
  answer.outcome = co_await enter(ask.at, moves ? Access::write : Access::read);
  if (!answer.outcome.ok() || ask.uids.empty()) co_return answer;
  imap::ResponseCode code;
  imap::ResponseCode untagged;  // MOVE tells COPYUID in an untagged OK (RFC 6851 section 4.3)
  const auto on_data = [&untagged](imap::Response& response) {
    auto* status = std::get_if<imap::StatusResponse>(&response);
    if (status != nullptr && status->code.name == "COPYUID") untagged = std::move(status->code);
  };
  imap::Command command;
  if (moves)
    command = imap::Move{true, to_set(ask.uids), ask.to};
  else
    command = imap::Copy{true, to_set(ask.uids), ask.to};
  answer.outcome = co_await run(std::move(command), on_data, {}, &code);
  if (moves && answer.outcome.kind == sync::Outcome::Kind::bad) deny("MOVE");
  take_copyuid(code.name == "COPYUID" ? code : untagged, ask.uids, answer);
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::UidExpungeAsk ask) {
  sync::PlainAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::write);
  if (!answer.outcome.ok() || ask.uids.empty()) co_return answer;
  imap::Expunge command;
  command.uids = to_set(ask.uids);
  answer.outcome = co_await run(std::move(command), {});
  if (answer.outcome.kind == sync::Outcome::Kind::bad) deny("UIDPLUS");
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::ExpungeAsk ask) {
  sync::PlainAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::write);
  if (answer.outcome.ok()) answer.outcome = co_await run(imap::Expunge{}, {});
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::CreateAsk ask) {
  imap::Create command;
  command.mailbox = ask.mailbox;
  if (abilities_.create_special_use && ask.special_use != store::SpecialUse::none)
    command.special_use.push_back(use_name(ask.special_use));
  const Words leans_on = words(command.special_use.empty() ? "" : "CREATE-SPECIAL-USE");
  sync::PlainAnswer answer;
  answer.outcome = co_await run(std::move(command), {}, leans_on);
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::RenameAsk ask) {
  sync::PlainAnswer answer;
  answer.outcome = co_await leave();
  if (!answer.outcome.ok()) co_return answer;
  imap::Rename command{ask.from, ask.to};
  answer.outcome = co_await run(std::move(command), {});
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::DeleteAsk ask) {
  sync::PlainAnswer answer;
  answer.outcome = co_await leave();
  if (!answer.outcome.ok()) co_return answer;
  imap::Delete command{ask.mailbox};
  answer.outcome = co_await run(std::move(command), {});
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::SubscribeAsk ask) {
  imap::Subscribe command{ask.mailbox};
  sync::PlainAnswer answer;
  answer.outcome = co_await run(std::move(command), {});
  co_return answer;
}

awaitable<sync::PlainAnswer> ImapLine::put(sync::UnsubscribeAsk ask) {
  imap::Unsubscribe command{ask.mailbox};
  sync::PlainAnswer answer;
  answer.outcome = co_await run(std::move(command), {});
  co_return answer;
}

}  // namespace satchel::account
