// Where a world's program keeps its database and its segments: what outlives it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "random.hpp"
#include "store/store.hpp"
#include "time.hpp"

namespace satchel::sim {

class Disks {
 public:
  virtual ~Disks() = default;

  // Opens what is there; the first call makes it.
  virtual Result<store::StoreParts> open() = 0;
  // The power is cut: each disk keeps what it may, and nothing of what was opened before reaches it any more.
  virtual void cut(Random& random) = 0;
  // One of the next writes fails, in some way.
  virtual void fail_soon(Random& random) = 0;
  // What a copy of all files, made at this moment, has.
  virtual std::unique_ptr<Disks> copy(Random& random) const = 0;
};

// The store's own interfaces in memory: fast.
std::unique_ptr<Disks> memory_disks();
// RocksDB and segments on sealed files, on a file system in memory that loses what was not synced. All of it on the
// world's thread.
std::unique_ptr<Disks> lossy_disks(boost::asio::io_context& loop, Time& time);

}  // namespace satchel::sim
