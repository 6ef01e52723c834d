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
  batch.put(rows::schema(), version_value(rows::schema_version));
  return database.write_durable(batch);
}

}  // namespace satchel::store
