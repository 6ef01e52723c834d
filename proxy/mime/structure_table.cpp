#include "proxy/mime/structure_table.hpp"

#include "proxy/mime/content_fields.hpp"
#include "proxy/mime/limits.hpp"
#include "proxy/mime/varint.hpp"

namespace satchel::mime {

namespace {

void put_part(std::string& out, const Structure& structure, PartIndex index) {
  const Part& part = structure.parts[index];
  const std::uint64_t from = index == 0 ? 0 : structure.parts[part.parent].header.begin;
  out += static_cast<char>(part.kind);
  if (index > 0) put_varint(out, part.parent);
  put_varint(out, part.header.begin - from);
  put_varint(out, part.header.size());
  put_varint(out, part.body.size());
  put_varint(out, part.header_lines);
  put_varint(out, part.body_lines);
  put_bytes(out, part.fields.type);
  put_bytes(out, part.fields.subtype);
  put_bytes(out, part.fields.encoding);
  put_bytes(out, find_parameter(part.fields.parameters, "charset"));
}

Error broken() {
  return fail(ErrorCode::corrupt, "the stored structure of a message does not decode");
}

class TableReader {
 public:
  explicit TableReader(std::string_view table) : rest_(table) {}

  bool read(Structure& into) {
    const std::uint64_t flags = number();
    into.cut_short = flags == 1;
    into.size = number();
    const std::uint64_t count = number();
    if (!good_ || flags > 1 || count == 0 || count > max_parts + 1) return false;
    into.parts.reserve(count);
    last_child_.assign(count, no_part);
    while (into.parts.size() < count)
      if (!read_part(into)) return false;
    for (const Part& part : into.parts)
      if (part.kind == PartKind::message && !has_one_child(into, part)) return false;
    return rest_.empty();
  }

 private:
  static bool has_one_child(const Structure& structure, const Part& part) {
    return part.first_child != no_part && structure.parts[part.first_child].next_sibling == no_part;
  }

  bool read_part(Structure& into) {
    const auto index = static_cast<PartIndex>(into.parts.size());
    Part part;
    const std::uint64_t kind = number();
    if (kind > static_cast<std::uint64_t>(PartKind::message)) return false;
    part.kind = static_cast<PartKind>(kind);
    if (index > 0 && !link(into, part, index)) return false;
    const std::uint64_t from = index == 0 ? 0 : into.parts[part.parent].header.begin;
    if (!range(from, into.size, part.header) || !range_after(into.size, part)) return false;
    part.header_lines = static_cast<std::uint32_t>(number());
    part.body_lines = static_cast<std::uint32_t>(number());
    part.fields.type = text();
    part.fields.subtype = text();
    part.fields.encoding = text();
    std::string charset = text();
    if (!charset.empty()) part.fields.parameters.push_back({"charset", std::move(charset)});
    into.parts.push_back(std::move(part));
    return good_;
  }

  bool link(Structure& into, Part& part, PartIndex index) {
    const std::uint64_t parent = number();
    if (!good_ || parent >= index || into.parts[parent].kind == PartKind::single) return false;
    part.parent = static_cast<PartIndex>(parent);
    PartIndex& last = last_child_[part.parent];
    (last == no_part ? into.parts[part.parent].first_child : into.parts[last].next_sibling) = index;
    last = index;
    return true;
  }

  bool range(std::uint64_t from, std::uint64_t limit, Range& range) {
    const std::uint64_t skip = number();
    const std::uint64_t size = number();
    if (!good_ || from > limit || skip > limit - from || size > limit - from - skip) return false;
    range = {from + skip, from + skip + size};
    return true;
  }

  bool range_after(std::uint64_t limit, Part& part) {
    const std::uint64_t size = number();
    if (!good_ || size > limit - part.header.end) return false;
    part.body = {part.header.end, part.header.end + size};
    return true;
  }

  std::uint64_t number() {
    const auto value = take_varint(rest_);
    good_ = good_ && value;
    return value.value_or(0);
  }

  std::string text() {
    const auto bytes = take_bytes(rest_);
    good_ = good_ && bytes;
    return std::string(bytes.value_or(std::string_view{}));
  }

  std::string_view rest_;
  bool good_ = true;
  std::vector<PartIndex> last_child_;
};

}  // namespace

std::string encode_structure(const Structure& structure) {
  std::string out;
  put_varint(out, structure.cut_short ? 1 : 0);
  put_varint(out, structure.size);
  put_varint(out, structure.parts.size());
  for (PartIndex i = 0; i < structure.parts.size(); ++i) put_part(out, structure, i);
  return out;
}

Result<Structure> decode_structure(std::string_view table) {
  Structure structure;
  if (!TableReader(table).read(structure)) return broken();
  return structure;
}

}  // namespace satchel::mime
