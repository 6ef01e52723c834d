// Transaction on the working state: every change in memory has its row in the batch.
#include <algorithm>

#include "store/batch.hpp"

namespace satchel::store {
namespace {

constexpr std::int64_t year_2020 = 1577836800;
constexpr std::uint32_t highest_uid = 0xffffffff;

}  // namespace

class TransactionOnState final : public Transaction {
 public:
  TransactionOnState(Batch& batch, AccountSlot& slot) : batch_(batch), slot_(slot), edited_(batch.edited_[&slot]) {}

  const AccountState& state() const override { return slot_.state; }
  std::int64_t now() const override { return batch_.now_; }
  Tick next_tick() override {
    edited_.own_fields = true;
    return Tick{++slot_.state.tick.value};
  }

  const FlagSet& flags(FlagSetId id) const override { return (*slot_.state.flags)[id]; }
  FlagSetId intern(const FlagSet& set) override {
    const FlagSetId known = slot_.state.flags->find(set);
    if (known != FlagTable::none()) return known;
    const FlagSetId id = slot_.state.flags->intern(set);
    put_row(rows::flag_set(account(), id), set.encode());
    return id;
  }

  MailboxId make_mailbox(std::string name) override {
    AccountState& state = slot_.state;
    auto mailbox = std::make_shared<Mailbox>();
    mailbox->id = MailboxId{++state.last_mailbox};
    mailbox->name = std::move(name);
    rows::Counters& counters = batch_.state_.counters;
    counters.last_uid_validity = std::max(counters.last_uid_validity + 1, seconds());
    batch_.counters_changed_ = true;
    mailbox->uid_validity = UidValidity{counters.last_uid_validity};
    edited_.own_fields = true;
    edited_.mailboxes[mailbox->id].mailbox = mailbox.get();
    state.mailboxes[mailbox->id] = mailbox;
    return mailbox->id;
  }

  Mailbox* edit(MailboxId id) override {
    Batch::EditedMailbox* entry = edited(id);
    if (entry == nullptr) return nullptr;
    return entry->mailbox;
  }

  void skip_numbers(MailboxId id, std::uint32_t uids, std::uint64_t modseqs) override {
    // UIDVALIDITYs run ahead of the clock where many mailboxes are made at once: those of the lost time too.
    rows::Counters& counters = batch_.state_.counters;
    counters.last_uid_validity = std::max(counters.last_uid_validity, seconds() + uids);
    batch_.counters_changed_ = true;
    Batch::EditedMailbox* entry = edited(id);
    if (entry == nullptr || uids == 0) return;
    Mailbox& mailbox = *entry->mailbox;
    bump(*entry);
    mailbox.highest_modseq.value += modseqs;
    const std::uint32_t left = highest_uid - mailbox.uid_next.value;
    const Uid first = mailbox.uid_next;
    mailbox.uid_next.value += std::min(uids, left / 2);  // never to the end of all UIDs
    if (mailbox.uid_next > first) entry->vanished.skipped.emplace_back(first, Uid{mailbox.uid_next.value - 1});
  }

  Uid add_message(MailboxId id, Message message) override {
    Batch::EditedMailbox* entry = edited(id);
    if (entry == nullptr) return {};
    if (!message.content) message.content = new_content();
    message.uid = entry->mailbox->uid_next;
    ++entry->mailbox->uid_next.value;
    message.born = next_tick();
    message.modseq = bump(*entry);
    count_in(*entry->mailbox, message);
    entry->mailbox->messages.put(message);
    put_row(rows::message(account(), {id, message.uid}), rows::encode(message));
    return message.uid;
  }

  void put_message(MailboxId id, const Message& changed) override {
    Batch::EditedMailbox* entry = edited(id);
    const Message* before = entry == nullptr ? nullptr : entry->mailbox->messages.find(changed.uid);
    if (before == nullptr) return;
    Message message = changed;
    const bool hides = before->visible() && !message.visible();
    const bool shows = message.visible() && (!before->visible() || before->effective != message.effective);
    message.modseq = hides || shows ? bump(*entry) : before->modseq;
    if (hides) entry->vanished.uids.push_back(message.uid);
    count_out(*entry->mailbox, *before);
    count_in(*entry->mailbox, message);
    entry->mailbox->messages.put(message);
    put_row(rows::message(account(), {id, message.uid}), rows::encode(message));
  }

