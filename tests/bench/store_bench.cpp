// What the sealed store does in a second, on this machine and this disk: prints one row a figure.
//   store_bench FOLDER      (an empty folder, on the disk that is meant; left full)
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/sealed_store.hpp"

namespace satchel::store {
namespace {

using Clock = std::chrono::steady_clock;

// Processor time of this thread: what a busy machine does not change much.
double processor_seconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
  };
  const double start = now();
  work();
  return now() - start;
}

double seconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void must(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s failed\n", what);
  std::exit(1);
}

std::string row_key(int number) {
  char key[24];
  std::snprintf(key, sizeof key, "row%08d", number);
  return key;
}

// Turns of noise and of words, as a message with an attachment has them.
std::string half_compressible(std::mt19937_64& random, std::size_t size) {
  constexpr std::size_t turn = 1024;
  static const std::string words = "the meeting is on Thursday, please bring the figures of last month along. ";
  std::string bytes;
  while (bytes.size() < size) {
    for (std::size_t i = 0; i < turn; i += 8) {
      const std::uint64_t word = random();
      bytes.append(reinterpret_cast<const char*>(&word), 8);
    }
    for (std::size_t i = 0; i < turn; i += words.size()) bytes += words;
  }
  bytes.resize(size);
  return bytes;
}

SealedStore open(const std::string& folder, const crypto::Key& key, Setup setup) {
  auto store = open_sealed_store(folder, key, setup);
  must(store.has_value(), "opening");
  return std::move(*store);
}

void synced_writes(Database& database, std::mt19937_64& random) {
  std::vector<double> took;
  for (int i = 0; i < 2000; ++i) {
    WriteBatch batch;
    batch.put("synced" + row_key(i), half_compressible(random, 300));
    took.push_back(seconds([&] { must(database.write_durable(batch).has_value(), "write"); }));
  }
  std::sort(took.begin(), took.end());
  std::printf("synced write of 300 B, p50 / p95 / p99     %6.0f / %.0f / %.0f us\n", took[1000] * 1e6, took[1900] * 1e6,
              took[1980] * 1e6);
}

void load(Database& database, std::mt19937_64& random, int rows) {
  const double took = seconds([&] {
    WriteBatch batch;
    for (int i = 0; i < rows; ++i) {
      batch.put(row_key(i), half_compressible(random, 300));
      if (i % 1000 != 999) continue;
      must(database.write(batch).has_value(), "write");
      batch.clear();
    }
    must(database.make_durable().has_value(), "sync");
  });
  std::printf("%d rows of 300 B, batches of 1000, one sync %6.2f s\n", rows, took);
}

void gets_and_scan(const Database& database, std::mt19937_64& random, int rows) {
  constexpr int count = 20'000;
  for (const char* when : {"first", "again"}) {
    const double took = processor_seconds([&] {
      for (int i = 0; i < count; ++i)
        must(database.get(row_key(int(random() % std::uint64_t(rows)))).has_value(), "get");
    });
    std::printf("random get among %d, %s                %6.1f us\n", rows, when, took / count * 1e6);
  }
  for (int round = 0; round < 3; ++round) {
    int seen = 0;
    const double took = processor_seconds([&] {
      auto cursor = database.scan("row");
      for (; cursor->valid() && seen < 100'000; cursor->next()) seen += cursor->value().size() == 300;
    });
    std::printf("scan of %d rows                        %6.1f ms\n", seen, took * 1e3);
  }
}

std::vector<Extent> write_extents(Segments& segments, std::mt19937_64& random, int count, std::size_t size) {
  std::vector<Extent> extents;
  std::vector<std::string> contents;
  for (int i = 0; i < 64; ++i) contents.push_back(half_compressible(random, size));
  const double took = seconds([&] {
    for (int i = 0; i < count; ++i) {
      auto extent = segments.append(contents[std::size_t(i) % 64]);
      must(extent.has_value(), "append");
      extents.push_back(*extent);
    }
    must(segments.make_durable().has_value(), "sync");
  });
  const double megabytes = double(count) * double(size) / 1e6;
  std::printf("%d extents of %zu B written, synced      %6.0f MB/s\n", count, size, megabytes / took);
  return extents;
}

void read_extents(const Segments& segments, const std::vector<Extent>& extents, int threads) {
  std::vector<double> took(std::size_t(threads), 0.0);
  {
    std::vector<std::jthread> readers;
    for (int t = 0; t < threads; ++t) {
      readers.emplace_back([&, t] {
        took[std::size_t(t)] = processor_seconds([&] {
          for (const Extent& extent : extents) must(segments.read(extent).has_value(), "read");
        });
      });
    }
  }
  double megabytes = 0;
  for (const Extent& extent : extents) megabytes += extent.plain_size / 1e6;
  const double longest = *std::max_element(took.begin(), took.end());
  std::printf("extents read, %d thread%s, processor time    %6.0f MB/s a thread\n", threads, threads > 1 ? "s" : " ",
              megabytes / longest);
}

void run(const std::string& folder) {
  const crypto::Key key = crypto::Key::random();
  std::mt19937_64 random(1);
  constexpr int rows = 200'000;
  std::vector<Extent> large;
  std::vector<Extent> small;
  {
    SealedStore store = open(folder, key, Setup::create);
    synced_writes(*store.database, random);
    load(*store.database, random, rows);
    large = write_extents(*store.segments, random, 10'000, 24'000);
    small = write_extents(*store.segments, random, 100'000, 300);
  }
  SealedStore store;
  const double opening = seconds([&] { store = open(folder, key, Setup::existing); });
  std::printf("opening                                    %6.1f ms\n", opening * 1e3);
  gets_and_scan(*store.database, random, rows);
  for (int round = 0; round < 3; ++round) read_extents(*store.segments, large, 1);
  read_extents(*store.segments, large, 2);
  read_extents(*store.segments, small, 1);
}

}  // namespace
}  // namespace satchel::store

int main(int count, char** arguments) {
  if (count != 2) return 2;
  satchel::store::run(std::string(arguments[1]) + "/store");
  return 0;
}
