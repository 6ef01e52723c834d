// STORE, RFC 3501 section 6.4.6; UNCHANGEDSINCE, RFC 7162 section 3.1.3.
#include <algorithm>
#include <map>

#include "proxy/imap/response_writer.hpp"
#include "proxy/server/targets.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

struct Before {
  Uid uid;
  store::FlagSetId flags;
  bool awaited = false;  // the client does not know these flags yet
};

store::FlagChange change_of(imap::Store::Change change) {
  switch (change) {
    case imap::Store::Change::add:
      return store::FlagChange::add;
    case imap::Store::Change::remove:
      return store::FlagChange::remove;
    case imap::Store::Change::replace:
      break;
  }
  return store::FlagChange::replace;
}

// What a client that asked for .SILENT takes the flags to be.
store::FlagSet expected(store::FlagSet flags, const imap::Store& command, const store::FlagSet& given) {
  if (command.change == imap::Store::Change::replace) return given;
  if (command.change == imap::Store::Change::add)
    flags.add(given);
  else
    flags.remove(given);
  return flags;
}

std::vector<Before> look_before(const MailboxView& view, const std::vector<Uid>& uids) {
  std::vector<Before> before;
  before.reserve(uids.size());
  for (const Uid uid : uids)
    if (const store::Message* row = view.message(uid)) before.push_back({uid, row->effective, view.awaits_flags(uid)});
  return before;
}

void write_fetch(Session& session, const imap::Store& command, const store::Message& row) {
  MailboxView& view = session.selected();
  imap::FetchWriter fetch(session.out(), view.number_of(row.uid).value);
  if (command.uid) fetch.uid(row.uid.value);
  if (!command.silent) fetch.flags_text(view.flags_text(row));
  if (session.mod_seqs() == ModSeqs::tell) fetch.mod_seq(row.modseq.value);
  fetch.finish();
}

// With .SILENT nothing is said of flags that are what the client expects.
awaitable<void> tell_stored(Session& session, const imap::Store& command, std::vector<Before> before,
                            const std::vector<Uid>& modified, const store::FlagSet& given) {
  MailboxView& view = session.selected();
  FlagTexts& texts = view.flag_texts();
  std::vector<const store::Message*> rows;
  std::vector<Uid> told;
  bool new_keyword = false;
  for (const Before& one : before) {
    const store::Message* row = view.message(one.uid);
    if (row == nullptr || view.gone(one.uid) || std::binary_search(modified.begin(), modified.end(), one.uid)) continue;
    const bool as_expected =
        !one.awaited && texts.set(row->effective) == expected(texts.set(one.flags), command, given);
    if (!command.silent || as_expected) told.push_back(one.uid);
    if (!command.silent || session.mod_seqs() == ModSeqs::tell) rows.push_back(row);
    if (!command.silent) new_keyword |= texts.note(row->effective);
  }
  if (new_keyword) imap::write_flags_data(session.out(), texts.flags());
  view.told_flags(told);
  for (const store::Message* row : rows) write_fetch(session, command, *row);
  co_await session.flush_when_full();
}

Answer stored_answer(const MailboxView& view, const imap::Store& command, const std::vector<Uid>& modified,
                     bool some_gone) {
  if (!modified.empty()) {
    std::vector<Uid> numbers;
    for (const Uid uid : modified) numbers.push_back(command.uid ? uid : Uid{view.number_of(uid).value});
    return ok("MODIFIED " + set_of(numbers), "Some were changed since, and left alone.");
  }
  if (some_gone && !command.uid) return no("EXPUNGEISSUED", "Some of the messages are gone.");
  return ok("Done.");
}

}  // namespace

awaitable<Answer> handle_store(Session& session, imap::Store command) {
  MailboxView& view = session.selected();
  if (view.access() == Access::read_only) co_return no("CANNOT", "The mailbox is open for reading only.");
  const Targets targets = targets_of(view, command.set, numbering_of(command));
  if (targets.beyond) co_return bad("There is no message of that number.");
  if (command.unchanged_since) session.enable_condstore();
  if (const auto here = co_await need_metadata(session, targets.uids); !here) co_return answer_for(here.error());
  store::FlagSet given;
  for (const std::string& flag : command.flags) given.add(flag);
  std::vector<Before> before = look_before(view, targets.uids);
  std::vector<Uid> modified;
  const store::MailboxId mailbox = view.mailbox().id;
  store::Store::Change change = [&](store::Transaction& tx) -> Result<> {
    std::optional<ModSeq> since;
    if (command.unchanged_since) since = ModSeq{*command.unchanged_since};
    auto left = store::store_flags(tx, mailbox, targets.uids, change_of(command.change), given, since);
    if (!left) return left.error();
    modified = std::move(*left);
    return {};
  };
  if (!targets.uids.empty()) {
    const auto done = co_await session.change(std::move(change));
    if (!done) co_return answer_for(done.error());
  }
  co_await tell_stored(session, command, std::move(before), modified, given);
  co_return stored_answer(view, command, modified, targets.some_gone);
}

}  // namespace satchel::server
