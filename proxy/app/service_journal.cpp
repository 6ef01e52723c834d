// journal list, export, retry, drop.
#include <charconv>

#include "proxy/app/attention.hpp"
#include "proxy/app/json_time.hpp"
#include "proxy/app/service.hpp"
#include "proxy/sync/undo.hpp"

namespace satchel::app {
namespace {

using store::Operation;
using store::OperationState;

const char* state_word(const Operation& operation) {
  switch (operation.state) {
    case OperationState::waiting:
      return "pending";
    case OperationState::attempted:
      return "perhaps done";
    case OperationState::parked:
      return "parked";
    case OperationState::parked_perhaps:
      return "parked, perhaps done";
  }
  return "";
}

std::string mailbox_name(const store::AccountState& state, store::MailboxId mailbox) {
  const store::Mailbox* found = state.find(mailbox);
  return found == nullptr ? std::string() : found->name;
}

boost::json::object operation_json(const store::AccountSettings& settings, const store::AccountState& state,
                                   const Operation& operation, std::int64_t now) {
  boost::json::object out{{"id", std::to_string(settings.id.value) + ":" + std::to_string(operation.id.value)},
                          {"account", settings.name},
                          {"operation", kind_name(operation.kind)},
                          {"state", state_word(operation)},
                          {"time", utc_time(operation.time)}};
  if (operation.source)
    out["from"] = boost::json::object{{"mailbox", mailbox_name(state, operation.source.mailbox)},
                                      {"uid", operation.source.uid.value}};
  if (operation.target)
    out["to"] = boost::json::object{{"mailbox", mailbox_name(state, operation.target.mailbox)},
                                    {"uid", operation.target.uid.value}};
  if (operation.mailbox) out["mailbox"] = mailbox_name(state, operation.mailbox);
  if (!operation.name.empty()) out["name"] = operation.name;
  if (!operation.why.empty()) out["why"] = operation.why;
  if (std::string waits = waits_for(state, operation, now); !waits.empty()) out["waits"] = std::move(waits);
  boost::json::array flags;
  for (const std::string& flag : operation.add.names()) flags.emplace_back("+" + flag);
  for (const std::string& flag : operation.remove.names()) flags.emplace_back("-" + flag);
  if (!flags.empty()) out["flags"] = std::move(flags);
  return out;
}

}  // namespace

Result<std::pair<store::AccountId, std::uint64_t>> parse_id(const std::string& text) {
  std::uint32_t account = 0;
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, account);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == ':') {
    const auto second = std::from_chars(first.ptr + 1, end, number);
    if (second.ec == std::errc() && second.ptr == end) return std::pair(store::AccountId{account}, number);
  }
  return fail(ErrorCode::refused, "An id looks like 1:42: the list shows them.");
}

awaitable<Result<Json>> Service::journal_list(const boost::json::object& arguments) {
  boost::json::array list;
  const auto accounts = accounts_of(arguments);
  if (!accounts) co_return accounts.error();
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(parts_.clock->now().time_since_epoch()).count();
  for (const store::AccountSettings& settings : *accounts) {
    const auto looked = co_await parts_.store->inspect(settings.id, [&](const store::AccountState& state) {
      state.journal.for_each([&](const Operation& operation) {
        list.push_back(operation_json(settings, state, operation, now));
        return true;
      });
    });
    if (!looked) co_return looked.error();
  }
  co_return Json(std::move(list));
}

awaitable<Result<Json>> Service::journal_retry(const boost::json::object& arguments) {
  std::uint64_t count = 0;
  std::uint64_t wanted = 0;
  store::AccountId only;
  if (const std::string id = text_of(arguments, "id", {}); !id.empty()) {
    const auto parsed = parse_id(id);
    if (!parsed) co_return parsed.error();
    std::tie(only, wanted) = *parsed;
  }
  for (const store::AccountSettings& settings : parts_.store->accounts()) {
    if (only && settings.id != only) continue;
    const auto changed = co_await parts_.store->change(settings.id, [&](store::Transaction& tx) -> Result<> {
      count += sync::retry(tx, store::OperationId{wanted});
      return {};
    });
    if (!changed) co_return changed.error();
    if (account::Engine* running = engine(settings.id); running != nullptr) running->wake();
  }
  if (wanted != 0 && count == 0) co_return fail(ErrorCode::not_found, "There is no parked operation of that id.");
  co_return Json{{"retried", count}};
}

awaitable<Result<Json>> Service::journal_drop(const boost::json::object& arguments) {
  const auto id = parse_id(text_of(arguments, "id", {}));
  if (!id) co_return id.error();
  const store::OperationId operation{id->second};
  const auto changed = co_await parts_.store->change(
      id->first, [operation](store::Transaction& tx) -> Result<> { return sync::drop(tx, operation); });
  if (!changed) co_return changed.error();
  if (account::Engine* running = engine(id->first); running != nullptr) running->wake();
  co_return Json{{"dropped", text_of(arguments, "id", {})}};
}

}  // namespace satchel::app
