// Rows of the database: keys and values (FORMAT.md section 2). Decoding trusts nothing: a value that
// is cut or too long is corrupt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/account.hpp"
#include "store/contents.hpp"
#include "store/database.hpp"
#include "store/encoding.hpp"

namespace satchel::store::rows {

constexpr std::uint64_t schema_version = 3;

// --- keys; `prefix` ones are what all keys of the kind begin with
std::string schema();                        // "!schema"
std::string setting(std::string_view name);  // "s" name
std::string account(AccountId account);      // "A" account
std::string account_prefix();
std::string state(AccountId account);                   // "a" account
std::string flag_set(AccountId account, FlagSetId id);  // "F" account id
std::string flag_set_prefix(AccountId account);
std::string mailbox(AccountId account, MailboxId mailbox);  // "B" account mailbox
std::string mailbox_prefix(AccountId account);
std::string message(AccountId account, MessageRef ref);  // "M" account mailbox uid
std::string message_prefix(AccountId account);
std::string vanished(AccountId account, MailboxId mailbox, ModSeq modseq);  // "V" account mailbox modseq
std::string vanished_prefix(AccountId account);
std::string operation(AccountId account, OperationId id);  // "J" account id
std::string operation_prefix(AccountId account);
std::string subscription(AccountId account, std::string_view name);  // "S" account name
std::string subscription_prefix(AccountId account);
std::string rescued(AccountId account, ContentNumber content);  // "R" account content
std::string rescued_prefix(AccountId account);
std::string content(ContentNumber content);  // "C" content
std::string content_prefix();
std::string content_hash(std::string_view hash);                // "K" hash
std::string envelope(ContentNumber content);                    // "E" content
std::string structure(ContentNumber content);                   // "P" content
std::string header(ContentNumber content);                      // "H" content
void erase_summary(WriteBatch& batch, ContentNumber content);   // "E", "P" and "H"
std::string missing(AccountId account, ContentNumber content);  // "N" account content
std::string missing_prefix(AccountId account);
std::string alias(ContentNumber content);  // "D" content
std::string alias_prefix();
std::string counters();  // "!counters"

// The smallest key behind all keys with this prefix.
std::string after_prefix(std::string prefix);

// The number of so many bytes that stands at `offset` of a key.
std::uint64_t number_in(std::string_view key, std::size_t offset, int bytes);

// --- values
struct Counters {  // shared by all accounts
  std::uint64_t last_content = 0;
  std::uint32_t last_account = 0;
  std::uint32_t last_uid_validity = 0;
};
std::string encode(const Counters& counters);
std::optional<Counters> decode_counters(std::string_view value);

std::string encode(const AccountSettings& settings);
std::optional<AccountSettings> decode_settings(std::string_view value);

std::string encode_state(const AccountState& state);
bool decode_state(std::string_view value, AccountState& state);

std::string encode(const Mailbox& mailbox);  // all but messages and counts
std::optional<Mailbox> decode_mailbox(std::string_view value);

// The last part of that.
void put_guard(std::string& out, const Guard& guard);
Guard take_guard(Decoder& in);

std::string encode(const Message& message);  // all but the UID, which is in the key
std::optional<Message> decode_message(std::string_view value, Uid uid);

std::string encode(const Operation& operation);
std::optional<Operation> decode_operation(std::string_view value);

std::string encode(const Subscription& subscription);
std::optional<Subscription> decode_subscription(std::string_view value);

std::string encode(const Rescued& rescued);
std::optional<Rescued> decode_rescued(std::string_view value);

std::string encode(const Vanished& vanished);  // all but the MODSEQ, which is in the key
std::optional<Vanished> decode_vanished(std::string_view value, ModSeq modseq);

// Where a content lies.
struct Location {
  std::string hash;
  std::uint64_t size = 0;
  std::vector<Extent> extents;
};
std::string encode(const Location& location);
std::optional<Location> decode_location(std::string_view value);
std::uint64_t size_in_location(std::string_view value);  // 0 where it does not decode

}  // namespace satchel::store::rows
