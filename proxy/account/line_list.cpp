// Mailboxes: LIST, STATUS, and opening and leaving one.
#include <algorithm>
#include <map>

#include "proxy/account/imap_line.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::account {
namespace {

using sync::Outcome;

store::SpecialUse special_use(const std::vector<std::string>& attributes) {
  static constexpr std::pair<const char*, store::SpecialUse> names[] = {
      {"\\ALL", store::SpecialUse::all},       {"\\ARCHIVE", store::SpecialUse::archive},
      {"\\DRAFTS", store::SpecialUse::drafts}, {"\\FLAGGED", store::SpecialUse::flagged},
      {"\\JUNK", store::SpecialUse::junk},     {"\\SENT", store::SpecialUse::sent},
      {"\\TRASH", store::SpecialUse::trash},   {"\\ALLMAIL", store::SpecialUse::all},
      {"\\SPAM", store::SpecialUse::junk}};
  for (const std::string& attribute : attributes)
    for (const auto& [name, use] : names)
      if (imap::equal_without_case(attribute, name)) return use;
  return store::SpecialUse::none;
}

bool has_attribute(const std::vector<std::string>& attributes, const char* name) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [name](const std::string& attribute) { return imap::equal_without_case(attribute, name); });
}

// objectid = 1*255(ALPHA / DIGIT / "_" / "-"), RFC 8474 section 7; in a response code it stands in brackets.
// Empty where the text is no such thing.
std::string object_id(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  const auto allowed = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           letter == '_' || letter == '-';
  };
  if (text.size() > 255 || !std::all_of(text.begin(), text.end(), allowed)) return {};
  return std::string(text);
}

// Not asked for any more where STATUS gave something else for it (Cyrus 3.6 does); SELECT may still tell it.
constexpr const char* status_mailbox_id = "MAILBOXID in STATUS";

sync::ListedMailbox listed(imap::ListData& data) {
  sync::ListedMailbox mailbox;
  mailbox.name = std::move(data.mailbox);
  mailbox.delimiter = data.delimiter;
  mailbox.selectable =
      !has_attribute(data.attributes, "\\Noselect") && !has_attribute(data.attributes, "\\NonExistent");
  mailbox.special_use = special_use(data.attributes);
  return mailbox;
}

}  // namespace

sync::StatusFigures ImapLine::figures(const imap::StatusData& data) {
  sync::StatusFigures out;
  out.mailbox_id = object_id(data.mailbox_id);
  if (out.mailbox_id.empty() && !data.mailbox_id.empty()) denied_->insert(status_mailbox_id);
  for (const auto& [item, value] : data.items) {
    if (item == imap::StatusItem::messages) out.messages = std::uint32_t(value);
    if (item == imap::StatusItem::uid_next) out.uid_next = std::uint32_t(value);
    if (item == imap::StatusItem::uid_validity) out.uid_validity = std::uint32_t(value);
    if (item == imap::StatusItem::highest_mod_seq) out.highest_modseq = value;
  }
  return out;
}

// The bytes in the place of an id may end the line too early: then that is what cannot be read.
void ImapLine::look_at_status() {
  if (unreadable_ && abilities_.object_id) denied_->insert(status_mailbox_id);
}

std::vector<imap::StatusItem> ImapLine::status_items() const {
  std::vector<imap::StatusItem> items{imap::StatusItem::messages, imap::StatusItem::uid_next,
                                      imap::StatusItem::uid_validity};
  if (abilities_.condstore) items.push_back(imap::StatusItem::highest_mod_seq);
  if (abilities_.object_id && !denied_->contains(status_mailbox_id)) items.push_back(imap::StatusItem::mailbox_id);
  return items;
}

