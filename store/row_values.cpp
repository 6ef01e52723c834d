#include "store/encoding.hpp"
#include "store/rows.hpp"

namespace satchel::store::rows {
namespace {

constexpr std::uint64_t most_clients = 1000;
constexpr std::uint64_t most_extents = 1'000'000;

// Bit `index` of a byte of switches.
std::uint8_t bits(std::initializer_list<bool> switches) {
  std::uint8_t out = 0;
  std::uint8_t bit = 1;
  for (const bool on : switches) {
    if (on) out |= bit;
    bit = std::uint8_t(bit << 1);
  }
  return out;
}
bool bit(std::uint8_t byte, int index) {
  return (byte >> index & 1) != 0;
}

void put_ref(std::string& out, MessageRef ref) {
  put_number(out, ref.mailbox.value);
  put_number(out, ref.uid.value);
}
MessageRef take_ref(Decoder& in) {
  MessageRef ref;
  ref.mailbox.value = std::uint32_t(in.number());
  ref.uid.value = std::uint32_t(in.number());
  return ref;
}

// An identity that is not known is one zero byte.
void put_identity(std::string& out, const Identity& identity) {
  put_byte(out,
           bits({identity != Identity{}, identity.message_id > 1, identity.header != 0, identity.message_id == 1}));
  if (identity == Identity{}) return;
  if (identity.message_id > 1) put_fixed64(out, identity.message_id);
  if (identity.header != 0) put_fixed64(out, identity.header);
  put_signed(out, identity.date);
  put_number(out, identity.size);
}
Identity take_identity(Decoder& in) {
  Identity identity;
  const std::uint8_t shape = in.byte();
  if (!bit(shape, 0)) return identity;
  if (bit(shape, 1)) identity.message_id = in.fixed64();
  if (bit(shape, 3)) identity.message_id = 1;
  if (bit(shape, 2)) identity.header = in.fixed64();
  identity.date = in.signed_number();
  identity.size = std::uint32_t(in.number());
  return identity;
}

}  // namespace

std::string encode(const Counters& counters) {
  std::string out;
  put_number(out, counters.last_content);
  put_number(out, counters.last_account);
  put_number(out, counters.last_uid_validity);
  return out;
}

std::optional<Counters> decode_counters(std::string_view value) {
  Decoder in(value);
  Counters counters;
  counters.last_content = in.number();
  counters.last_account = std::uint32_t(in.number());
  counters.last_uid_validity = std::uint32_t(in.number());
  return whole(in, counters);
}

std::string encode(const AccountSettings& settings) {
  std::string out;
  put_number(out, settings.id.value);
  for (const std::string* text :
       {&settings.name, &settings.email, &settings.host, &settings.user, &settings.password, &settings.ca_pem})
    put_bytes(out, *text);
  put_number(out, settings.port);
  put_byte(out, std::uint8_t(settings.security));
  put_number(out, settings.clients.size());
  for (const ClientPassword& client : settings.clients) {
    put_bytes(out, client.name);
    put_bytes(out, client.password);
  }
  return out;
}

std::optional<AccountSettings> decode_settings(std::string_view value) {
  Decoder in(value);
  AccountSettings settings;
  settings.id.value = std::uint32_t(in.number());
  for (std::string* text :
       {&settings.name, &settings.email, &settings.host, &settings.user, &settings.password, &settings.ca_pem})
    *text = in.bytes();
  settings.port = std::uint16_t(in.number());
  settings.security = Security(in.byte());
  const std::uint64_t count = in.number();
  if (count > most_clients || settings.security > Security::none) return std::nullopt;
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    ClientPassword client;
    client.name = in.bytes();
    client.password = in.bytes();
    settings.clients.push_back(std::move(client));
  }
  return whole(in, std::move(settings));
}

std::string encode_state(const AccountState& state) {
  std::string out;
  put_byte(out, std::uint8_t(state.delimiter));
  put_byte(out, bits({state.listed, state.upstream_alters}));
  put_number(out, state.tick.value);
  put_number(out, state.list_started.value);
  put_number(out, state.last_mailbox);
  put_number(out, state.last_operation);
  return out;
}

bool decode_state(std::string_view value, AccountState& state) {
  Decoder in(value);
  state.delimiter = char(in.byte());
  const std::uint8_t switches = in.byte();
  state.listed = bit(switches, 0);
  state.upstream_alters = bit(switches, 1);
  state.tick.value = in.number();
  state.list_started.value = in.number();
  state.last_mailbox = std::uint32_t(in.number());
  state.last_operation = in.number();
  return in.good() && in.at_end();
}

