#include "proxy/app/summariser.hpp"

#include "proxy/mime/summary.hpp"

namespace satchel::app {
namespace {

class MimeSummariser final : public store::Summariser {
 public:
  void feed(std::string_view bytes) override { builder_.feed(bytes); }
  store::Summary finish() override {
    mime::Summary made = builder_.finish();
    store::Summary summary;
    summary.envelope = std::move(made.envelope);
    summary.structure = std::move(made.structure);
    summary.header = std::move(made.header);
    summary.message_id = std::move(made.message_id);
    return summary;
  }

 private:
  mime::SummaryBuilder builder_;
};

}  // namespace

store::MakeSummariser make_summarisers() {
  return [] { return std::make_unique<MimeSummariser>(); };
}

}  // namespace satchel::app