awaitable<sync::ListAnswer> ImapLine::put(sync::ListAsk) {
  sync::ListAnswer answer;
  imap::List list;
  list.patterns.push_back("*");
  list.return_special_use = abilities_.list_extended && abilities_.special_use;
  if (abilities_.list_status) list.return_status = status_items();
  std::map<std::string, sync::StatusFigures> status;
  const auto on_data = [&](imap::Response& response) {
    if (auto* data = std::get_if<imap::ListData>(&response); data != nullptr && !data->lsub)
      answer.mailboxes.push_back(listed(*data));
    else if (const auto* of = std::get_if<imap::StatusData>(&response))
      status[of->mailbox] = figures(*of);
  };
  const Words leans_on = words("LIST-STATUS", abilities_.list_extended ? "LIST-EXTENDED" : "");
  answer.outcome = co_await run(std::move(list), on_data, leans_on);
  look_at_status();
  if (!answer.outcome.ok()) co_return answer;
  for (sync::ListedMailbox& mailbox : answer.mailboxes) {
    const auto found = status.find(mailbox.name);
    if (found == status.end()) continue;
    mailbox.status = found->second;
    if (denied_->contains(status_mailbox_id)) mailbox.status->mailbox_id.clear();
  }
  imap::Lsub lsub;
  lsub.pattern = "*";
  const auto on_lsub = [&](imap::Response& response) {
    auto* data = std::get_if<imap::ListData>(&response);
    if (data != nullptr && !has_attribute(data->attributes, "\\Noselect"))
      answer.subscribed.push_back(std::move(data->mailbox));
  };
  answer.outcome = co_await run(std::move(lsub), on_lsub);
  co_return answer;
}

awaitable<sync::StatusAnswer> ImapLine::put(sync::StatusAsk ask) {
  sync::StatusAnswer answer;
  if (selected_ == ask.mailbox) {
    answer.outcome = co_await leave();
    if (!answer.outcome.ok()) co_return answer;
  }
  imap::Status status{ask.mailbox, status_items()};
  const auto on_data = [this, &answer](imap::Response& response) {
    if (const auto* data = std::get_if<imap::StatusData>(&response)) answer.figures = figures(*data);
  };
  const Words leans_on = words("OBJECTID", "CONDSTORE");
  answer.outcome = co_await run(std::move(status), on_data, leans_on);
  look_at_status();
  co_return answer;
}

awaitable<sync::SelectAnswer> ImapLine::select(std::string mailbox, Access access) {
  sync::SelectAnswer answer;
  imap::Select command;
  command.mailbox = mailbox;
  command.read_only = access == Access::read;
  command.condstore = abilities_.condstore && !abilities_.qresync;
  selected_.clear();
  exists_ = 0;
  const auto on_data = [&answer](imap::Response& response) {
    if (const auto* exists = std::get_if<imap::ExistsData>(&response)) answer.exists = exists->number;
    const auto* status = std::get_if<imap::StatusResponse>(&response);
    if (status == nullptr) return;
    if (status->code.name == "UIDVALIDITY") answer.uid_validity = std::uint32_t(status->code.number);
    if (status->code.name == "UIDNEXT") answer.uid_next = std::uint32_t(status->code.number);
    if (status->code.name == "HIGHESTMODSEQ") answer.highest_modseq = status->code.number;
    if (status->code.name == "MAILBOXID") answer.mailbox_id = object_id(status->code.argument);
  };
  const Words leans_on = words(command.condstore ? "CONDSTORE" : "");
  answer.outcome = co_await run(std::move(command), on_data, leans_on);
  if (!answer.outcome.ok()) co_return answer;
  selected_ = std::move(mailbox);
  access_ = access;
  uid_validity_ = answer.uid_validity;
  co_return answer;
}

awaitable<Outcome> ImapLine::enter(sync::At at, Access access) {
  Outcome outcome;
  const bool there =
      selected_ == at.mailbox && !selected_.empty() && (access == Access::read || access_ == Access::write);
  if (!there) {
    const sync::SelectAnswer selected = co_await select(at.mailbox, access);
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

awaitable<sync::SelectAnswer> ImapLine::put(sync::SelectAsk ask) {
  co_return co_await select(ask.mailbox, Access::read);
}

}  // namespace satchel::account
