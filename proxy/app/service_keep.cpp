// guard list, accept, put-back; rescued list, restore.
#include <algorithm>

#include "proxy/app/attention.hpp"
#include "proxy/app/json_time.hpp"
#include "proxy/app/service.hpp"
#include "proxy/mime/text.hpp"
#include "proxy/sync/undo.hpp"
#include "store/client_actions.hpp"

namespace satchel::app {
namespace {

// Held messages of each mailbox.
boost::json::array held_json(const store::AccountSettings& settings, const store::AccountState& state) {
  boost::json::array list;
  for (const auto& [id, mailbox] : state.mailboxes) {
    const std::uint64_t held = held_in(*mailbox);
    if (held == 0) continue;
    list.push_back(boost::json::object{{"id", std::to_string(settings.id.value) + ":" + std::to_string(id.value)},
                                       {"account", settings.name},
                                       {"mailbox", mailbox->name},
                                       {"messages", held}});
  }
  return list;
}

// The first field of that name (in small letters), decoded.
std::string field_value(std::string_view header, std::string_view name) {
  std::size_t at = 0;
  while (at < header.size()) {
    std::size_t end = at;
    do {  // a field with its continuation lines
      end = header.find('\n', end);
      end = end == std::string_view::npos ? header.size() : end + 1;
    } while (end < header.size() && (header[end] == ' ' || header[end] == '\t'));
    const std::string_view field = header.substr(at, end - at);
    const std::size_t colon = field.find(':');
    if (colon == name.size() &&
        std::equal(name.begin(), name.end(), field.begin(), [](char a, char b) { return a == (b | 0x20); }))
      return mime::decode_header_value(field.substr(std::min(field.size(), field.find_first_not_of(" \t", colon + 1))));
    at = end;
  }
  return {};
}

}  // namespace

awaitable<Result<Json>> Service::guard_list(const boost::json::object&) {
  boost::json::array list;
  for (const store::AccountSettings& settings : parts_.store->accounts()) {
    const auto looked = co_await parts_.store->inspect(settings.id, [&](const store::AccountState& state) {
      for (auto& entry : held_json(settings, state)) list.push_back(std::move(entry));
    });
    if (!looked) co_return looked.error();
  }
  co_return Json(std::move(list));
}

awaitable<Result<Json>> Service::decide_held(const boost::json::object& arguments, sync::Held decision) {
  const auto id = parse_id(text_of(arguments, "id", {}));
  if (!id) co_return id.error();
  const store::MailboxId mailbox{static_cast<std::uint32_t>(id->second)};
  std::uint64_t count = 0;
  const auto changed = co_await parts_.store->change(id->first, [&](store::Transaction& tx) -> Result<> {
    count = sync::decide(tx, mailbox, decision);
    return {};
  });
  if (!changed) co_return changed.error();
  if (count == 0) co_return fail(ErrorCode::not_found, "Nothing is held in that mailbox.");
  if (account::Engine* running = engine(id->first); running != nullptr) running->wake();
  co_return Json{{"messages", count}};
}

awaitable<Result<Json>> Service::guard_accept(const boost::json::object& arguments) {
  co_return co_await decide_held(arguments, sync::Held::accept);
}

awaitable<Result<Json>> Service::guard_put_back(const boost::json::object& arguments) {
  co_return co_await decide_held(arguments, sync::Held::put_back);
}

awaitable<Result<Json>> Service::rescued_list(const boost::json::object& arguments) {
  boost::json::array list;
  const auto accounts = accounts_of(arguments);
  if (!accounts) co_return accounts.error();
  for (const store::AccountSettings& settings : *accounts) {
    const auto kept = parts_.store->rescued(settings.id);
    std::vector<store::ContentNumber> contents;
    for (const store::Rescued& rescued : kept) contents.push_back(rescued.content);
    const auto headers = co_await parts_.store->contents().summaries(contents, store::Contents::Part::header);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      boost::json::object entry{{"id", std::to_string(settings.id.value) + ":" + std::to_string(kept[i].content.value)},
                                {"account", settings.name},
                                {"mailbox", kept[i].mailbox},
                                {"date", utc_time(kept[i].internal_date)},
                                {"rescued", utc_time(kept[i].rescued_at)}};
      if (headers[i]) entry["subject"] = field_value(*headers[i], "subject");
      if (headers[i]) entry["from"] = field_value(*headers[i], "from");
      list.push_back(std::move(entry));
    }
  }
  co_return Json(std::move(list));
}

awaitable<Result<Json>> Service::rescued_restore(const boost::json::object& arguments) {
  const auto id = parse_id(text_of(arguments, "id", {}));
  if (!id) co_return id.error();
  const auto rescued = parts_.store->rescued(id->first);
  const auto found = std::find_if(rescued.begin(), rescued.end(),
                                  [&](const store::Rescued& one) { return one.content.value == id->second; });
  if (found == rescued.end()) co_return fail(ErrorCode::not_found, "There is no rescued message of that id.");
  const std::string to = text_of(arguments, "to", found->mailbox);
  const auto mailbox = parts_.store->view(id->first)->find_name(to);
  if (!mailbox) co_return fail(ErrorCode::not_found, "There is no mailbox " + to + ": say another with --to.");
  const store::Rescued message = *found;
  const store::MailboxId target = mailbox->id;
  // Named: g++ 12 destroys twice what a temporary of a co_await captured.
  store::Store::Change restore = [&message, target](store::Transaction& tx) -> Result<> {
    return store::restore_rescued(tx, target, message);
  };
  const auto changed = co_await parts_.store->change(id->first, std::move(restore));
  if (!changed) co_return changed.error();
  if (account::Engine* running = engine(id->first); running != nullptr) running->changed();
  co_return Json{{"restored", to}};
}

}  // namespace satchel::app
