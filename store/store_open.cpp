#include "store/store_on_database.hpp"

namespace satchel::store {
namespace {

constexpr const char* hash_key_setting = "content hash key";

// The key of content hashes is random, made once, and does not rotate.
Result<crypto::Key> content_hash_key(Database& database) {
  const auto row = database.get(rows::setting(hash_key_setting));
  if (row) return crypto::Key::from(*row);
  if (row.error().code != ErrorCode::not_found) return row.error();
  crypto::Key key = crypto::Key::random();
  WriteBatch batch;
  batch.put(rows::setting(hash_key_setting), std::string(key.view()));
  if (const auto written = database.write_durable(batch); !written) return written.error();
  return key;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(Executors on, StoreParts parts, MakeSummariser make_summariser,
                                           NowSeconds now) {
  if (const auto ready = prepare_schema(*parts.database); !ready) return ready.error();
  auto key = content_hash_key(*parts.database);
  if (!key) return key.error();
  auto state = std::make_unique<WorkingState>();
  if (const auto loaded = load(*parts.database, *state); !loaded) return loaded.error();
  return std::unique_ptr<Store>(std::make_unique<StoreOnDatabase>(std::move(on), std::move(parts), std::move(state),
                                                                  *key, std::move(make_summariser), std::move(now)));
}

}  // namespace satchel::store
