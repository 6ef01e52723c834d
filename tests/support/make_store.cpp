// Makes or goes on with a store of rows and contents that are told from their number; for tests
// that kill it, and for the second reader in Python.
//   make_store FOLDER KEYHEX write COUNT   rows 0 to COUNT-1, then a clean close
//   make_store FOLDER KEYHEX endless       prints a number when its batch is durable, until killed
//   make_store FOLDER KEYHEX check LEAST   prints how many batches are there, all right, in order
#include <charconv>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "store/sealed_store.hpp"

namespace satchel::store {
namespace {

std::string row_key(int number) {
  char key[24];
  std::snprintf(key, sizeof key, "row%08d", number);
  return key;
}

std::string content(int number) {
  std::mt19937_64 random{std::uint64_t(number)};
  std::string bytes(200 + random() % 20'000, '\0');
  for (std::size_t i = 0; i + 16 <= bytes.size(); i += 16) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  return bytes;
}

std::string pack(const Extent& extent) {
  return std::to_string(extent.segment) + " " + std::to_string(extent.offset) + " " +
         std::to_string(extent.sealed_size) + " " + std::to_string(extent.plain_size);
}

Extent unpack(const std::string& text) {
  Extent extent;
  unsigned long long offset = 0;
  if (std::sscanf(text.c_str(), "%u %llu %u %u", &extent.segment, &offset, &extent.sealed_size, &extent.plain_size) !=
      4)
    std::exit(3);
  extent.offset = offset;
  return extent;
}

// The content first, then the rows that mention it, as the store above does.
Result<> write_batch(SealedStore& store, int number) {
  auto extent = store.segments->append(content(number));
  if (!extent) return extent.error();
  if (auto durable = store.segments->make_durable(); !durable) return durable;
  WriteBatch batch;
  batch.put(row_key(number), pack(*extent));
  batch.put("last", std::to_string(number));
  for (int i = 0; i < number % 40; ++i) batch.put("filler" + row_key(i), content(number + i));
  if (number % 5 == 0) {
    WriteBatch loose;
    loose.put("loose", std::to_string(number));
    if (auto written = store.database->write(loose); !written) return written;
  }
  return store.database->write_durable(batch);
}

Result<int> check(SealedStore& store) {
  int count = 0;
  for (auto cursor = store.database->scan("row"); cursor->valid() && cursor->key().starts_with("row"); cursor->next()) {
    if (cursor->key() != row_key(count)) return fail(ErrorCode::refused, "a row is missing");
    auto read = store.segments->read(unpack(std::string(cursor->value())));
    if (!read) return read.error();
    if (*read != content(count)) return fail(ErrorCode::refused, "a content is wrong");
    ++count;
  }
  if (count > 0 && *store.database->get("last") != std::to_string(count - 1))
    return fail(ErrorCode::refused, "half of a batch is there");
  return count;
}

int complain(const Error& error) {
  std::fprintf(stderr, "%s: %s\n", to_string(error.code), error.text.c_str());
  return 1;
}

int run(const std::string& folder, const crypto::Key& key, const std::string& verb, int number) {
  const Setup setup = store_exists(folder) ? Setup::existing : Setup::create;
  auto store = open_sealed_store(folder, key, setup);
  if (!store) return complain(store.error());
  auto there = check(*store);
  if (!there) return complain(there.error());
  if (verb == "check") {
    std::printf("%d\n", *there);
    return *there >= number ? 0 : 1;
  }
  for (int i = *there; verb == "endless" || i < number; ++i) {
    if (auto written = write_batch(*store, i); !written) return complain(written.error());
    std::printf("%d\n", i);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace satchel::store

int main(int count, char** arguments) {
  if (count < 4) return 2;
  std::string bytes;
  const std::string hex = arguments[2];
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(char(std::stoi(hex.substr(i, 2), nullptr, 16)));
  auto key = satchel::crypto::Key::from(bytes);
  if (!key) return 2;
  return satchel::store::run(arguments[1], *key, arguments[3], count > 4 ? std::atoi(arguments[4]) : 0);
}
