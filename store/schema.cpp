// The schema's version, and the way from an older one (FORMAT.md section 2).
#include "store/encoding.hpp"
#include "store/working_state.hpp"

namespace satchel::store {
namespace {

std::string version_value(std::uint64_t version) {
  std::string value;
  put_number(value, version);
  return value;
}

// Version 0 kept no mark of contents that are missing: a message row without a location was one.
Result<> from_0_to_1(const Database& database, WriteBatch& batch) {
  const std::string prefix = "M";
  const auto cursor = database.scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const std::string key(cursor->key());
    const auto message = rows::decode_message(cursor->value(), Uid{std::uint32_t(rows::number_in(key, 9, 4))});
    if (!message) return fail(ErrorCode::corrupt, "A message row of the older store cannot be read.");
    const AccountId account{std::uint32_t(rows::number_in(key, 1, 4))};
    const bool here =
        bool(database.get(rows::content(message->content))) || bool(database.get(rows::alias(message->content)));
    if (!here) batch.put(rows::missing(account, message->content), {});
  }
  return cursor->error();
}

// Version 1 kept ENVELOPE, BODY, BODYSTRUCTURE and the table of parts in one row, "E":
// byte 1, switches (4: a day follows the size), size of the header, [day], four sizes, the four texts.
// A row that does not read so is left: it is found corrupt when a client asks for it.
bool split_summary(std::string_view old, std::string& envelope, std::string& structure) {
  Decoder in(old);
  if (in.byte() != 1) return false;
  envelope = structure = "\2";
  const std::uint64_t switches = in.number();
  put_number(envelope, switches);
  put_number(envelope, in.number());
  if ((switches & 4) != 0) put_number(envelope, in.number());
  std::uint64_t sizes[4] = {};
  for (std::uint64_t& size : sizes) size = in.number();
  if (!in.good()) return false;
  std::string_view texts = in.rest();
  std::string_view text[4];
  for (int i = 0; i < 4; ++i) {
    if (sizes[i] > texts.size()) return false;
    text[i] = texts.substr(0, sizes[i]);
    texts.remove_prefix(sizes[i]);
  }
  envelope += text[0];
  put_number(structure, sizes[1]);
  put_number(structure, sizes[2]);
  structure.append(text[1]).append(text[2]).append(text[3]);
  if (sizes[1] == 0) structure.clear();  // the content is not here yet
  return texts.empty();
}

// In pieces: the version is written last, and rows that are of version 2 already are passed over.
Result<> from_1_to_2(Database& database) {
  constexpr std::size_t rows_at_once = 2000;
  const std::string prefix = "E";
  WriteBatch batch;
  std::size_t rows = 0;
  const auto cursor = database.scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    std::string envelope, structure;
    if (!split_summary(cursor->value(), envelope, structure)) continue;
    const ContentNumber content{rows::number_in(cursor->key(), 1, 8)};
    batch.put(rows::envelope(content), std::move(envelope));
    if (!structure.empty()) batch.put(rows::structure(content), std::move(structure));
    if (++rows % rows_at_once != 0) continue;
    if (const auto written = database.write_durable(batch); !written) return written;
    batch.clear();
  }
  if (const auto read = cursor->error(); !read) return read;
  return database.write_durable(batch);
}

// Version 2 knew nothing of what vanished lately. Rows of version 3 are passed over.
Result<> from_2_to_3(const Database& database, WriteBatch& batch) {
  constexpr std::string_view nothing{"\0\0\0", 3};  // not weighing, never seen, none
  const std::string prefix = "B";
  const auto cursor = database.scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
    if (!rows::decode_mailbox(cursor->value()))
      batch.put(std::string(cursor->key()), std::string(cursor->value()).append(nothing));
  return cursor->error();
}

}  // namespace

Result<> prepare_schema(Database& database) {
  const auto row = database.get(rows::schema());
  if (!row && row.error().code != ErrorCode::not_found) return row.error();
  std::uint64_t version = rows::schema_version;
  if (row) {
    Decoder in(*row);
    version = in.number();
    if (!in.good()) return fail(ErrorCode::corrupt, "The store's version cannot be read.");
    if (version == rows::schema_version) return {};
    if (version > rows::schema_version)
      return fail(ErrorCode::refused, "This store was made by a newer Satchel: install that one, nothing was changed.");
  }
  WriteBatch batch;
  if (version == 0)
    if (const auto upgraded = from_0_to_1(database, batch); !upgraded) return upgraded;
  if (version <= 1)
    if (const auto upgraded = from_1_to_2(database); !upgraded) return upgraded;
  if (row)
    if (const auto upgraded = from_2_to_3(database, batch); !upgraded) return upgraded;
  batch.put(rows::schema(), version_value(rows::schema_version));
  return database.write_durable(batch);
}

}  // namespace satchel::store
