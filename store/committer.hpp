// Gathers what waits to be durable into one batch and one sync. Changes run on the working state, on
// the loop, one after the other; none runs while a batch is on its way to the disk. Owned by the
// Store; every call from the loop's thread. For store's own files.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <memory>

#include "store/batch.hpp"
#include "store/open_parts.hpp"

namespace satchel::store {

class Committer {
 public:
  using Task = std::function<Result<>(Batch&)>;
  enum class Turn : std::uint8_t { shared, alone };  // alone: in a batch of its own

  // `reopening`: called before and after database and segments are opened again.
  Committer(Executors on, OpenParts& parts, WorkingState& state, Store::NowSeconds now,
            std::function<void()> reopening);
  ~Committer();

  // Returns when what the task did is durable and published. What the task refers to must live until
  // then: that wait cannot be cancelled.
  awaitable<Result<>> run(Task task, Turn turn = Turn::shared);

 private:
  struct Waiting {
    Task task;
    Turn turn = Turn::shared;
    Result<> result;
    bool done = false;
    std::function<void()> resume;
  };
  using Together = std::vector<std::shared_ptr<Waiting>>;

  awaitable<void> commit_all();
  void take_turn(Batch& batch);
  void run_one(Waiting& waiting, Batch& batch);
  Result<> reload(const Error& why);
  static void finish(Waiting& waiting);
  static void notify(const std::vector<AccountSlot*>& touched);
  void finish_all(const Result<>& written);

  boost::asio::any_io_executor loop_;
  OpenParts& parts_;
  WorkingState& state_;
  Store::NowSeconds now_;
  std::function<void()> reopening_;
  std::deque<std::shared_ptr<Waiting>> queue_;
  Together together_;  // in the batch under way
  bool committing_ = false;
  bool broken_ = false;
  bool threw_ = false;  // a task of the batch under way
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<boost::asio::thread_pool> thread_;  // null where the writer was given
  boost::asio::any_io_executor writer_;
};

}  // namespace satchel::store
