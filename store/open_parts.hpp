// Database and segments while the store is open, lent to whoever works with them on the pool. A
// reopening, and the removal of a segment, wait until all is given back; nothing is lent meanwhile,
// and after a failed reopening nothing at all. For store's own files. Thread-safe.
#pragma once

#include <shared_mutex>

#include "store/store.hpp"

namespace satchel::store {

class OpenParts {
 public:
  class Lent {
   public:
    Database& database() const { return *parts_->database; }
    Segments& segments() const { return *parts_->segments; }

   private:
    friend class OpenParts;
    Lent(std::shared_lock<std::shared_mutex> lock, const StoreParts& parts) : lock_(std::move(lock)), parts_(&parts) {}
    std::shared_lock<std::shared_mutex> lock_;
    const StoreParts* parts_;
  };

  explicit OpenParts(StoreParts parts) : parts_(std::move(parts)) {}

  // For one piece of work; never twice at a time on one thread. Errors: broken.
  Result<Lent> lend() const {
    std::shared_lock lock(in_use_);
    if (!parts_.database) return fail(ErrorCode::broken, "The store met a failed write: start Satchel again.");
    return Lent(std::move(lock), parts_);
  }

  // The loop's thread, which alone reopens: no need to borrow. Null after a failed reopening.
  Database* database() const { return parts_.database.get(); }

  // Both anew, from what is durable. Errors: broken (no way to reopen), those of the opening.
  Result<> reopen() {
    const std::unique_lock lock(in_use_);
    parts_.database.reset();
    parts_.segments.reset();
    if (!parts_.reopen) return fail(ErrorCode::broken, "The store met a failed write: start Satchel again.");
    auto again = parts_.reopen();
    if (!again) return again.error();
    parts_.database = std::move(again->database);
    parts_.segments = std::move(again->segments);
    if (again->reopen) parts_.reopen = std::move(again->reopen);
    return {};
  }

  // Once nobody reads in it any more.
  Result<> remove_segment(std::uint32_t segment) {
    const std::unique_lock lock(in_use_);
    if (!parts_.segments) return fail(ErrorCode::broken, "The store met a failed write: start Satchel again.");
    return parts_.segments->remove(segment);
  }

 private:
  mutable std::shared_mutex in_use_;
  StoreParts parts_;
};

}  // namespace satchel::store
