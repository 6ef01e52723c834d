// Mailboxes: LIST, STATUS, and opening and leaving one.
#include "proxy/account/imap_line.hpp"

namespace satchel::account {

using sync::Outcome;

namespace {

// Not asked for any more where STATUS gave something else for it (Cyrus 3.6 does); SELECT may still tell it.
constexpr const char* status_mailbox_id = "MAILBOXID in STATUS";

}  // namespace

// The bytes in the place of an id may end the line too early: then that is what cannot be read.
void ImapLine::note_odd_ids(bool odd) {
  if (odd || (unreadable_ && abilities_.object_id)) learned_->denied.insert(status_mailbox_id);
}

std::vector<imap::StatusItem> ImapLine::status_items() const {
  std::vector<imap::StatusItem> items{imap::StatusItem::messages, imap::StatusItem::uid_next,
                                      imap::StatusItem::uid_validity};
  if (abilities_.condstore) items.push_back(imap::StatusItem::highest_mod_seq);
  if (abilities_.object_id && !learned_->denied.contains(status_mailbox_id))
    items.push_back(imap::StatusItem::mailbox_id);
  return items;
}

awaitable<sync::ListAnswer> ImapLine::put(sync::ListAsk) {
  ListHeard heard;
  std::vector<imap::Command> both{list_command(abilities_, status_items()), lsub_command()};
  const auto on_data = [&](imap::Response& response) {
    heard.take(response);
    if (heard.endless) connection_->close();
  };
  const std::vector<Outcome> outcomes = co_await run_all(std::move(both), on_data);
  note_odd_ids(heard.odd_ids);
  note_refusal(outcomes.front(), words("LIST-STATUS", abilities_.list_extended ? "LIST-EXTENDED" : ""));
  sync::ListAnswer answer = heard.finish();
  // Of the mailbox that is selected STATUS tells what was told here last (RFC 3501 section 6.3.10).
  for (sync::ListedMailbox& mailbox : answer.mailboxes)
    if (mailbox.name == selected_) mailbox.status.reset();
  answer.outcome = outcomes.front().ok() ? outcomes.back() : outcomes.front();
  if (heard.endless) {
    answer.outcome.kind = Outcome::Kind::no;
    answer.outcome.text = too_many_names;
  }
  co_return answer;
}

awaitable<sync::StatusAnswer> ImapLine::put(sync::StatusAsk ask) {
  sync::StatusAnswer answer;
  if (selected_ == ask.mailbox) {
    answer.outcome = co_await leave();
    if (!answer.outcome.ok()) co_return answer;
  }
  imap::Status status{ask.mailbox, status_items()};
  bool odd_id = false;
  const auto on_data = [&](imap::Response& response) {
    if (const auto* data = std::get_if<imap::StatusData>(&response)) answer.figures = figures_of(*data, odd_id);
  };
  const Words leans_on = words("OBJECTID", "CONDSTORE");
  answer.outcome = co_await run(std::move(status), on_data, leans_on);
  note_odd_ids(odd_id);
  co_return answer;
}

namespace {

void take_selected(const imap::Response& response, sync::SelectAnswer& answer) {
  if (const auto* exists = std::get_if<imap::ExistsData>(&response)) answer.exists = exists->number;
  const auto* status = std::get_if<imap::StatusResponse>(&response);
  if (status == nullptr) return;
  if (status->code.name == "UIDVALIDITY") answer.uid_validity = std::uint32_t(status->code.number);
  if (status->code.name == "UIDNEXT") answer.uid_next = std::uint32_t(status->code.number);
  if (status->code.name == "HIGHESTMODSEQ") answer.highest_modseq = status->code.number;
  if (status->code.name == "MAILBOXID") answer.mailbox_id = object_id(status->code.argument);
}

}  // namespace

imap::Select ImapLine::select_command(const std::string& mailbox, Access access) const {
  imap::Select command;
  command.mailbox = mailbox;
  command.read_only = access == Access::read;
  command.condstore = abilities_.condstore && !abilities_.qresync;
  return command;
}

void ImapLine::forget_selected() {
  has_selected_ = true;
  selected_.clear();
  exists_ = 0;
  early_.clear();
  early_metadata_.clear();
}

void ImapLine::note_selected(std::string mailbox, Access access, std::uint32_t uid_validity) {
  selected_ = std::move(mailbox);
  access_ = access;
  uid_validity_ = uid_validity;
  learned_->uid_validities[selected_] = uid_validity;
}

awaitable<sync::SelectAnswer> ImapLine::select(std::string mailbox, Access access, std::optional<imap::Command> ahead) {
  sync::SelectAnswer answer;
  imap::Select command = select_command(mailbox, access);
  forget_selected();
  const auto on_data = [&answer](imap::Response& response) { take_selected(response, answer); };
  const Words leans_on = words(command.condstore ? "CONDSTORE" : "");
  answer.outcome = co_await run(std::move(command), on_data, leans_on, nullptr, std::move(ahead));
  if (answer.outcome.ok()) note_selected(std::move(mailbox), access, answer.uid_validity);
  co_return answer;
}

awaitable<Outcome> ImapLine::enter(sync::At at, Access access, std::optional<imap::Command> ahead) {
  Outcome outcome;
  const bool there =
      selected_ == at.mailbox && !selected_.empty() && (access == Access::read || access_ == Access::write);
  if (!there) {
    // A server that has no time for EXAMINE may leave open what was open before: it would give of that.
    // And where UIDVALIDITY is another one by now, what was asked for would be given of other messages.
    const auto learned = learned_->uid_validities.find(at.mailbox);
    const bool known = learned != learned_->uid_validities.end() && learned->second == at.uid_validity;
    if (has_selected_ || !known) ahead.reset();
    const sync::SelectAnswer selected = co_await select(at.mailbox, access, std::move(ahead));
    outcome = selected.outcome;
    if (!outcome.ok()) co_return outcome;
  }
  if (at.uid_validity != 0 && uid_validity_ != at.uid_validity) outcome.kind = Outcome::Kind::uid_validity_changed;
  co_return outcome;
}

awaitable<Outcome> ImapLine::leave() {
  Outcome outcome;
  if (selected_.empty()) co_return outcome;
  if (abilities_.unselect) {
    outcome = co_await run(imap::Unselect{}, {});
    if (outcome.kind == Outcome::Kind::bad) deny("UNSELECT");
  }
  if (!abilities_.unselect) {
    // EXAMINE of a name that cannot be leaves the mailbox selected before (RFC 3501 section 6.3.1).
    imap::Select command;
    command.mailbox = "satchel-leaves-" + std::to_string(uid_validity_);
    command.read_only = true;
    outcome = co_await run(std::move(command), {});
    if (outcome.kind != Outcome::Kind::lost) outcome = Outcome{};
  }
  selected_.clear();
  co_return outcome;
}

// What is asked along says nothing where it was refused: then it is asked again, by itself.
awaitable<sync::SelectAnswer> ImapLine::put(sync::SelectAsk ask) {
  if (!ask.list_uids && ask.changes_since == 0) co_return co_await select(ask.mailbox, Access::read);
  sync::SelectAnswer answer;
  UidsHeard uids;
  ChangesHeard changes;
  std::vector<imap::Command> flight{select_command(ask.mailbox, Access::read)};
  const bool condstore = std::get<imap::Select>(flight.front()).condstore;
  if (ask.changes_since != 0) flight.push_back(changes_command(abilities_, ask.changes_since));
  if (ask.list_uids) flight.push_back(search_command(abilities_));
  forget_selected();
  bool torn = false;  // the mailbox became another one in between
  const auto on_data = [&](imap::Response& response) {
    const std::uint32_t before = answer.uid_validity;
    take_selected(response, answer);
    torn = torn || (before != 0 && answer.uid_validity != before);
    uids.take(response);
    changes.take(response);
    if (uids.endless || changes.endless) connection_->close();
  };
  const std::vector<Outcome> outcomes = co_await run_all(std::move(flight), on_data);
  answer.outcome = outcomes.front();
  note_refusal(answer.outcome, words(condstore ? "CONDSTORE" : ""));
  if (!answer.outcome.ok()) co_return answer;
  if (torn) {
    answer.outcome.kind = Outcome::Kind::uid_validity_changed;
    co_return answer;
  }
  note_selected(std::move(ask.mailbox), Access::read, answer.uid_validity);
  if (ask.list_uids && outcomes.back().ok()) answer.uids = uids.finish(exists_);
  if (ask.changes_since != 0 && outcomes[1].ok() && !changes.flags.unreadable) changes.finish(answer.changes.emplace());
  co_return answer;
}

}  // namespace satchel::account
