// Writes rows into a sealed store past the program, as no program should: for tests of what it does with them. Lines on
// standard input: "put KEYHEX VALUEHEX" (VALUEHEX may be empty) or "erase KEYHEX"; all in one batch.
//   alter_rows STORE KEYHEX
#include <cstdio>
#include <iostream>
#include <sstream>

#include "store/sealed_store.hpp"

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(char(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

bool read_batch(satchel::store::WriteBatch& batch) {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string what, key, value;
    words >> what >> key >> value;
    if (what == "put")
      batch.put(from_hex(key), from_hex(value));
    else if (what == "erase")
      batch.erase(from_hex(key));
    else
      return false;
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  using namespace satchel;
  const auto key = crypto::Key::from(count == 3 ? from_hex(arguments[2]) : std::string());
  store::WriteBatch batch;
  if (!key || !read_batch(batch)) return 2;
  auto opened = store::open_sealed_store(arguments[1], *key, store::Setup::existing);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().text.c_str());
    return 1;
  }
  const auto written = opened->database->write_durable(batch);
  if (!written) std::fprintf(stderr, "%s\n", written.error().text.c_str());
  return written ? 0 : 1;
}
