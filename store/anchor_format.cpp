#include <limits>

#include "store/anchor.hpp"

namespace satchel::store {

namespace {

constexpr std::uint64_t version = 1;
constexpr std::size_t most_files = 10'000;

void put(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(char(value >> shift));
}

class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t take() {
    if (bytes_.size() < 8) {
      short_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t(static_cast<unsigned char>(bytes_[i])) << (8 * i);
    bytes_.remove_prefix(8);
    return value;
  }
  bool whole() const { return !short_ && bytes_.empty(); }
  bool ran_short() const { return short_; }

 private:
  std::string_view bytes_;
  bool short_ = false;
};

void put_files(std::string& out, const std::map<std::uint64_t, std::uint64_t>& files) {
  put(out, files.size());
  for (const auto& [number, records] : files) {
    put(out, number);
    put(out, records);
  }
}

void take_files(Fields& fields, std::map<std::uint64_t, std::uint64_t>& files) {
  const std::uint64_t count = fields.take();
  for (std::uint64_t i = 0; i < count && i < most_files && !fields.ran_short(); ++i) {
    const std::uint64_t number = fields.take();
    files[number] = fields.take();
  }
}

}  // namespace

std::string write_anchor(const AnchorState& state) {
  std::string out;
  put(out, version);
  put(out, state.sequence);
  put(out, state.clean ? 1 : 0);
  put(out, state.current);
  put_files(out, state.manifests);
  put_files(out, state.logs);
  return out;
}

Result<AnchorState> parse_anchor(std::string_view bytes) {
  Fields fields(bytes);
  AnchorState state;
  const std::uint64_t found_version = fields.take();
  state.sequence = fields.take();
  const std::uint64_t clean = fields.take();
  state.clean = clean == 1;
  state.current = fields.take();
  take_files(fields, state.manifests);
  take_files(fields, state.logs);
  if (!fields.whole() || found_version != version || clean > 1)
    return fail(ErrorCode::corrupt, "the anchor is not one of this version");
  return state;
}

}  // namespace satchel::store
