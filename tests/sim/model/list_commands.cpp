// LIST and LSUB.
#include <algorithm>
#include <set>

#include "session.hpp"

namespace satchel::sim::model {

struct Session::ListAsked {
  std::string reference;
  std::vector<std::string> patterns;
  bool only_subscribed = false;
  bool only_special_use = false;
  bool tell_subscribed = false;
  bool tell_children = true;  // an extended LIST tells what it is asked for
  bool tell_special_use = true;
  std::vector<std::string> status;
};

namespace {

// * is anything, % anything but a delimiter.
bool pattern_fits(std::string_view pattern, std::string_view name, char delimiter) {
  if (pattern.empty()) return name.empty();
  const char first = pattern.front();
  pattern.remove_prefix(1);
  if (first != '*' && first != '%')
    return !name.empty() && name.front() == first && pattern_fits(pattern, name.substr(1), delimiter);
  for (std::size_t length = 0; length <= name.size(); ++length) {
    if (pattern_fits(pattern, name.substr(length), delimiter)) return true;
    if (first == '%' && length < name.size() && name[length] == delimiter) return false;
  }
  return false;
}

// Names above these, which need not be mailboxes.
void add_parents(std::set<std::string>& names, char delimiter) {
  const std::set<std::string> given = names;
  for (const std::string& name : given)
    for (std::size_t at = name.find(delimiter); at != std::string::npos; at = name.find(delimiter, at + 1))
      names.insert(name.substr(0, at));
}

}  // namespace

// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP "RETURN" SP "(" return-options ")"] (RFC 5258)
bool Session::read_list_options(Scanner& in, ListAsked& asked) {
  in.space();
  if (traits_.list_extended && in.next_is('(')) {
    asked.tell_children = asked.tell_special_use = false;
    for (const std::string& option : in.word_list()) {
      if (option == "SUBSCRIBED")
        asked.only_subscribed = asked.tell_subscribed = true;
      else if (option == "SPECIAL-USE" && traits_.special_use)
        asked.only_special_use = asked.tell_special_use = true;
      else if (option != "REMOTE")
        return false;
    }
    in.space();
  }
  asked.reference = in.astring();
  in.space();
  if (traits_.list_extended && in.take('(')) {
    do asked.patterns.push_back(in.list_mailbox());
    while (in.take(' '));
    in.expect(')');
  } else {
    asked.patterns.push_back(in.list_mailbox());
  }
  if (!traits_.list_extended || !in.take(' ')) return in.done();
  if (in.word() != "RETURN") return false;
  asked.tell_children = false;
  asked.tell_special_use = asked.only_special_use;
  in.space();
  in.expect('(');
  while (!in.failed() && !in.next_is(')')) {
    const std::string option = in.word();
    if (option == "STATUS" && traits_.list_status) {
      in.space();
      asked.status = in.word_list();
      if (!status_known(asked.status)) return false;
    } else if (option == "SUBSCRIBED") {
      asked.tell_subscribed = true;
    } else if (option == "CHILDREN") {
      asked.tell_children = true;
    } else if (option == "SPECIAL-USE" && traits_.special_use) {
      asked.tell_special_use = true;
    } else {
      return false;
    }
    if (!in.next_is(')')) in.space();
  }
  in.expect(')');
  return in.done();
}

std::string Session::attributes(const std::string& name, const ListAsked& asked) const {
  std::string out;
  const auto add = [&out](std::string_view attribute) { out += (out.empty() ? "" : " ") + std::string(attribute); };
  const Mailbox* const mailbox = account_.find(name);
  const bool children = account_.has_children(name);
  if (mailbox == nullptr) add(asked.only_subscribed && !children ? "\\NonExistent" : "\\Noselect");
  if (traits_.children && asked.tell_children) add(children ? "\\HasChildren" : "\\HasNoChildren");
  if (mailbox != nullptr && traits_.special_use && asked.tell_special_use && !mailbox->special_use.empty())
    add(mailbox->special_use);
  if (asked.tell_subscribed && account_.subscribed().contains(name)) add("\\Subscribed");
  return out;
}

void Session::list(Scanner& in) {
  ListAsked asked;
  if (!read_list_options(in, asked)) return bad("LIST reference pattern");
  const std::string delimiter = write_quoted(std::string(1, account_.delimiter()));
  if (asked.patterns.size() == 1 && asked.patterns.front().empty()) {
    untagged("LIST (\\Noselect) " + delimiter + " \"\"");
    return ok("Told.");
  }
  if (lies(Lie::empty_list, {})) return ok("Listed.");
  std::set<std::string> names;
  if (asked.only_subscribed) {
    names = account_.subscribed();
  } else {
    for (const auto& [name, mailbox] : account_.mailboxes()) names.insert(name);
    add_parents(names, account_.delimiter());
  }
  for (const std::string& name : names) {
    const bool wanted = std::any_of(asked.patterns.begin(), asked.patterns.end(), [&](const std::string& pattern) {
      return pattern_fits(account_.canonical(asked.reference + pattern), name, account_.delimiter());
    });
    const Mailbox* const mailbox = account_.find(name);
    if (!wanted || (asked.only_special_use && (mailbox == nullptr || mailbox->special_use.empty()))) continue;
    untagged("LIST (" + attributes(name, asked) + ") " + delimiter + " " + write_astring(name), true);
    if (!asked.status.empty() && mailbox != nullptr) tell_status(*mailbox, asked.status);
  }
  ok("Listed.");
}

// A % that ends the pattern finds what is above a subscribed name, too (RFC 3501 section 6.3.9).
void Session::lsub(Scanner& in) {
  in.space();
  const std::string reference = in.astring();
  in.space();
  const std::string pattern = account_.canonical(reference + in.list_mailbox());
  if (!in.done()) return bad("LSUB reference pattern");
  std::set<std::string> names = account_.subscribed();
  if (pattern.ends_with('%')) add_parents(names, account_.delimiter());
  for (const std::string& name : names) {
    if (!pattern_fits(pattern, name, account_.delimiter())) continue;
    const std::string attributes = account_.subscribed().contains(name) ? "" : "\\Noselect";
    untagged(
        "LSUB (" + attributes + ") " + write_quoted(std::string(1, account_.delimiter())) + " " + write_astring(name),
        true);
  }
  ok("Told.");
}

}  // namespace satchel::sim::model
