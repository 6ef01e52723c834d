#include "store/rocks_environment.hpp"

#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <algorithm>
#include <list>
#include <utility>

namespace satchel::store {

namespace {

// One thread at a time, as a Later is used by one.
class CalledEnvironment final : public rocksdb::EnvWrapper {
 public:
  CalledEnvironment(const std::shared_ptr<rocksdb::FileSystem>& files, Later later)
      : EnvWrapper(rocksdb::NewCompositeEnv(files)), later_(std::move(later)) {
    // The wrapper's own would lead back through the Env's calls, which know no IOStatus.
    file_system_ = files;
    system_clock_ = rocksdb::SystemClock::Default();
  }

  const char* Name() const override { return "CalledEnvironment"; }

  void Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                void (*dropped)(void*)) override {
    jobs_->push_back({function, argument, priority, tag, dropped});
    later_(std::chrono::milliseconds(0), [jobs = std::weak_ptr<Jobs>(jobs_)] {
      const auto waiting = jobs.lock();
      if (!waiting || waiting->empty()) return;
      const Job job = waiting->front();
      waiting->pop_front();
      job.function(job.argument);
    });
  }

  // A database that is closed takes its jobs back.
  int UnSchedule(void* tag, Priority priority) override {
    int count = 0;
    for (auto job = jobs_->begin(); job != jobs_->end();) {
      if (job->tag != tag || job->priority != priority) {
        ++job;
        continue;
      }
      if (job->dropped) job->dropped(job->argument);
      job = jobs_->erase(job);
      ++count;
    }
    return count;
  }

  unsigned int GetThreadPoolQueueLen(Priority priority) const override {
    return static_cast<unsigned int>(
        std::count_if(jobs_->begin(), jobs_->end(), [&](const Job& job) { return job.priority == priority; }));
  }

  void SetBackgroundThreads(int, Priority) override {}
  int GetBackgroundThreads(Priority) override { return 1; }
  void IncBackgroundThreadsIfNeeded(int, Priority) override {}

 private:
  struct Job {
    void (*function)(void*);
    void* argument;
    Priority priority;
    void* tag;
    void (*dropped)(void*);
  };
  using Jobs = std::list<Job>;

  Later later_;
  std::shared_ptr<Jobs> jobs_ = std::make_shared<Jobs>();
};

}  // namespace

std::unique_ptr<rocksdb::Env> rocks_environment(const std::shared_ptr<rocksdb::FileSystem>& files, Later later) {
  if (!later) return rocksdb::NewCompositeEnv(files);
  return std::make_unique<CalledEnvironment>(files, std::move(later));
}

}  // namespace satchel::store