std::string encode(const Mailbox& mailbox) {
  std::string out;
  put_number(out, mailbox.id.value);
  put_bytes(out, mailbox.name);
  put_number(out, mailbox.uid_validity.value);
  put_number(out, mailbox.uid_next.value);
  put_number(out, mailbox.highest_modseq.value);
  put_byte(out, std::uint8_t(mailbox.special_use));
  const UpstreamMailbox& there = mailbox.upstream;
  put_byte(out, bits({mailbox.listed, mailbox.deleted_here, mailbox.retired, there.exists, there.selectable}));
  put_bytes(out, there.name);
  put_number(out, there.uid_validity);
  put_number(out, there.uid_next);
  put_number(out, there.highest_modseq);
  put_bytes(out, there.mailbox_id);
  put_number(out, there.pull_started.value);
  put_number(out, there.previous_pull_started.value);
  put_guard(out, mailbox.guard);
  return out;
}

std::optional<Mailbox> decode_mailbox(std::string_view value) {
  Decoder in(value);
  Mailbox mailbox;
  mailbox.id.value = std::uint32_t(in.number());
  mailbox.name = in.bytes();
  mailbox.uid_validity.value = std::uint32_t(in.number());
  mailbox.uid_next.value = std::uint32_t(in.number());
  mailbox.highest_modseq.value = in.number();
  mailbox.special_use = SpecialUse(in.byte());
  if (mailbox.special_use > SpecialUse::trash) return std::nullopt;
  const std::uint8_t switches = in.byte();
  mailbox.listed = bit(switches, 0);
  mailbox.deleted_here = bit(switches, 1);
  mailbox.retired = bit(switches, 2);
  UpstreamMailbox& there = mailbox.upstream;
  there.exists = bit(switches, 3);
  there.selectable = bit(switches, 4);
  there.name = in.bytes();
  there.uid_validity = std::uint32_t(in.number());
  there.uid_next = std::uint32_t(in.number());
  there.highest_modseq = in.number();
  there.mailbox_id = in.bytes();
  there.pull_started.value = in.number();
  there.previous_pull_started.value = in.number();
  mailbox.guard = take_guard(in);
  return whole(in, std::move(mailbox));
}

std::string encode(const Message& message) {
  std::string out;
  out.reserve(64);
  const bool same = message.here == message.there;
  put_byte(out, bits({message.metadata, message.header, message.held, message.own, same, message.email_id != 0,
                      bool(message.hidden_by), bool(message.local)}));
  put_number(out, message.upstream.value);
  put_number(out, message.modseq.value);
  put_number(out, message.content.value);
  put_identity(out, message.here);
  if (!same) put_identity(out, message.there);
  if (message.email_id != 0) put_fixed64(out, message.email_id);
  put_signed(out, message.zone);
  put_number(out, message.base.value);
  put_number(out, message.effective.value);
  if (message.local) put_number(out, message.local.value);
  if (message.hidden_by) put_number(out, message.hidden_by.value);
  put_number(out, message.born.value);
  return out;
}

std::optional<Message> decode_message(std::string_view value, Uid uid) {
  Decoder in(value);
  Message message;
  message.uid = uid;
  const std::uint8_t switches = in.byte();
  message.metadata = bit(switches, 0);
  message.header = bit(switches, 1);
  message.held = bit(switches, 2);
  message.own = bit(switches, 3);
  message.upstream.value = std::uint32_t(in.number());
  message.modseq.value = in.number();
  message.content.value = in.number();
  message.here = take_identity(in);
  message.there = bit(switches, 4) ? message.here : take_identity(in);
  if (bit(switches, 5)) message.email_id = in.fixed64();
  message.zone = std::int16_t(in.signed_number());
  message.base.value = std::uint32_t(in.number());
  message.effective.value = std::uint32_t(in.number());
  if (bit(switches, 7)) message.local.value = std::uint32_t(in.number());
  if (bit(switches, 6)) message.hidden_by.value = in.number();
  message.born.value = in.number();
  return whole(in, message);
}

std::string encode(const Subscription& subscription) {
  return std::string(1, char(bits({subscription.base, subscription.effective})));
}

std::optional<Subscription> decode_subscription(std::string_view value) {
  Decoder in(value);
  const std::uint8_t switches = in.byte();
  return whole(in, Subscription{bit(switches, 0), bit(switches, 1)});
}

