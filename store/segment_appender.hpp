// Appends to the segments take turns here, and one sync serves all who wait for one. A lease keeps
// the segments in which something was appended from being swept, until a row mentions it or it is
// given up. For store's own files. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "store/segments.hpp"

namespace satchel::store {

class SegmentAppender {
 public:
  // What one writer has appended. Used by one thread at a time; given up when destroyed.
  class Lease {
   public:
    ~Lease();

   private:
    friend class SegmentAppender;
    struct Leased {
      std::mutex mutex;
      std::map<std::uint32_t, std::size_t> segments;
    };
    explicit Lease(std::shared_ptr<Leased> leased, std::uint64_t failures)
        : leased_(std::move(leased)), failures_(failures) {}

    std::shared_ptr<Leased> leased_;
    std::set<std::uint32_t> segments_;
    std::uint64_t failures_;  // those before it
    std::uint64_t last_ = 0;  // number of its last append
  };

  std::shared_ptr<Lease> begin();

  // Errors: those of Segments; broken, when an append or sync of anybody failed since begin(): what
  // this lease appended before may be lost.
  Result<Extent> append(Segments& segments, std::string_view plain, Lease& lease);
  Result<> make_durable(Segments& segments, Lease& lease);

  // The segments were opened again: what was not durable is lost.
  void reopened();

  // Closed segments that no lease is on; nothing that is appended later lies in them.
  Result<std::vector<SegmentInfo>> settled(const Segments& segments);

 private:
  std::mutex mutex_;
  std::uint64_t failures_ = 0;
  std::uint64_t appended_ = 0;  // appends so far
  std::uint64_t durable_ = 0;   // of them
  std::shared_ptr<Lease::Leased> leased_ = std::make_shared<Lease::Leased>();
};

}  // namespace satchel::store
