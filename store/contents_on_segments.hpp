// Contents over Segments and the database's rows; for store's own files. What is public here is
// called on the loop; the work is done on the pool.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "crypto/kdf.hpp"
#include "store/contents.hpp"
#include "store/open_parts.hpp"
#include "store/segment_appender.hpp"
#include "store/working_state.hpp"

namespace satchel::store {

class ContentsOnSegments final : public Contents {
 public:
  ContentsOnSegments(boost::asio::any_io_executor pool, OpenParts& parts, const ContentPlaces& places,
                     const crypto::Key& hash_key, MakeSummariser make_summariser)
      : pool_(std::move(pool)),
        parts_(parts),
        places_(places),
        hash_(hash_key),
        make_summariser_(std::move(make_summariser)) {}

  std::unique_ptr<ContentWriter> begin() override;
  awaitable<Result<std::vector<StoredContent>>> put(std::vector<std::string> contents) override;
  awaitable<Result<std::string>> read(ContentNumber content, std::uint64_t offset, std::uint64_t length) override;
  awaitable<Result<std::uint64_t>> size(ContentNumber content) override;
  awaitable<std::vector<Result<std::string>>> read_many(std::vector<ContentNumber> contents,
                                                        std::size_t limit) override;
  awaitable<std::vector<Result<std::string>>> summaries(std::vector<ContentNumber> contents, Part part) override;
  std::uint64_t hash64(std::string_view bytes) const override;

  // --- for writers and the sweep, on the pool
  void name(StoredContent& stored, Summary summary) const;  // fills summary and hashes
  crypto::KeyedHash begin_hash() const { return hash_.clone(); }
  std::unique_ptr<Summariser> make_summariser() const { return make_summariser_(); }
  boost::asio::any_io_executor pool() const { return pool_; }
  OpenParts& parts() { return parts_; }
  SegmentAppender& appender() { return appender_; }

 private:
  std::string hash(std::string_view bytes) const;
  Result<std::vector<StoredContent>> store_all(const std::vector<std::string>& contents);

  boost::asio::any_io_executor pool_;
  OpenParts& parts_;
  const ContentPlaces& places_;
  crypto::KeyedHash hash_;  // nothing hashed yet: only cloned
  MakeSummariser make_summariser_;
  SegmentAppender appender_;
};

}  // namespace satchel::store
