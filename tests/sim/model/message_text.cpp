#include "message_text.hpp"

#include <algorithm>

#include "scanner.hpp"

namespace satchel::sim::model {
namespace {

// Each field with its folded lines.
std::vector<std::string_view> fields_of(std::string_view header) {
  std::vector<std::string_view> fields;
  std::size_t begin = 0;
  while (begin < header.size()) {
    std::size_t end = header.find('\n', begin);
    while (end != std::string_view::npos && end + 1 < header.size() &&
           (header[end + 1] == ' ' || header[end + 1] == '\t'))
      end = header.find('\n', end + 1);
    const std::size_t next = end == std::string_view::npos ? header.size() : end + 1;
    const std::string_view field = header.substr(begin, next - begin);
    if (field != "\r\n" && field != "\n") fields.push_back(field);
    begin = next;
  }
  return fields;
}

std::string name_of(std::string_view field) {
  std::string name = upper_case(field.substr(0, field.find(':')));
  while (name.ends_with(' ') || name.ends_with('\t')) name.pop_back();
  return name;
}

}  // namespace

std::string_view header_of(std::string_view message) {
  if (message.starts_with("\r\n")) return message.substr(0, 2);
  const std::size_t end = message.find("\r\n\r\n");
  return end == std::string_view::npos ? message : message.substr(0, end + 4);
}

std::string_view text_of(std::string_view message) {
  return message.substr(header_of(message).size());
}

std::string header_fields(std::string_view message, const std::vector<std::string>& names, bool others) {
  std::string out;
  for (const std::string_view field : fields_of(header_of(message))) {
    const bool named = std::any_of(names.begin(), names.end(),
                                   [&field](const std::string& name) { return upper_case(name) == name_of(field); });
    if (named != others) out += field;
  }
  return out + "\r\n";
}

bool field_contains(std::string_view message, std::string_view name, std::string_view wanted) {
  for (const std::string_view field : fields_of(header_of(message))) {
    if (name_of(field) != upper_case(name)) continue;
    std::string value = upper_case(field.substr(std::min(field.size(), field.find(':') + 1)));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    if (value.find(upper_case(wanted)) != std::string::npos) return true;
  }
  return false;
}

}  // namespace satchel::sim::model