  void erase_message(MessageRef ref) override {
    Batch::EditedMailbox* entry = edited(ref.mailbox);
    const Message* before = entry == nullptr ? nullptr : entry->mailbox->messages.find(ref.uid);
    if (before == nullptr) return;
    if (before->visible()) {
      bump(*entry);
      entry->vanished.uids.push_back(ref.uid);
    }
    count_out(*entry->mailbox, *before);
    entry->mailbox->messages.erase(ref.uid);
    batch_.rows_.erase(rows::message(account(), ref));
  }

  void refresh_flags(MessageRef ref) override {
    const Message* found = slot_.state.find(ref);
    if (found == nullptr) return;
    FlagSet set = flags(found->base);
    for (const Operation* operation : slot_.state.journal.of(ref)) {
      if (operation->kind != OperationKind::store_flags || operation->source != ref) continue;
      set.add(operation->add);
      set.remove(operation->remove);
    }
    set.add(flags(found->local));
    const FlagSetId effective = intern(set);
    if (effective == found->effective) return;
    Message message = *found;
    message.effective = effective;
    put_message(ref.mailbox, message);
  }

  OperationId add_operation(Operation operation) override {
    AccountState& state = slot_.state;
    operation.id = OperationId{++state.last_operation};
    operation.order = operation.id.value << 16;
    operation.born = next_tick();
    operation.time = batch_.now_;
    put_operation(operation);
    return operation.id;
  }
  void put_operation(const Operation& operation) override {
    slot_.state.journal.put(operation);
    put_row(rows::operation(account(), operation.id), rows::encode(operation));
  }
  void erase_operation(OperationId id) override {
    if (slot_.state.journal.erase(id)) batch_.rows_.erase(rows::operation(account(), id));
  }

  void put_subscription(const std::string& name, Subscription subscription) override {
    edited_.list_changed = true;
    if (!subscription.base && !subscription.effective) {
      slot_.state.subscriptions.erase(name);
      batch_.rows_.erase(rows::subscription(account(), name));
      return;
    }
    slot_.state.subscriptions[name] = subscription;
    put_row(rows::subscription(account(), name), rows::encode(subscription));
  }

  ContentNumber new_content() override {
    const ContentNumber content{++batch_.state_.counters.last_content};
    batch_.counters_changed_ = true;
    slot_.state.missing.insert(content);
    put_row(rows::missing(account(), content), {});
    return content;
  }

  void attach(ContentNumber content, const StoredContent& stored) override {
    if (!slot_.state.missing.contains(content)) return;
    slot_.state.missing.erase(content);
    batch_.rows_.erase(rows::missing(account(), content));
    const ContentNumber same = find_content(stored.hash);
    if (same && same != content) {
      make_alias(content, same);
      return;
    }
    put_row(rows::content(content), rows::encode(rows::Location{stored.hash, stored.size, stored.extents}));
    put_row(rows::content_hash(stored.hash), rows::content(content).substr(1));
    put_row(rows::envelope(content), stored.summary.envelope);
    put_row(rows::structure(content), stored.summary.structure);
    put_row(rows::header(content), stored.summary.header);
    batch_.state_.places.recent[stored.hash] = content;
    if (stored.lease) batch_.leases_.push_back(stored.lease);
  }

  void attach_header(ContentNumber content, const Summary& summary) override {
    if (!slot_.state.missing.contains(content)) return;
    put_row(rows::envelope(content), summary.envelope);
    put_row(rows::header(content), summary.header);
  }

  bool same_content(ContentNumber a, ContentNumber b) const override {
    const ContentPlaces& places = batch_.state_.places;
    const ContentSet& missing = slot_.state.missing;
    return a == b || (!missing.contains(a) && !missing.contains(b) && places.resolve(a) == places.resolve(b));
  }

  ContentNumber find_content(std::string_view hash) const override {
    const auto recent = batch_.state_.places.recent.find(std::string(hash));
    if (recent != batch_.state_.places.recent.end()) return recent->second;
    const auto row = batch_.database_.get(rows::content_hash(hash));
    if (!row || row->size() != 8) return {};
    const ContentNumber found{rows::number_in(*row, 0, 8)};
    return batch_.state_.places.stays(found) && batch_.database_.get(rows::content(found)) ? found : ContentNumber{};
  }

