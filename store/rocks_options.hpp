// The options of every database of ours. Included by rocks_database.cpp and its tests.
#pragma once

#include <rocksdb/options.h>

namespace satchel::store {

rocksdb::Options rocks_options(rocksdb::Env* environment);

}  // namespace satchel::store
