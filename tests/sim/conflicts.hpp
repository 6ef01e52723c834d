// The design's table of conflicts (section 5): which of its rows a world met. A row is met where an operation that
// upstream does not know stands against something that upstream did and that is not known here.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "model/account.hpp"
#include "store/account.hpp"

namespace satchel::sim {

enum class Row {  // upstream did; here was done
  other_flags,    // changed flags; other flags
  same_flag,      // changed flag F; also flag F
  expunged_flags,
  expunged_filed,  // expunged; moved or copied
  moved_moved,
  changed_expunged,  // flags changed or new mail; expunged
  renamed_filed,     // mailbox renamed; mail filed in it
  deleted_renamed,
  deleted_filed,
  new_mail_deleted,  // new mail in a mailbox; mailbox deleted
  renumbered,        // new UIDVALIDITY; anything
  lost_many,         // lost many messages at once; anything
};
constexpr std::size_t row_count = 12;
const char* name_of(Row row);

using RowCounts = std::array<std::uint64_t, row_count>;

class Conflicts {
 public:
  // `many`: so many messages gone at once are held.
  explicit Conflicts(std::uint32_t many) : many_(many) {}

  // Adds what stands against each other at this moment; each operation counts once for a row.
  void look(const store::AccountState& here, const model::Account& upstream);
  const RowCounts& counts() const { return counts_; }

 private:
  void met(const store::Operation& operation, Row row);
  void look_at_message(const store::Operation& operation, const store::AccountState& here,
                       const model::Account& upstream);
  void look_at_target(const store::Operation& operation, const store::AccountState& here,
                      const model::Account& upstream);
  void look_at_mailbox(const store::Operation& operation, const store::AccountState& here,
                       const model::Account& upstream);

  std::uint32_t many_;
  RowCounts counts_{};
  std::set<std::pair<std::uint64_t, Row>> seen_;
};

}  // namespace satchel::sim
