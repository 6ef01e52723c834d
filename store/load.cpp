#include <unordered_set>

#include "store/working_state.hpp"

namespace satchel::store {
namespace {

Error damaged(const char* what) {
  return fail(ErrorCode::corrupt,
              std::string("The store holds ") + what + " that cannot be read: 'satchel doctor --deep' says more.");
}

// Every row whose key begins with `prefix`, in order; the visitor gets the key behind the prefix.
Result<> for_each_row(const Database& database, const std::string& prefix,
                      const std::function<Result<>(std::string_view, std::string_view)>& visit) {
  const auto cursor = database.scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
    if (const auto visited = visit(cursor->key().substr(prefix.size()), cursor->value()); !visited) return visited;
  return cursor->error();
}

Result<> load_flag_sets(const Database& database, AccountSlot& slot) {
  slot.state.flags = std::make_shared<FlagTable>();
  return for_each_row(database, rows::flag_set_prefix(slot.state.id),
                      [&](std::string_view key, std::string_view value) -> Result<> {
                        const FlagSetId id{std::uint32_t(rows::number_in(key, 0, 4))};
                        const FlagSet set = FlagSet::decode(value);
                        if (set.encode() != value || slot.state.flags->intern(set) != id)
                          return damaged("a set of flags");
                        return {};
                      });
}

using Mailboxes = std::map<MailboxId, std::shared_ptr<Mailbox>>;

Result<> load_messages(const Database& database, AccountSlot& slot, const ContentPlaces& places, Mailboxes& mailboxes) {
  Mailbox* mailbox = nullptr;
  const FlagTable& table = *slot.state.flags;
  return for_each_row(
      database, rows::message_prefix(slot.state.id), [&](std::string_view key, std::string_view value) -> Result<> {
        const MailboxId id{std::uint32_t(rows::number_in(key, 0, 4))};
        const auto message = rows::decode_message(value, Uid{std::uint32_t(rows::number_in(key, 4, 4))});
        if (!message || message->effective.value >= table.size() || message->base.value >= table.size() ||
            message->local.value >= table.size())
          return damaged("a message row");
        if (mailbox == nullptr || mailbox->id != id) {
          const auto found = mailboxes.find(id);
          if (found == mailboxes.end()) return damaged("a message without its mailbox");
          mailbox = found->second.get();
        }
        mailbox->messages.put(*message);
        slot.holders.add(places.resolve(message->content), message->visible());
        if (!message->visible()) return {};
        const FlagSet& flags = table[message->effective];
        ++mailbox->exists;
        if (!flags.has(SystemFlag::seen)) ++mailbox->unseen;
        if (flags.has(SystemFlag::deleted)) ++mailbox->deleted;
        mailbox->size += message->here.size;
        return {};
      });
}

Result<> load_mailboxes(const Database& database, AccountSlot& slot, const ContentPlaces& places) {
  Mailboxes mailboxes;
  const AccountId account = slot.state.id;
  auto done = for_each_row(database, rows::mailbox_prefix(account),
                           [&](std::string_view key, std::string_view value) -> Result<> {
                             auto mailbox = rows::decode_mailbox(value);
                             if (!mailbox || mailbox->id.value != rows::number_in(key, 0, 4))
                               return damaged("a mailbox row");
                             const MailboxId id = mailbox->id;
                             mailboxes[id] = std::make_shared<Mailbox>(std::move(*mailbox));
                             return {};
                           });
  if (done) done = load_messages(database, slot, places, mailboxes);
  if (!done) return done;
  done = for_each_row(database, rows::vanished_prefix(account),
                      [&](std::string_view key, std::string_view value) -> Result<> {
                        const auto found = mailboxes.find(MailboxId{std::uint32_t(rows::number_in(key, 0, 4))});
                        auto vanished = rows::decode_vanished(value, ModSeq{rows::number_in(key, 4, 8)});
                        if (found == mailboxes.end() || !vanished) return damaged("a list of vanished messages");
                        found->second->vanished.add(std::move(*vanished));
                        return {};
                      });
  if (!done) return done;
  for (auto& [id, mailbox] : mailboxes) slot.state.mailboxes[id] = std::move(mailbox);
  return {};
}

Result<> load_rest(const Database& database, AccountSlot& slot) {
  const AccountId account = slot.state.id;
  std::unordered_set<std::uint64_t> places;
  auto done = for_each_row(database, rows::operation_prefix(account),
                           [&](std::string_view key, std::string_view value) -> Result<> {
                             const auto operation = rows::decode_operation(value);
                             const bool in_place = operation && operation->id.value == rows::number_in(key, 0, 8);
                             if (!in_place || !places.insert(operation->order).second) return damaged("an operation");
                             slot.state.journal.put(*operation);
                             return {};
                           });
  if (!done) return done;
  done = for_each_row(database, rows::subscription_prefix(account),
                      [&](std::string_view key, std::string_view value) -> Result<> {
                        const auto subscription = rows::decode_subscription(value);
                        if (!subscription) return damaged("a subscription");
                        slot.state.subscriptions[std::string(key)] = *subscription;
                        return {};
                      });
  if (!done) return done;
  done = for_each_row(database, rows::missing_prefix(account), [&](std::string_view key, std::string_view) -> Result<> {
    slot.state.missing.insert(ContentNumber{rows::number_in(key, 0, 8)});
    return {};
  });
  if (!done) return done;
  return for_each_row(database, rows::rescued_prefix(account),
                      [&](std::string_view, std::string_view value) -> Result<> {
                        auto rescued = rows::decode_rescued(value);
                        if (!rescued) return damaged("a rescued message");
                        const ContentNumber content = rescued->content;
                        slot.rescued[content] = std::move(*rescued);
                        return {};
                      });
}

Result<> load_account(const Database& database, WorkingState& state, AccountSettings settings) {
  auto slot = std::make_unique<AccountSlot>();
  const AccountId id = settings.id;
  slot->settings = std::move(settings);
  slot->state.id = id;
  if (const auto row = database.get(rows::state(id)); row) {
    if (!rows::decode_state(*row, slot->state)) return damaged("an account's state");
  } else if (row.error().code != ErrorCode::not_found) {
    return row.error();
  }
  auto done = load_flag_sets(database, *slot);
  if (done) done = load_mailboxes(database, *slot, state.places);
  if (done) done = load_rest(database, *slot);
  if (done) done = check_references(*slot, state.counters);
  if (!done) return done;
  slot->view = make_view(*slot);
  state.accounts[id] = std::move(slot);
  return {};
}

}  // namespace

Result<> load(const Database& database, WorkingState& state) {
  if (const auto row = database.get(rows::counters()); row) {
    const auto counters = rows::decode_counters(*row);
    if (!counters) return damaged("counters");
    state.counters = *counters;
  } else if (row.error().code != ErrorCode::not_found) {
    return row.error();
  }
  const auto done =
      for_each_row(database, rows::alias_prefix(), [&](std::string_view key, std::string_view value) -> Result<> {
        state.places.aliases[ContentNumber{rows::number_in(key, 0, 8)}] = ContentNumber{rows::number_in(value, 0, 8)};
        return {};
      });
  if (!done) return done;
  std::vector<AccountSettings> accounts;
  const auto listed =
      for_each_row(database, rows::account_prefix(), [&](std::string_view, std::string_view value) -> Result<> {
        auto settings = rows::decode_settings(value);
        if (!settings) return damaged("an account");
        accounts.push_back(std::move(*settings));
        return {};
      });
  if (!listed) return listed;
  for (AccountSettings& settings : accounts)
    if (const auto loaded = load_account(database, state, std::move(settings)); !loaded) return loaded;
  return {};
}

}  // namespace satchel::store
