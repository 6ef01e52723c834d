// Contents that keep nothing: a test sees what was heard.
#pragma once

#include "store/contents.hpp"

namespace satchel::tests {

inline store::StoredContent heard(std::string bytes) {
  store::StoredContent one;
  one.size = bytes.size();
  one.hash = std::move(bytes);
  return one;
}

class HeardWriter final : public store::ContentWriter {
 public:
  store::awaitable<Result<>> append(std::string_view bytes) override {
    bytes_.append(bytes);
    co_return Result<>{};
  }
  store::awaitable<Result<store::StoredContent>> finish() override {
    store::StoredContent one = heard(std::move(bytes_));
    co_return one;
  }

 private:
  std::string bytes_;
};

// The hash of a content is the content.
class HeardContents final : public store::Contents {
 public:
  std::unique_ptr<store::ContentWriter> begin() override { return std::make_unique<HeardWriter>(); }
  store::awaitable<Result<std::vector<store::StoredContent>>> put(std::vector<std::string> bodies) override {
    std::vector<store::StoredContent> all;
    for (std::string& body : bodies) all.push_back(heard(std::move(body)));
    co_return all;
  }
  store::awaitable<Result<std::string>> read(store::ContentNumber, std::uint64_t offset, std::uint64_t) override {
    co_return offset == 0 ? "text" : "";
  }
  store::awaitable<Result<std::uint64_t>> size(store::ContentNumber) override { co_return 4u; }
  store::awaitable<std::vector<Result<std::string>>> read_many(std::vector<store::ContentNumber>,
                                                               std::size_t) override {
    co_return std::vector<Result<std::string>>();
  }
  store::awaitable<std::vector<Result<std::string>>> summaries(std::vector<store::ContentNumber>, Part) override {
    co_return std::vector<Result<std::string>>();
  }
  std::uint64_t hash64(std::string_view bytes) const override { return std::hash<std::string_view>()(bytes) | 1; }
};

}  // namespace satchel::tests
