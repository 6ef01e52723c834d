// Where RocksDB flushes and compacts: on its own threads, or, with a Later, on the thread that calls the database.
// Owned by the open database. Included by rocks_database.cpp.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "store/later.hpp"

namespace satchel::store {

std::unique_ptr<rocksdb::Env> rocks_environment(const std::shared_ptr<rocksdb::FileSystem>& files, Later later);

}  // namespace satchel::store