std::string encode(const Rescued& rescued) {
  std::string out;
  put_number(out, rescued.content.value);
  put_identity(out, rescued.identity);
  put_bytes(out, rescued.mailbox);
  put_signed(out, rescued.internal_date);
  put_signed(out, rescued.zone);
  put_bytes(out, rescued.flags.encode());
  put_signed(out, rescued.rescued_at);
  return out;
}

std::optional<Rescued> decode_rescued(std::string_view value) {
  Decoder in(value);
  Rescued rescued;
  rescued.content.value = in.number();
  rescued.identity = take_identity(in);
  rescued.mailbox = in.bytes();
  rescued.internal_date = in.signed_number();
  rescued.zone = std::int16_t(in.signed_number());
  rescued.flags = FlagSet::decode(in.bytes());
  rescued.rescued_at = in.signed_number();
  return whole(in, std::move(rescued));
}

std::string encode(const Location& location) {
  std::string out;
  put_bytes(out, location.hash);
  put_number(out, location.size);
  put_number(out, location.extents.size());
  for (const Extent& extent : location.extents) {
    put_number(out, extent.segment);
    put_number(out, extent.offset);
    put_number(out, extent.sealed_size);
    put_number(out, extent.plain_size);
  }
  return out;
}

std::optional<Location> decode_location(std::string_view value) {
  Decoder in(value);
  Location location;
  location.hash = in.bytes();
  location.size = in.number();
  const std::uint64_t count = in.number();
  if (count > most_extents) return std::nullopt;
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    Extent extent;
    extent.segment = std::uint32_t(in.number());
    extent.offset = in.number();
    extent.sealed_size = std::uint32_t(in.number());
    extent.plain_size = std::uint32_t(in.number());
    location.extents.push_back(extent);
  }
  return whole(in, std::move(location));
}

std::uint64_t size_in_location(std::string_view value) {
  Decoder in(value);
  (void)in.bytes();
  return in.number();
}

std::string encode(const Operation& operation) {
  std::string out;
  put_number(out, operation.id.value);
  put_number(out, operation.order);
  put_byte(out, std::uint8_t(operation.kind));
  put_byte(out, std::uint8_t(operation.state));
  put_ref(out, operation.source);
  put_ref(out, operation.target);
  put_number(out, operation.mailbox.value);
  put_bytes(out, operation.name);
  put_bytes(out, operation.old_name);
  put_bytes(out, operation.add.encode());
  put_bytes(out, operation.remove.encode());
  put_byte(out, std::uint8_t(operation.special_use));
  put_byte(out, bits({operation.surely, operation.copied, operation.superseded}));
  for (const Tick tick : {operation.vanished_at, operation.seen, operation.born}) put_number(out, tick.value);
  put_signed(out, operation.time);
  put_number(out, operation.uid_next_then);
  put_number(out, operation.uid_next_attempt);
  put_number(out, operation.uid_validity_attempt);
  put_number(out, operation.tries);
  put_signed(out, operation.not_before);
  put_bytes(out, operation.why);
  return out;
}

std::optional<Operation> decode_operation(std::string_view value) {
  Decoder in(value);
  Operation operation;
  operation.id.value = in.number();
  operation.order = in.number();
  operation.kind = OperationKind(in.byte());
  operation.state = OperationState(in.byte());
  operation.source = take_ref(in);
  operation.target = take_ref(in);
  operation.mailbox.value = std::uint32_t(in.number());
  operation.name = in.bytes();
  operation.old_name = in.bytes();
  operation.add = FlagSet::decode(in.bytes());
  operation.remove = FlagSet::decode(in.bytes());
  operation.special_use = SpecialUse(in.byte());
  const std::uint8_t switches = in.byte();
  operation.surely = bit(switches, 0);
  operation.copied = bit(switches, 1);
  operation.superseded = bit(switches, 2);
  for (Tick* tick : {&operation.vanished_at, &operation.seen, &operation.born}) tick->value = in.number();
  operation.time = in.signed_number();
  operation.uid_next_then = std::uint32_t(in.number());
  operation.uid_next_attempt = std::uint32_t(in.number());
  operation.uid_validity_attempt = std::uint32_t(in.number());
  operation.tries = std::uint32_t(in.number());
  operation.not_before = in.signed_number();
  operation.why = in.bytes();
  const bool known = operation.kind >= OperationKind::store_flags && operation.kind <= OperationKind::unsubscribe &&
                     operation.state <= OperationState::parked_perhaps && operation.special_use <= SpecialUse::trash;
  if (!known) return std::nullopt;
  return whole(in, std::move(operation));
}

}  // namespace satchel::store::rows
