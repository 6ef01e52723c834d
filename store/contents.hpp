// The bytes of messages: stored once however many mailboxes hold them, in segments, found by a
// keyed hash (design section 4). What FETCH needs of them often is computed once, on arrival, by
// a Summariser that the proxy gives, and kept in the database beside.
// Calls come from the event loop's thread; the work is done on the pool and awaited.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/ids.hpp"
#include "store/segments.hpp"

namespace satchel::store {

using boost::asio::awaitable;

// Opaque to the store. `envelope` holds ENVELOPE, `structure` BODYSTRUCTURE and the offsets of parts
// (empty while only the header is here), `header` the header's bytes, bounded.
struct Summary {
  std::string envelope;
  std::string structure;
  std::string header;
  std::string message_id;  // value of the Message-ID field, empty if none
};

// Reads one content from its first byte to its last.
class Summariser {
 public:
  virtual ~Summariser() = default;
  virtual void feed(std::string_view bytes) = 0;
  virtual Summary finish() = 0;
};
using MakeSummariser = std::function<std::unique_ptr<Summariser>()>;  // called on pool threads

// A content that is durable in a segment but that no row mentions yet: what Transaction attaches.
struct StoredContent {
  std::string hash;  // 32 bytes, keyed
  std::uint64_t size = 0;
  std::vector<Extent> extents;
  Summary summary;
  std::uint64_t message_id_hash = 0;       // Identity::message_id
  std::uint64_t header_hash = 0;           // Identity::header
  std::shared_ptr<const void> lease = {};  // keeps the extents from being swept until a row mentions them
};

// A content that arrives in pieces: nothing of it is kept in memory but the piece under way.
// Destroyed without finish(): what was written is garbage, swept later.
class ContentWriter {
 public:
  virtual ~ContentWriter() = default;
  virtual awaitable<Result<>> append(std::string_view bytes) = 0;  // bytes stay alive until it returns
  virtual awaitable<Result<StoredContent>> finish() = 0;           // durable when it returns
};

class Contents {
 public:
  virtual ~Contents() = default;

  virtual std::unique_ptr<ContentWriter> begin() = 0;

  // Many small ones with one sync, in order.
  virtual awaitable<Result<std::vector<StoredContent>>> put(std::vector<std::string> contents) = 0;

  // Bytes [offset, offset + length) of a content, cut at its end. Errors: unavailable (not here),
  // corrupt, not_found (no such number).
  virtual awaitable<Result<std::string>> read(ContentNumber content, std::uint64_t offset, std::uint64_t length) = 0;

  // Bytes of a content that is here. Errors: unavailable, not_found.
  virtual awaitable<Result<std::uint64_t>> size(ContentNumber content) = 0;

  // Whole contents in the order asked, in one go on the pool: stops before the answer would exceed
  // `limit` bytes, but gives at least one; each has its own error. The caller asks again for the rest.
  virtual awaitable<std::vector<Result<std::string>>> read_many(std::vector<ContentNumber> contents,
                                                                std::size_t limit) = 0;

  enum class Part : std::uint8_t { envelope, structure, header };
  // One part of the summary of each, in the order asked; ascending numbers are read in one scan.
  // Errors of each: unavailable (not here: neither header nor content; of `structure`: the content), corrupt.
  virtual awaitable<std::vector<Result<std::string>>> summaries(std::vector<ContentNumber> contents, Part part) = 0;

  // Keyed 64-bit hashes for Identity; pure.
  virtual std::uint64_t hash64(std::string_view bytes) const = 0;
};

}  // namespace satchel::store
