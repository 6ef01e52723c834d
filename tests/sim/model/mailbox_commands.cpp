// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS.
#include <algorithm>

#include "session.hpp"

namespace satchel::sim::model {
namespace {

// Of a text without quotes and backslashes, which no special use has.
bool is_special_use(std::string_view use) {
  constexpr std::string_view known[] = {"\\ALL", "\\ARCHIVE", "\\DRAFTS", "\\FLAGGED", "\\JUNK", "\\SENT", "\\TRASH"};
  return std::find(std::begin(known), std::end(known), upper_case(use)) != std::end(known);
}

std::string spell_special_use(std::string_view use) {
  std::string out(use);
  for (std::size_t at = 2; at < out.size(); ++at)
    if (out[at] >= 'A' && out[at] <= 'Z') out[at] = char(out[at] - 'A' + 'a');
  if (out[1] >= 'a' && out[1] <= 'z') out[1] = char(out[1] - 'a' + 'A');
  return out;
}

}  // namespace

void Session::answer(Done done, std::string_view text) {
  switch (done) {
    case Done::done:
      return ok(text);
    case Done::missing:
      return no("No such mailbox.", with_code("NONEXISTENT"));
    case Done::exists:
      return no("The mailbox exists already.", with_code("ALREADYEXISTS"));
    case Done::not_allowed:
      return no("That cannot be.", with_code("CANNOT"));
  }
}

// create = "CREATE" SP mailbox [SP "(USE (" [use-attr *(SP use-attr)] "))"]
void Session::create(Scanner& in) {
  in.space();
  const std::string name = in.astring();
  std::vector<std::string> uses;
  if (traits_.create_special_use && in.take(' ')) {
    in.expect('(');
    if (in.word() != "USE") in.fail();
    in.space();
    uses = in.flag_list();
    in.expect(')');
  }
  if (!in.done()) return bad("CREATE mailbox");
  if (!std::all_of(uses.begin(), uses.end(), is_special_use) || uses.size() > 1)
    return no("No such special use.", with_code("USEATTR"));
  const std::string use = uses.empty() ? std::string() : spell_special_use(uses.front());
  const auto& all = account_.mailboxes();
  if (!use.empty() &&
      std::any_of(all.begin(), all.end(), [&use](const auto& one) { return one.second.special_use == use; }))
    return no("Another mailbox is used for that.", with_code("USEATTR"));
  const Done done = account_.create(name, use, number_);
  if (done != Done::done || !traits_.object_id) return answer(done, "Created.");
  std::string plain = account_.canonical(name);
  if (plain.ends_with(account_.delimiter())) plain.pop_back();
  ok("Created.", "MAILBOXID (" + account_.find(plain)->id + ")");
}

void Session::remove(Scanner& in) {
  in.space();
  const std::string name = in.astring();
  if (!in.done()) return bad("DELETE mailbox");
  answer(account_.remove(name, number_), "Deleted.");
}

void Session::rename(Scanner& in) {
  in.space();
  const std::string from = in.astring();
  in.space();
  const std::string to = in.astring();
  if (!in.done()) return bad("RENAME from to");
  answer(account_.rename(from, to, number_), "Renamed.");
}

void Session::subscribe(Scanner& in) {
  in.space();
  const std::string name = in.astring();
  if (!in.done()) return bad("SUBSCRIBE mailbox");
  if (account_.find(name) == nullptr) return no("No such mailbox.", with_code("NONEXISTENT"));
  account_.subscribe(name, number_);
  ok("Subscribed.");
}

void Session::unsubscribe(Scanner& in) {
  in.space();
  const std::string name = in.astring();
  if (!in.done()) return bad("UNSUBSCRIBE mailbox");
  account_.unsubscribe(name, number_);
  ok("No longer subscribed.");
}

bool Session::status_known(const std::vector<std::string>& items) const {
  return !items.empty() && std::all_of(items.begin(), items.end(), [this](const std::string& item) {
    if (item == "HIGHESTMODSEQ") return traits_.condstore;
    if (item == "MAILBOXID") return traits_.object_id;
    return item == "MESSAGES" || item == "RECENT" || item == "UIDNEXT" || item == "UIDVALIDITY" || item == "UNSEEN";
  });
}

void Session::status(Scanner& in) {
  in.space();
  const std::string name = in.astring();
  in.space();
  const std::vector<std::string> items = in.word_list();
  if (!in.done() || !status_known(items)) return bad("STATUS mailbox (item ...)");
  const Mailbox* const mailbox = account_.find(name);
  if (mailbox == nullptr) return no("No such mailbox.", with_code("NONEXISTENT"));
  tell_status(*mailbox, items);
  ok("Told.");
}

void Session::tell_status(const Mailbox& mailbox, const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    out += (out.empty() ? "" : " ") + item + ' ';
    if (item == "MESSAGES") out += std::to_string(mailbox.messages.size());
    if (item == "UIDNEXT") out += std::to_string(uid_next_told(mailbox));
    if (item == "UIDVALIDITY") out += std::to_string(mailbox.uid_validity);
    if (item == "MAILBOXID") out += "(" + mailbox.id + ")";
    if (item == "HIGHESTMODSEQ") {
      enable_condstore();
      out += mailbox.no_modseq ? "0" : std::to_string(modseq_told(mailbox.highest_modseq, mailbox.name));
    }
    if (item != "UNSEEN" && item != "RECENT") continue;
    const auto counts = [&item, &mailbox](const Message& message) {
      return item == "UNSEEN" ? !message.flags.contains("\\Seen") : message.uid >= mailbox.recent_from;
    };
    out += std::to_string(std::count_if(mailbox.messages.begin(), mailbox.messages.end(), counts));
  }
  untagged("STATUS " + write_astring(mailbox.name) + " (" + out + ")", true);
}

}  // namespace satchel::sim::model
