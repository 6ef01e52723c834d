#include "proxy/mime/summary.hpp"

#include <algorithm>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/date.hpp"
#include "proxy/mime/envelope.hpp"
#include "proxy/mime/limits.hpp"
#include "proxy/mime/structure_table.hpp"
#include "proxy/mime/tokens.hpp"
#include "proxy/mime/varint.hpp"

namespace satchel::mime {

namespace {

constexpr char version = 1;
constexpr std::uint64_t flag_header_only = 1;
constexpr std::uint64_t flag_header_complete = 2;
constexpr std::uint64_t flag_sent_day = 4;

// Signed as unsigned, small either way.
std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

std::string encode_index(const Structure& structure, Extent extent) {
  const Part& top = structure.top();
  const bool whole = extent == Extent::content;
  const auto day = top.envelope->date ? parse_sent_day(*top.envelope->date) : std::nullopt;
  std::string index(1, version);
  put_varint(index, (whole ? 0 : flag_header_only) |
                        (top.header.size() <= max_stored_header ? flag_header_complete : 0) |
                        (day ? flag_sent_day : 0));
  put_varint(index, top.header.size());
  if (day) put_varint(index, zigzag(*day));
  const std::string pieces[] = {render_envelope(*top.envelope), whole ? render_structure(structure, Detail::body) : "",
                                whole ? render_structure(structure, Detail::bodystructure) : "",
                                whole ? encode_structure(structure) : ""};
  for (const std::string& piece : pieces) put_varint(index, piece.size());
  for (const std::string& piece : pieces) index += piece;
  return index;
}

Error broken() {
  return fail(ErrorCode::corrupt, "the stored index of a message does not decode");
}

}  // namespace

SummaryBuilder::SummaryBuilder(Extent extent) : extent_(extent) {}

void SummaryBuilder::feed(std::string_view bytes) {
  if (!parser_.header_done() && header_.size() < max_stored_header)
    header_ += bytes.substr(0, max_stored_header - header_.size());
  parser_.feed(bytes);
}

Summary SummaryBuilder::finish() {
  const Structure structure = parser_.finish();
  const Part& top = structure.top();
  Summary summary;
  header_.resize(std::min<std::uint64_t>(header_.size(), top.header.size()));
  summary.header = std::move(header_);
  summary.index = encode_index(structure, extent_);
  if (top.envelope->message_id) summary.message_id = trimmed(unfolded(*top.envelope->message_id));
  return summary;
}

Result<SummaryView> SummaryView::open(std::string_view index) {
  if (index.empty() || index.front() != version) return broken();
  index.remove_prefix(1);
  SummaryView view;
  const auto flags = take_varint(index);
  const auto header_size = take_varint(index);
  if (!flags || *flags > 7 || !header_size) return broken();
  view.extent_ = *flags & flag_header_only ? Extent::header : Extent::content;
  view.header_complete_ = (*flags & flag_header_complete) != 0;
  view.header_size_ = *header_size;
  if (*flags & flag_sent_day) {
    const auto day = take_varint(index);
    if (!day || *day > 0xFFFFFFFF) return broken();
    view.sent_day_ = static_cast<std::int32_t>(unzigzag(*day));
  }
  std::uint64_t sizes[4] = {};
  for (std::uint64_t& size : sizes) {
    const auto value = take_varint(index);
    if (!value) return broken();
    size = *value;
  }
  std::string_view* const pieces[4] = {&view.envelope_, &view.body_, &view.bodystructure_, &view.table_};
  for (std::size_t i = 0; i < 4; ++i) {
    if (sizes[i] > index.size()) return broken();
    *pieces[i] = index.substr(0, sizes[i]);
    index.remove_prefix(sizes[i]);
  }
  if (!index.empty()) return broken();
  return view;
}

Result<Structure> SummaryView::structure() const {
  return decode_structure(table_);
}

}  // namespace satchel::mime
