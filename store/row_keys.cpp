#include "store/encoding.hpp"
#include "store/rows.hpp"

namespace satchel::store::rows {
namespace {

std::string key(char kind) {
  return std::string(1, kind);
}
std::string key(char kind, AccountId account) {
  std::string out = key(kind);
  put_fixed32(out, account.value);
  return out;
}
std::string key(char kind, AccountId account, std::uint32_t number) {
  std::string out = key(kind, account);
  put_fixed32(out, number);
  return out;
}
std::string key64(std::string out, std::uint64_t number) {
  put_fixed64(out, number);
  return out;
}

}  // namespace

std::string schema() {
  return "!schema";
}
std::string counters() {
  return "!counters";
}
std::string setting(std::string_view name) {
  return "s" + std::string(name);
}
std::string account(AccountId account) {
  return key('A', account);
}
std::string account_prefix() {
  return key('A');
}
std::string state(AccountId account) {
  return key('a', account);
}
std::string flag_set(AccountId account, FlagSetId id) {
  return key('F', account, id.value);
}
std::string flag_set_prefix(AccountId account) {
  return key('F', account);
}
std::string mailbox(AccountId account, MailboxId mailbox) {
  return key('B', account, mailbox.value);
}
std::string mailbox_prefix(AccountId account) {
  return key('B', account);
}
std::string message(AccountId account, MessageRef ref) {
  std::string out = key('M', account, ref.mailbox.value);
  put_fixed32(out, ref.uid.value);
  return out;
}
std::string message_prefix(AccountId account) {
  return key('M', account);
}
std::string vanished(AccountId account, MailboxId mailbox, ModSeq modseq) {
  return key64(key('V', account, mailbox.value), modseq.value);
}
std::string vanished_prefix(AccountId account) {
  return key('V', account);
}
std::string operation(AccountId account, OperationId id) {
  return key64(key('J', account), id.value);
}
std::string operation_prefix(AccountId account) {
  return key('J', account);
}
std::string subscription(AccountId account, std::string_view name) {
  return key('S', account) + std::string(name);
}
std::string subscription_prefix(AccountId account) {
  return key('S', account);
}
std::string rescued(AccountId account, ContentNumber content) {
  return key64(key('R', account), content.value);
}
std::string rescued_prefix(AccountId account) {
  return key('R', account);
}
std::string content(ContentNumber content) {
  return key64(key('C'), content.value);
}
std::string content_prefix() {
  return key('C');
}
std::string content_hash(std::string_view hash) {
  return "K" + std::string(hash);
}
std::string envelope(ContentNumber content) {
  return key64(key('E'), content.value);
}
std::string structure(ContentNumber content) {
  return key64(key('P'), content.value);
}
std::string header(ContentNumber content) {
  return key64(key('H'), content.value);
}
void erase_summary(WriteBatch& batch, ContentNumber content) {
  batch.erase(envelope(content));
  batch.erase(structure(content));
  batch.erase(header(content));
}
std::string missing(AccountId account, ContentNumber content) {
  return key64(key('N', account), content.value);
}
std::string missing_prefix(AccountId account) {
  return key('N', account);
}
std::string alias(ContentNumber content) {
  return key64(key('D'), content.value);
}
std::string alias_prefix() {
  return key('D');
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

std::uint64_t number_in(std::string_view row_key, std::size_t offset, int bytes) {
  if (row_key.size() < offset) return 0;
  Decoder in(row_key.substr(offset));
  return in.fixed(bytes);
}

}  // namespace satchel::store::rows
