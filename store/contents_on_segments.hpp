// Contents over Segments and the database's rows; for store's own files. What is public here is
// called on the loop; the work is done on the pool, where appends take turns under a mutex.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <mutex>

#include "crypto/kdf.hpp"
#include "store/contents.hpp"
#include "store/database.hpp"
#include "store/working_state.hpp"

namespace satchel::store {

class ContentsOnSegments final : public Contents {
 public:
  ContentsOnSegments(boost::asio::thread_pool& pool, crypto::Key hash_key, MakeSummariser make_summariser)
      : pool_(pool), hash_key_(std::move(hash_key)), make_summariser_(std::move(make_summariser)) {}

  // After each (re)opening of the store.
  void use(Database& database, Segments& segments, const ContentPlaces& places) {
    database_ = &database;
    segments_ = &segments;
    places_ = &places;
  }

  std::unique_ptr<ContentWriter> begin() override;
  awaitable<Result<std::vector<StoredContent>>> put(std::vector<std::string> contents) override;
  awaitable<Result<std::string>> read(ContentNumber content, std::uint64_t offset, std::uint64_t length) override;
  awaitable<Result<std::uint64_t>> size(ContentNumber content) override;
  awaitable<std::vector<Result<std::string>>> read_many(std::vector<ContentNumber> contents,
                                                        std::size_t limit) override;
  awaitable<std::vector<Result<std::string>>> summaries(std::vector<ContentNumber> contents, Part part) override;
  std::uint64_t hash64(std::string_view bytes) const override;

  // --- on the pool
  Result<std::vector<StoredContent>> store_all(const std::vector<std::string>& contents);
  Result<Extent> append_extent(std::string_view plain);
  Result<> make_durable(std::uint64_t failures_before);
  // Failed syncs so far: what was appended before one of them may be lost, whoever made it durable later.
  std::uint64_t failures();
  void name(StoredContent& stored, Summary summary) const;  // fills summary and hashes
  const crypto::Key& hash_key() const { return hash_key_; }
  std::unique_ptr<Summariser> make_summariser() const { return make_summariser_(); }
  boost::asio::thread_pool& pool() { return pool_; }

 private:
  Result<rows::Location> location(ContentNumber resolved) const;
  Result<std::string> read_extents(const rows::Location& location, std::uint64_t offset, std::uint64_t length) const;

  boost::asio::thread_pool& pool_;
  crypto::Key hash_key_;
  MakeSummariser make_summariser_;
  Database* database_ = nullptr;
  Segments* segments_ = nullptr;
  const ContentPlaces* places_ = nullptr;
  std::mutex appending_;
  std::uint64_t failures_ = 0;
};

}  // namespace satchel::store
