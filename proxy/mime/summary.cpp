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

constexpr char version = 2;
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

std::string encode_envelope(const Part& top, Extent extent) {
  const auto day = top.envelope->date ? parse_sent_day(*top.envelope->date) : std::nullopt;
  std::string out(1, version);
  put_varint(out, (extent == Extent::header ? flag_header_only : 0) |
                      (top.header.size() <= max_stored_header ? flag_header_complete : 0) | (day ? flag_sent_day : 0));
  put_varint(out, top.header.size());
  if (day) put_varint(out, zigzag(*day));
  return out + render_envelope(*top.envelope);
}

std::string encode_bodies(const Structure& structure) {
  const std::string body = render_structure(structure, Detail::body);
  const std::string bodystructure = render_structure(structure, Detail::bodystructure);
  std::string out(1, version);
  put_varint(out, body.size());
  put_varint(out, bodystructure.size());
  return out + body + bodystructure + encode_structure(structure);
}

bool is_list(std::string_view text) {
  return text.size() >= 2 && text.front() == '(' && text.back() == ')';
}

Error broken() {
  return fail(ErrorCode::corrupt, "what is stored of a message does not decode");
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
  summary.envelope = encode_envelope(top, extent_);
  if (extent_ == Extent::content) summary.structure = encode_bodies(structure);
  if (top.envelope->message_id) summary.message_id = trimmed(unfolded(*top.envelope->message_id));
  return summary;
}

bool SummaryView::open_envelope(std::string_view bytes) {
  if (bytes.front() != version) return false;
  bytes.remove_prefix(1);
  const auto flags = take_varint(bytes);
  const auto header_size = take_varint(bytes);
  if (!flags || *flags > 7 || !header_size) return false;
  extent_ = *flags & flag_header_only ? Extent::header : Extent::content;
  header_complete_ = (*flags & flag_header_complete) != 0;
  header_size_ = *header_size;
  if (*flags & flag_sent_day) {
    const auto day = take_varint(bytes);
    if (!day || *day > 0xFFFFFFFF) return false;
    sent_day_ = static_cast<std::int32_t>(unzigzag(*day));
  }
  envelope_ = bytes;
  return is_list(envelope_);
}

bool SummaryView::open_structure(std::string_view bytes) {
  if (bytes.front() != version) return false;
  bytes.remove_prefix(1);
  const auto body = take_varint(bytes);
  const auto bodystructure = take_varint(bytes);
  if (!body || !bodystructure) return false;
  if (*body > bytes.size() || *bodystructure > bytes.size() - *body) return false;
  body_ = bytes.substr(0, *body);
  bodystructure_ = bytes.substr(*body, *bodystructure);
  table_ = bytes.substr(*body + *bodystructure);
  return is_list(body_) && is_list(bodystructure_) && !table_.empty();
}

Result<SummaryView> SummaryView::open(std::string_view envelope, std::string_view structure) {
  SummaryView view;
  if (!envelope.empty() && !view.open_envelope(envelope)) return broken();
  if (!structure.empty() && !view.open_structure(structure)) return broken();
  return view;
}

Result<Structure> SummaryView::structure() const {
  return decode_structure(table_);
}

}  // namespace satchel::mime
