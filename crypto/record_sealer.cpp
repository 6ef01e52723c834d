#include <algorithm>

#include "crypto/counter_cipher.hpp"
#include "crypto/record_head.hpp"
#include "crypto/sealed_records.hpp"

namespace satchel::crypto {

namespace {

Error closed_already() {
  return fail(ErrorCode::broken, "A sealed file was appended to after its end.");
}

}  // namespace

RecordSealer::RecordSealer(FileKey key) : key_(std::move(key)), head_key_(record_head_key(key_)) {}

void RecordSealer::seal_record(std::uint32_t field, std::string_view plain, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + plain.size() + record_overhead);
  char* head = out.data() + start;
  write_record_head(head_key_, counter_, field, head);
  const std::uint32_t end = field == end_of_records ? 1 : 0;
  seal_at(key_.key(), {counter_, end}, plain, head + record_head_size);
  ++counter_;
  logical_ += plain.size();
}

Result<> RecordSealer::append(std::string_view plain, std::string& out) {
  if (closed_) return closed_already();
  while (!plain.empty()) {
    const std::string_view part = plain.substr(0, std::min(plain.size(), max_record_plain));
    seal_record(static_cast<std::uint32_t>(part.size()), part, out);
    plain.remove_prefix(part.size());
  }
  return {};
}

Result<> RecordSealer::close(std::string& out) {
  if (closed_) return closed_already();
  seal_record(end_of_records, {}, out);
  closed_ = true;
  return {};
}

}  // namespace satchel::crypto
