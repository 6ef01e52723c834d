// Drops contents that nothing mentions and rewrites closed segments that are less than half alive,
// beside everything else. Owned by the Store; the loop's thread. For store's own files.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

#include "store/committer.hpp"
#include "store/open_parts.hpp"
#include "store/segment_appender.hpp"
#include "store/working_state.hpp"

namespace satchel::store {

class Sweeper {
 public:
  Sweeper(boost::asio::any_io_executor pool, OpenParts& parts, WorkingState& state, SegmentAppender& appender,
          Committer& committer)
      : pool_(std::move(pool)), parts_(parts), state_(state), appender_(appender), committer_(committer) {}

  // One at a time: a second call returns at once.
  awaitable<Result<>> sweep(std::int64_t keep_seconds);
  awaitable<Result<>> forget_old_rescued(std::int64_t keep_seconds);

 private:
  struct Garbage {
    ContentNumber content;
    std::string hash;
  };
  using Moved = std::vector<std::pair<ContentNumber, rows::Location>>;

  awaitable<Result<std::int64_t>> last_look();
  awaitable<Result<>> drop_unmentioned();
  awaitable<Result<std::vector<Garbage>>> find_unmentioned();
  awaitable<Result<>> drop(std::vector<Garbage> garbage);
  awaitable<Result<>> rewrite_segments();
  awaitable<Result<>> empty_segment(std::uint32_t segment);
  Result<std::vector<std::uint32_t>> sparse_segments();
  Result<Moved> copy_alive(std::uint32_t segment, std::shared_ptr<SegmentAppender::Lease> lease);

  boost::asio::any_io_executor pool_;
  OpenParts& parts_;
  WorkingState& state_;
  SegmentAppender& appender_;
  Committer& committer_;
  std::weak_ptr<bool> sweeping_;  // held by the sweep under way
};

}  // namespace satchel::store
