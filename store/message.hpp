// One message in one mailbox of the replica, and the table that holds a mailbox's messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "store/flags.hpp"

namespace satchel::store {

// By what two messages are compared before their bytes are (design section 5): keyed hashes, so
// that a row tells nothing; 0 where it is not known.
struct Identity {
  std::uint64_t message_id = 0;  // hash of the Message-ID field's value; 1 where there is none
  std::uint64_t header = 0;      // hash of the header bytes
  std::int64_t date = 0;         // INTERNALDATE, seconds since 1970 UTC
  std::uint32_t size = 0;        // RFC822.SIZE

  bool known() const { return message_id != 0; }
  friend bool operator==(const Identity&, const Identity&) = default;
};

struct Message {
  Uid uid;
  UpstreamUid upstream;        // none: not (or no longer) bound to a message upstream
  ModSeq modseq;               // of its last visible change
  ContentNumber content;       // its bytes; AccountState::missing tells whether they are here
  Identity here;               // as clients see it
  Identity there;              // as upstream gave it; unknown until then. They differ where upstream alters appends
  std::uint64_t email_id = 0;  // hash of EMAILID or X-GM-MSGID, where upstream has them
  std::int16_t zone = 0;       // of INTERNALDATE, minutes east of UTC
  FlagSetId base;              // what upstream is last known to say
  FlagSetId local;             // flags that upstream will not keep: shown, never sent
  FlagSetId effective;         // base, then unsettled operations, then local
  OperationId hidden_by;       // removed here by this operation, which is not settled yet: clients do not see it
  Tick born;                   // when it came into the replica
  bool metadata = false;       // INTERNALDATE, size and flags are here
  bool header = false;         // header, ENVELOPE are here (structure comes with the content)
  bool held = false;           // vanished upstream within a mass deletion; the user decides (section 7)
  bool own = false;            // bound by a push of ours, not found in a pull

  bool visible() const { return !hidden_by; }
};

// Messages in ascending UID. A value: copying shares the chunks, changing one copies its chunk, so
// a published mailbox stays as it was while the next one is prepared.
class MessageTable {
 public:
  static constexpr std::size_t chunk_size = 256;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Message* find(Uid uid) const;
  const Message* first_from(Uid uid) const;  // the first message with a UID not below

  void put(const Message& message);  // new, or in place of the one with its UID
  bool erase(Uid uid);

  // Visits in ascending UID; a visitor that returns false ends it.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& chunk : chunks_)
      for (const Message& message : chunk->messages)
        if (!keep_going(visit, message)) return;
  }

  // Those whose modseq is above `since`: whole chunks without any are skipped.
  template <class Visit>
  void for_each_changed(ModSeq since, Visit&& visit) const {
    for (const auto& chunk : chunks_) {
      if (chunk->highest <= since) continue;
      for (const Message& message : chunk->messages)
        if (message.modseq > since && !keep_going(visit, message)) return;
    }
  }

 private:
  struct Chunk {
    ModSeq highest;
    std::vector<Message> messages;
  };

  template <class Visit>
  static bool keep_going(Visit& visit, const Message& message) {
    if constexpr (std::is_same_v<decltype(visit(message)), bool>) return visit(message);
    visit(message);
    return true;
  }
  std::size_t chunk_of(Uid uid) const;
  Chunk& own_chunk(std::size_t index);

  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace satchel::store
