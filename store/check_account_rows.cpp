#include <algorithm>

#include "store/check_rows.hpp"

namespace satchel::store {
namespace {

std::string name_of(AccountId account) {
  return "Account " + std::to_string(account.value);
}
std::string name_of(AccountId account, MailboxId mailbox) {
  return name_of(account) + ", mailbox " + std::to_string(mailbox.value);
}
std::string name_of(AccountId account, MessageRef ref) {
  return name_of(account, ref.mailbox) + ", UID " + std::to_string(ref.uid.value);
}
std::string name_of(AccountId account, OperationId operation) {
  return name_of(account) + ", operation " + std::to_string(operation.value);
}

AccountId account_in(std::string_view key) {
  return AccountId{std::uint32_t(rows::number_in(key, 1, 4))};
}
MailboxId mailbox_in(std::string_view key) {
  return MailboxId{std::uint32_t(rows::number_in(key, 5, 4))};
}

}  // namespace

RowCheck::Account& RowCheck::account_of(std::string_view key) {
  Account& account = accounts_[account_in(key)];
  if (!account.state.flags) account.state.flags = std::make_shared<FlagTable>();
  return account;
}

void RowCheck::account(std::string_view key, std::string_view value) {
  const AccountId id = account_in(key);
  const auto read = rows::decode_settings(value);
  account_of(key).there = true;
  if (key.size() != 5 || !read || read->id != id || id.value > counters_.last_account)
    findings_.add(name_of(id) + ": its settings cannot be read.");
}

void RowCheck::mailbox(std::string_view key, std::string_view value) {
  const AccountId id = account_in(key);
  const std::string where = name_of(id, mailbox_in(key));
  Account& account = account_of(key);
  auto read = rows::decode_mailbox(value);
  if (key.size() != 9 || !read || read->id != mailbox_in(key)) return findings_.add(where + ": it cannot be read.");
  if (read->uid_validity.value > counters_.last_uid_validity ||
      !uid_validities_.insert(read->uid_validity.value).second)
    findings_.add(where + ": its UIDVALIDITY was never given, or given twice.");
  if (read->uid_next.value == 0 || read->highest_modseq.value == 0)
    findings_.add(where + ": its UIDNEXT or HIGHESTMODSEQ is 0.");
  if (read->live() && !account.names.insert(read->name).second) findings_.add(where + ": another one has its name.");
  account.newest = std::max({account.newest, read->upstream.pull_started.value});
  account.mailboxes.emplace(read->id, std::move(*read));
}

void RowCheck::flag_set(std::string_view key, std::string_view value) {
  Account& account = account_of(key);
  const FlagSetId id{std::uint32_t(rows::number_in(key, 5, 4))};
  const FlagSet set = FlagSet::decode(value);
  if (key.size() != 9 || set.encode() != value || account.state.flags->intern(set) != id)
    findings_.add(name_of(account_in(key)) + ": flag set " + std::to_string(id.value) +
                  " cannot be read, or is there twice.");
}

void RowCheck::operation(std::string_view key, std::string_view value) {
  const AccountId id = account_in(key);
  Account& account = account_of(key);
  const auto read = rows::decode_operation(value);
  const std::string where = name_of(id, OperationId{rows::number_in(key, 5, 8)});
  if (key.size() != 13 || !read || read->id.value != rows::number_in(key, 5, 8))
    return findings_.add(where + ": it cannot be read.");
  if (!account.orders.insert(read->order).second) findings_.add(where + ": another one has its place in the journal.");
  for (const MailboxId mailbox : {read->source.mailbox, read->target.mailbox, read->mailbox})
    if (mailbox && !known_mailbox(account, mailbox)) findings_.add(where + ": it names a mailbox that is not there.");
  const bool needs_source = read->kind == OperationKind::store_flags || read->kind == OperationKind::expunge;
  if (needs_source) account.expected.insert(read->source);
  if (read->adds()) account.expected.insert(read->target);
  account.newest = std::max(account.newest, read->born.value);
  account.state.journal.put(*read);
}

void RowCheck::message_flags(const Account& account, const Message& message, MessageRef ref, const std::string& where) {
  const FlagTable& flags = *account.state.flags;
  const auto known = [&flags](FlagSetId id) { return id.value < flags.size(); };
  if (!known(message.base) || !known(message.local) || !known(message.effective))
    return findings_.add(where + ": its flags are no set that is there.");
  FlagSet wanted = flags[message.base];
  for (const Operation* operation : account.state.journal.of(ref)) {
    if (operation->kind != OperationKind::store_flags || operation->source != ref) continue;
    wanted.add(operation->add);
    wanted.remove(operation->remove);
  }
  wanted.add(flags[message.local]);
  if (!(wanted == flags[message.effective]))
    findings_.add(where + ": its flags do not follow from upstream's and the journal.");
}

void RowCheck::message(std::string_view key, std::string_view value) {
  const AccountId id = account_in(key);
  const MessageRef ref{mailbox_in(key), Uid{std::uint32_t(rows::number_in(key, 9, 4))}};
  const std::string where = name_of(id, ref);
  Account& account = account_of(key);
  account.expected.erase(ref);
  const auto read = rows::decode_message(value, ref.uid);
  if (key.size() != 13 || !read || !ref.uid) return findings_.add(where + ": it cannot be read.");
  const auto mailbox = account.mailboxes.find(ref.mailbox);
  if (mailbox == account.mailboxes.end() || mailbox->second.retired)
    return findings_.add(where + ": its mailbox is not there.");
  if (current_account_ != id || current_.mailbox != ref.mailbox) bound_.clear();
  current_account_ = id;
  current_ = ref;
  if (ref.uid >= mailbox->second.uid_next) findings_.add(where + ": UIDNEXT is not above it.");
  if (read->modseq > mailbox->second.highest_modseq) findings_.add(where + ": HIGHESTMODSEQ is below its MODSEQ.");
  if (read->upstream && !bound_.insert(read->upstream.value).second)
    findings_.add(where + ": another one stands for the same message upstream.");
  if (!read->visible() && account.state.journal.find(read->hidden_by) == nullptr)
    findings_.add(where + ": the operation that removed it is not there.");
  if (read->visible()) account.visible[ref.mailbox].push_back(ref.uid);
  account.newest = std::max(account.newest, read->born.value);
  message_flags(account, *read, ref, where);
  mention(account, read->content, where);
}

void RowCheck::mention(Account& account, ContentNumber content, const std::string& where) {
  account.mentioned.insert(content);
  if (!content || content.value > counters_.last_content)
    findings_.add(where + ": its content was never given a number.");
}

void RowCheck::missing(std::string_view key) {
  const AccountId id = account_in(key);
  const ContentNumber content{rows::number_in(key, 5, 8)};
  const std::string where = name_of(id) + ", content " + std::to_string(content.value);
  account_of(key).state.missing.insert(content);
  if (key.size() != 13 || content.value > counters_.last_content)
    findings_.add(where + ": it was never given a number.");
  if (places_.contains(content) || aliases_.contains(content))
    findings_.add(where + ": it is here and noted as missing.");
}

void RowCheck::rescued(std::string_view key, std::string_view value) {
  const AccountId id = account_in(key);
  const ContentNumber content{rows::number_in(key, 5, 8)};
  const std::string where = name_of(id) + ", rescued content " + std::to_string(content.value);
  const auto read = rows::decode_rescued(value);
  if (key.size() != 13 || !read || read->content != content) return findings_.add(where + ": it cannot be read.");
  mention(account_of(key), content, where);
}

void RowCheck::subscription(std::string_view key, std::string_view value) {
  (void)account_of(key);
  if (key.size() < 5 || !rows::decode_subscription(value))
    findings_.add(name_of(account_in(key)) + ": a subscription cannot be read.");
}

void RowCheck::vanished(std::string_view key, std::string_view value) {
  const AccountId id = account_in(key);
  const std::string where = name_of(id, mailbox_in(key));
  Account& account = account_of(key);
  const auto read = rows::decode_vanished(value, ModSeq{rows::number_in(key, 9, 8)});
  const auto mailbox = account.mailboxes.find(mailbox_in(key));
  if (key.size() != 17 || !read || mailbox == account.mailboxes.end())
    return findings_.add(where + ": what vanished from it cannot be read.");
  if (read->modseq > mailbox->second.highest_modseq) findings_.add(where + ": HIGHESTMODSEQ is below what vanished.");
  const std::vector<Uid>& visible = account.visible[mailbox_in(key)];
  bool good = std::is_sorted(read->uids.begin(), read->uids.end());
  for (const Uid uid : read->uids)
    good = good && uid < mailbox->second.uid_next && !std::binary_search(visible.begin(), visible.end(), uid);
  for (const auto& [first, last] : read->skipped) {
    const auto next = std::lower_bound(visible.begin(), visible.end(), first);
    good = good && last < mailbox->second.uid_next && (next == visible.end() || *next > last);
  }
  if (!good) findings_.add(where + ": a UID that vanished is there, or never was.");
  if (mailbox->second.vanished.add(*read).size() > 0)
    findings_.add(where + ": it notes more than it may of what vanished.");
}

void RowCheck::state(std::string_view key, std::string_view value) {
  Account& account = account_of(key);
  account.has_state = key.size() == 5 && rows::decode_state(value, account.state);
}

void RowCheck::finish_account(AccountId id, const Account& account) {
  const std::string where = name_of(id);
  if (!account.there) return findings_.add(where + ": there are rows of it, but it is not there.");
  const bool empty = account.mailboxes.empty() && account.state.journal.empty();
  if (!account.has_state && !empty) findings_.add(where + ": its counters are missing.");
  if (account.newest > account.state.tick.value) findings_.add(where + ": something is newer than its clock.");
  if (!account.mailboxes.empty() && account.mailboxes.rbegin()->first.value > account.state.last_mailbox)
    findings_.add(where + ": a mailbox has a number that was never given.");
  account.state.journal.for_each([&](const Operation& operation) {
    if (operation.id.value > account.state.last_operation)
      findings_.add(name_of(id, operation.id) + ": its number was never given.");
    return true;
  });
  for (const MessageRef& ref : account.expected)
    findings_.add(name_of(id, ref) + ": an operation needs it, and it is not there.");
  account.mentioned.for_each([&](ContentNumber content) {
    if (!places_.contains(content) && !aliases_.contains(content) && !account.state.missing.contains(content))
      findings_.add(where + ", content " + std::to_string(content.value) +
                    ": it is neither here nor noted as missing.");
  });
}

}  // namespace satchel::store