  void rescue(const Mailbox& mailbox, const Message& message) override {
    if (slot_.state.missing.contains(message.content)) return;
    const ContentNumber content = batch_.state_.places.resolve(message.content);
    const Message* still = slot_.state.find(MessageRef{mailbox.id, message.uid});
    const int own = still != nullptr && still->visible() && still->content == message.content ? 1 : 0;
    if (slot_.holders.of(content).visible > own) return;
    Rescued rescued{content,    message.here, mailbox.name, message.here.date, message.zone, flags(message.effective),
                    batch_.now_};
    put_row(rows::rescued(account(), content), rows::encode(rescued));
    slot_.rescued[content] = std::move(rescued);
  }

  void set_delimiter(char delimiter) override {
    slot_.state.delimiter = delimiter;
    edited_.own_fields = edited_.list_changed = true;
  }
  void set_listed() override {
    slot_.state.listed = true;
    edited_.own_fields = edited_.list_changed = true;
  }
  void set_list_started(Tick started) override {
    slot_.state.list_started = started;
    edited_.own_fields = true;
  }
  void set_upstream_alters() override {
    slot_.state.upstream_alters = true;
    edited_.own_fields = true;
  }

 private:
  // Since 2020.
  std::uint32_t seconds() const { return std::uint32_t(std::max<std::int64_t>(batch_.now_ - year_2020, 1)); }
  AccountId account() const { return slot_.state.id; }
  void put_row(std::string key, std::string value) { batch_.rows_.put(std::move(key), std::move(value)); }

  // The mailbox of this batch: copied from the published one at the first change.
  Batch::EditedMailbox* edited(MailboxId id) {
    const auto known = edited_.mailboxes.find(id);
    if (known != edited_.mailboxes.end()) return &known->second;
    const auto found = slot_.state.mailboxes.find(id);
    if (found == slot_.state.mailboxes.end()) return nullptr;
    auto copy = std::make_shared<Mailbox>(*found->second);
    Batch::EditedMailbox& entry = edited_.mailboxes[id];
    entry.before = found->second;
    entry.mailbox = copy.get();
    found->second = std::move(copy);
    return &entry;
  }

  ModSeq bump(Batch::EditedMailbox& entry) {
    if (!entry.bumped) ++entry.mailbox->highest_modseq.value;
    entry.bumped = true;
    return entry.mailbox->highest_modseq;
  }

  // Counts are those of visible messages.
  void count_in(Mailbox& mailbox, const Message& message) {
    const ContentNumber content = batch_.state_.places.resolve(message.content);
    slot_.holders.add(content, message.visible());
    if (!message.visible()) return;
    if (slot_.rescued.contains(content)) found_again(slot_, content);
    const FlagSet& set = flags(message.effective);
    ++mailbox.exists;
    mailbox.unseen += set.has(SystemFlag::seen) ? 0 : 1;
    mailbox.deleted += set.has(SystemFlag::deleted) ? 1 : 0;
    mailbox.size += message.here.size;
  }
  void count_out(Mailbox& mailbox, const Message& message) {
    slot_.holders.remove(batch_.state_.places.resolve(message.content), message.visible());
    if (slot_.state.missing.contains(message.content)) edited_.let_go.push_back(message.content);
    if (!message.visible()) return;
    const FlagSet& set = flags(message.effective);
    --mailbox.exists;
    mailbox.unseen -= set.has(SystemFlag::seen) ? 0 : 1;
    mailbox.deleted -= set.has(SystemFlag::deleted) ? 1 : 0;
    mailbox.size -= message.here.size;
  }

  // A mailbox shows it: it is not lost.
  void found_again(AccountSlot& slot, ContentNumber content) {
    slot.rescued.erase(content);
    batch_.rows_.erase(rows::rescued(slot.state.id, content));
  }

  void make_alias(ContentNumber content, ContentNumber same) {
    same = batch_.state_.places.resolve(same);
    batch_.state_.places.aliases[content] = same;
    put_row(rows::alias(content), rows::content(same).substr(1));
    rows::erase_summary(batch_.rows_, content);
    for (auto& [id, slot] : batch_.state_.accounts) {
      slot->holders.merge(content, same);
      if (slot->rescued.contains(same) && slot->holders.of(same).visible > 0) found_again(*slot, same);
    }
  }

  Batch& batch_;
  AccountSlot& slot_;
  Batch::EditedAccount& edited_;
};

Result<> Batch::run(AccountSlot& slot, const std::function<Result<>(Transaction&)>& change) {
  TransactionOnState transaction(*this, slot);
  return change(transaction);
}

}  // namespace satchel::store
