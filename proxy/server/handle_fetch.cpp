// FETCH, RFC 3501 section 6.4.5; CHANGEDSINCE and MODSEQ, RFC 7162. In runs of some hundreds: while
// one is being sent the next is read. In ascending order, and no item of a message is ever left out.
#include <algorithm>

#include "proxy/server/fetch_write.hpp"
#include "proxy/server/targets.hpp"
#include "proxy/stream/ahead.hpp"

namespace satchel::server {
namespace {

using Kind = imap::FetchItem::Kind;

// How many messages could not be told of, and why.
struct Tally {
  std::size_t damaged = 0;
  std::size_t not_here = 0;
  std::size_t gone = 0;

  void count(ErrorCode trouble) {
    if (trouble == ErrorCode::corrupt)
      ++damaged;
    else if (trouble == ErrorCode::not_found)
      ++gone;
    else
      ++not_here;
  }
  Answer answer() const;
};

std::string messages(std::size_t count) {
  return count == 1 ? "1 message is" : std::to_string(count) + " messages are";
}

Answer Tally::answer() const {
  if (damaged != 0) return no("CORRUPTION", messages(damaged) + " damaged on this computer, and cannot be shown.");
  if (not_here != 0)
    return no("UNAVAILABLE", messages(not_here) + " not on this computer yet, and upstream cannot be reached.");
  if (gone != 0) return no("EXPUNGEISSUED", messages(gone) + " gone.");
  return ok("Done.");
}

// Items of extensions that are not offered here.
bool unoffered(const imap::Fetch& command) {
  return command.vanished || std::any_of(command.items.begin(), command.items.end(), [](const imap::FetchItem& item) {
           return item.kind == Kind::email_id || item.kind == Kind::gmail_message_id;
         });
}

bool asks_mod_seq(const imap::Fetch& command) {
  return command.changed_since || std::any_of(command.items.begin(), command.items.end(),
                                              [](const imap::FetchItem& item) { return item.kind == Kind::mod_seq; });
}

std::vector<std::uint32_t> indexes_of(const MailboxView& view, const imap::Fetch& command) {
  const Numbering numbering = numbering_of(command);
  if (!command.changed_since) return view.indexes(command.set, numbering);
  std::vector<std::uint32_t> found;
  const auto ranges = view.resolve(command.set, numbering);
  view.for_each_changed(ModSeq{*command.changed_since}, [&](std::uint32_t index, const store::Message& row) {
    const std::uint32_t number = numbering == Numbering::uid ? row.uid.value : index + 1;
    if (imap::contains(ranges, number) && !view.gone(row.uid)) found.push_back(index);
  });
  return found;
}

awaitable<void> send_run(Session& session, const FetchPlan& plan, FetchedRun run, Tally& tally) {
  const bool sections = has_sections(plan);
  for (FetchedMessage& one : run) {
    if (!one.trouble && sections)
      co_await write_message(session, plan, one);
    else if (!one.trouble)
      write_message_at_once(session, plan, one);
    if (one.trouble) tally.count(*one.trouble);
    if (!co_await session.flush_when_full()) co_return;
  }
}

awaitable<void> send_all(Session& session, const FetchPlan& plan, std::vector<std::uint32_t> indexes, Tally& tally) {
  stream::Ahead<FetchedRun> ahead(session.context().executor);
  std::size_t at = 0;
  const auto load_next = [&] {
    if (at == indexes.size()) return;
    const std::size_t count = run_length(session.selected(), plan, indexes, at);
    std::vector<std::uint32_t> some(indexes.begin() + std::ptrdiff_t(at), indexes.begin() + std::ptrdiff_t(at + count));
    at += count;
    ahead.start(load_run(session, plan, std::move(some)));
  };
  std::exception_ptr broken;
  load_next();
  while (ahead.running() && !session.lost() && !broken) {
    FetchedRun run = co_await ahead.take();
    load_next();
    try {
      co_await send_run(session, plan, std::move(run), tally);
    } catch (...) {
      broken = std::current_exception();
    }
  }
  if (ahead.running()) co_await ahead.take();
  if (broken) std::rethrow_exception(broken);
}

}  // namespace

awaitable<Answer> handle_fetch(Session& session, imap::Fetch command) {
  if (unoffered(command)) co_return bad("An item is of an extension that is not offered here.");
  MailboxView& view = session.selected();
  if (!command.uid && !view.in_range(command.set)) co_return bad("There is no message of that number.");
  if (asks_mod_seq(command)) session.enable_condstore();
  const FetchPlan plan = plan_fetch(command, view.access() == Access::read_write ? SeenRule::set : SeenRule::leave);
  std::vector<std::uint32_t> indexes = indexes_of(view, command);
  Tally tally;
  co_await send_all(session, plan, std::move(indexes), tally);
  co_return tally.answer();
}

}  // namespace satchel::server
