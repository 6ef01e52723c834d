// The store of a test gets its summaries from the real parser, as that of the program does.
#pragma once

#include <string_view>

#include "proxy/mime/summary.hpp"
#include "store/contents.hpp"

namespace satchel::tests {

inline store::Summary to_store(mime::Summary made) {
  return {std::move(made.envelope), std::move(made.structure), std::move(made.header), std::move(made.message_id)};
}

class MimeSummariser final : public store::Summariser {
 public:
  void feed(std::string_view bytes) override { builder_.feed(bytes); }
  store::Summary finish() override { return to_store(builder_.finish()); }

 private:
  mime::SummaryBuilder builder_;
};

}  // namespace satchel::tests
