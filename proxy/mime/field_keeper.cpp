#include "proxy/mime/field_keeper.hpp"

#include <algorithm>
#include <utility>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/content_fields.hpp"
#include "proxy/mime/limits.hpp"

namespace satchel::mime {

namespace {

constexpr std::size_t field_overhead = 64;  // what a kept field costs beside its bytes, about

using Text = std::optional<std::string> EnvelopeFields::*;
using List = std::vector<std::string> EnvelopeFields::*;
constexpr std::pair<std::string_view, Text> texts[] = {{"date", &EnvelopeFields::date},
                                                       {"subject", &EnvelopeFields::subject},
                                                       {"in-reply-to", &EnvelopeFields::in_reply_to},
                                                       {"message-id", &EnvelopeFields::message_id}};
constexpr std::pair<std::string_view, List> lists[] = {
    {"from", &EnvelopeFields::from}, {"sender", &EnvelopeFields::sender}, {"reply-to", &EnvelopeFields::reply_to},
    {"to", &EnvelopeFields::to},     {"cc", &EnvelopeFields::cc},         {"bcc", &EnvelopeFields::bcc}};

bool is_content_name(std::string_view name) {
  return name.size() > 8 && same_name(name.substr(0, 8), "content-");
}

bool is_envelope_name(std::string_view name) {
  const auto named = [&](const auto& entry) { return same_name(entry.first, name); };
  return std::any_of(std::begin(texts), std::end(texts), named) ||
         std::any_of(std::begin(lists), std::end(lists), named);
}

}  // namespace

void FieldKeeper::begin(HeaderOf of) {
  of_ = of;
  content_type_seen_ = mime_version_seen_ = false;
  content_ = {};
  envelope_ = of == HeaderOf::message ? std::make_shared<EnvelopeFields>() : nullptr;
}

void FieldKeeper::field_line(std::string_view line) {
  end_field();
  colon_ = line.find(':');
  if (colon_ == std::string_view::npos) return;
  const std::string_view name = trimmed(line.substr(0, colon_));
  if (same_name(name, "mime-version")) mime_version_seen_ = true;
  const bool wanted = is_content_name(name) || (envelope_ && is_envelope_name(name));
  if (!wanted) return;
  if (kept_ >= max_kept) {
    cut_short_ = true;
    return;
  }
  kept_ += field_overhead;
  keeping_ = true;
}

void FieldKeeper::skip_field() {
  end_field();
}

void FieldKeeper::keep(std::string_view piece) {
  const std::size_t limit = of_ == HeaderOf::message ? max_field : max_part_field;
  const std::size_t room = std::min(limit - std::min(limit, field_.size()), max_kept - std::min(max_kept, kept_));
  if (piece.size() > room) {
    cut_short_ = true;
    piece = piece.substr(0, room);
  }
  field_ += piece;
  kept_ += piece.size();
}

void FieldKeeper::end_field() {
  if (!keeping_) return;
  keeping_ = false;
  std::string_view field = field_;
  if (field.size() > colon_) {
    const std::string_view name = trimmed(field.substr(0, colon_));
    std::string_view value = field.substr(colon_ + 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    if (is_content_name(name)) {
      end_content_field(name.substr(8), value);
    } else {
      end_envelope_field(name, value);
    }
  }
  field_.clear();
}

void FieldKeeper::end_content_field(std::string_view name, std::string_view value) {
  if (same_name(name, "type")) {
    if (content_type_seen_) return;
    content_type_seen_ = true;
  }
  const auto pieces = [&] {
    return content_.parameters.size() + content_.disposition_parameters.size() + content_.languages.size();
  };
  const std::size_t before = pieces();
  read_content_field(name, value, content_);
  kept_ += (pieces() - before) * field_overhead;
}

void FieldKeeper::end_envelope_field(std::string_view name, std::string_view value) {
  for (const auto& [known, member] : texts)
    if (same_name(known, name)) *envelope_.*member = std::string(value);
  for (const auto& [known, member] : lists)
    if (same_name(known, name)) (*envelope_.*member).emplace_back(value);
}

ContentFields FieldKeeper::take_content() {
  end_field();
  return std::exchange(content_, {});
}

std::shared_ptr<const EnvelopeFields> FieldKeeper::take_envelope() {
  end_field();
  return std::exchange(envelope_, nullptr);
}

}  // namespace satchel::mime
