#include "conflicts.hpp"

#include <algorithm>

namespace satchel::sim {

using store::Operation;
using store::OperationKind;

namespace {

// What became upstream of a mailbox that is known here.
struct Fate {
  const model::Mailbox* now = nullptr;  // null: deleted, or never there
  bool renamed = false;
  bool deleted = false;
  bool renumbered = false;
};

Fate fate_of(const store::Mailbox* known, const model::Account& upstream) {
  Fate fate;
  if (!known || !known->upstream.exists || !known->upstream.uid_validity) return fate;
  const std::uint32_t validity = known->upstream.uid_validity;
  const model::Mailbox* named = upstream.find(known->upstream.name);
  if (named && named->uid_validity == validity) {
    fate.now = named;
    return fate;
  }
  for (const auto& [name, mailbox] : upstream.mailboxes())
    if (mailbox.uid_validity == validity) {
      fate.now = &mailbox;
      fate.renamed = true;
      return fate;
    }
  fate.renumbered = named != nullptr;
  fate.deleted = named == nullptr;
  return fate;
}

model::Flags names_of(const store::FlagSet& set) {
  model::Flags flags;
  for (const std::string& name : set.names()) flags.insert(name);
  return flags;
}

// Flags that are not alike in both.
model::Flags changed(const model::Flags& a, const model::Flags& b) {
  model::Flags out;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()),
                                model::WithoutCase{});
  return out;
}

bool was_moved(const model::Account& upstream, const std::string& mailbox, model::Uid uid) {
  const auto& acts = upstream.acts();
  return std::any_of(acts.rbegin(), acts.rend(), [&](const model::Act& act) {
    return act.kind == model::Act::Kind::move && act.uid == uid && act.mailbox == mailbox;
  });
}

// Of the messages that are known, so many are not there any more.
std::uint32_t lost_in(const store::Mailbox& known, const model::Mailbox* now) {
  std::uint32_t lost = 0;
  known.messages.for_each([&](const store::Message& row) {
    lost += row.visible() && row.upstream && (!now || !now->find(row.upstream.value)) ? 1 : 0;
    return true;
  });
  return lost;
}

}  // namespace

const char* name_of(Row row) {
  static constexpr const char* names[] = {"flags / other flags",      "flag F / flag F",       "expunged / flags",
                                          "expunged / moved, copied", "moved / moved",         "changed / expunged",
                                          "renamed / filed",          "deleted / renamed",     "deleted / filed",
                                          "new mail / deleted",       "renumbered / anything", "lost many / anything"};
  static_assert(std::size(names) == row_count);
  return names[std::size_t(row)];
}

void Conflicts::met(const Operation& operation, Row row) {
  if (seen_.emplace(operation.id.value, row).second) ++counts_[std::size_t(row)];
}

void Conflicts::look_at_message(const Operation& operation, const store::AccountState& here,
                                const model::Account& upstream) {
  const store::Message* row = here.find(operation.source);
  const store::Mailbox* known = here.find(operation.source.mailbox);
  if (!row || !row->upstream) return;
  const Fate fate = fate_of(known, upstream);
  if (fate.renumbered) met(operation, Row::renumbered);
  if (!fate.now) return;
  const model::Message* there = fate.now->find(row->upstream.value);
  const bool flags_only = operation.kind == OperationKind::store_flags;
  if (!there) {
    const bool moved = was_moved(upstream, fate.now->name, row->upstream.value);
    if (flags_only) met(operation, Row::expunged_flags);
    if (operation.kind == OperationKind::move && moved) met(operation, Row::moved_moved);
    if (operation.adds() && !moved) met(operation, Row::expunged_filed);
    return;
  }
  model::Flags other = changed(there->flags, names_of((*here.flags)[row->base]));
  if (operation.kind == OperationKind::expunge && (!other.empty() || fate.now->uid_next > known->upstream.uid_next))
    met(operation, Row::changed_expunged);
  if (!flags_only) return;
  bool same = false;
  for (const auto& set : {operation.add, operation.remove})
    for (const std::string& name : set.names()) same |= other.erase(name) > 0;
  if (same) met(operation, Row::same_flag);
  if (!other.empty()) met(operation, Row::other_flags);
}

void Conflicts::look_at_target(const Operation& operation, const store::AccountState& here,
                               const model::Account& upstream) {
  const Fate fate = fate_of(here.find(operation.target.mailbox), upstream);
  if (fate.renamed) met(operation, Row::renamed_filed);
  if (fate.deleted) met(operation, Row::deleted_filed);
  if (fate.renumbered) met(operation, Row::renumbered);
}

void Conflicts::look_at_mailbox(const Operation& operation, const store::AccountState& here,
                                const model::Account& upstream) {
  const store::Mailbox* known = here.find(operation.mailbox);
  const Fate fate = fate_of(known, upstream);
  if (fate.renumbered) met(operation, Row::renumbered);
  if (operation.kind == OperationKind::rename && fate.deleted) met(operation, Row::deleted_renamed);
  if (operation.kind == OperationKind::delete_mailbox && fate.now && fate.now->uid_next > known->upstream.uid_next)
    met(operation, Row::new_mail_deleted);
}

void Conflicts::look(const store::AccountState& here, const model::Account& upstream) {
  bool many = false;
  for (const auto& [id, mailbox] : here.mailboxes) {
    if (mailbox->retired || !mailbox->upstream.exists) continue;
    const Fate fate = fate_of(mailbox.get(), upstream);
    many |= !fate.renumbered && lost_in(*mailbox, fate.now) > many_;
  }
  here.journal.for_each([&](const Operation& operation) {
    if (operation.parked()) return true;
    if (many) met(operation, Row::lost_many);
    if (operation.source) look_at_message(operation, here, upstream);
    if (operation.adds()) look_at_target(operation, here, upstream);
    if (operation.on_mailbox()) look_at_mailbox(operation, here, upstream);
    return true;
  });
}

}  // namespace satchel::sim
