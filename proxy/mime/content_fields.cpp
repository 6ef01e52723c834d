#include "proxy/mime/content_fields.hpp"

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/limits.hpp"
#include "proxy/mime/parameters.hpp"
#include "proxy/mime/tokens.hpp"

namespace satchel::mime {

namespace {

// content = "Content-Type" ":" type "/" subtype *(";" parameter). Without a subtype it counts as
// not there (RFC 2045 section 5.2).
void read_type(std::string_view raw, ContentFields& into) {
  Tokens tokens(raw);
  tokens.skip_space();
  std::string type = tokens.mime_token();
  tokens.skip_space();
  if (type.empty() || !tokens.take('/')) return;
  tokens.skip_space();
  std::string subtype = tokens.mime_token();
  if (subtype.empty()) return;
  into.type = std::move(type);
  into.subtype = std::move(subtype);
  tokens.skip_space();
  if (tokens.done() || tokens.peek() == ';') into.parameters = read_parameters(tokens);
}

// disposition := "Content-Disposition" ":" disposition-type *(";" disposition-parm)
void read_disposition(std::string_view raw, ContentFields& into) {
  Tokens tokens(raw);
  tokens.skip_space();
  std::string disposition = tokens.mime_token();
  if (disposition.empty()) return;
  into.disposition = std::move(disposition);
  tokens.skip_space();
  into.disposition_parameters.clear();
  if (tokens.peek() == ';') into.disposition_parameters = read_parameters(tokens);
}

// Language-Header = "Content-Language" ":" 1#Language-tag
void read_languages(std::string_view raw, ContentFields& into) {
  Tokens tokens(raw);
  do {
    tokens.skip_space();
    std::string tag = tokens.mime_token();
    if (!tag.empty()) into.languages.push_back(std::move(tag));
    tokens.skip_space();
  } while (tokens.take(',') && into.languages.size() < max_parameters);
}

// encoding := "Content-Transfer-Encoding" ":" mechanism
void read_encoding(std::string_view raw, ContentFields& into) {
  Tokens tokens(raw);
  tokens.skip_space();
  std::string mechanism = tokens.mime_token();
  tokens.skip_space();
  if (tokens.done()) into.encoding = std::move(mechanism);
}

void keep_first(std::optional<std::string>& field, std::string_view raw) {
  if (!field) field = unfolded(raw);
}

}  // namespace

void read_content_field(std::string_view name, std::string_view raw_value, ContentFields& into) {
  if (same_name(name, "type")) {
    if (into.type.empty()) read_type(raw_value, into);
  } else if (same_name(name, "transfer-encoding")) {
    if (into.encoding.empty()) read_encoding(raw_value, into);
  } else if (same_name(name, "disposition")) {
    if (into.disposition.empty()) read_disposition(raw_value, into);
  } else if (same_name(name, "id")) {
    keep_first(into.id, raw_value);
  } else if (same_name(name, "description")) {
    keep_first(into.description, raw_value);
  } else if (same_name(name, "md5")) {
    keep_first(into.md5, raw_value);
  } else if (same_name(name, "location")) {
    keep_first(into.location, raw_value);
  } else if (same_name(name, "language")) {
    if (into.languages.empty()) read_languages(raw_value, into);
  }
}

std::string_view find_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
  for (const Parameter& parameter : parameters)
    if (same_name(parameter.name, name)) return parameter.value;
  return {};
}

}  // namespace satchel::mime
