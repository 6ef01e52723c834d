#include "proxy/mime/envelope.hpp"

#include <algorithm>

#include "proxy/mime/address.hpp"
#include "proxy/mime/ascii.hpp"
#include "proxy/mime/tokens.hpp"
#include "proxy/mime/wire.hpp"

namespace satchel::mime {

namespace {

// address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
void append_address(std::string& out, const Address& address) {
  out += '(';
  append_nstring(out, address.name);
  out += ' ';
  append_nstring(out, address.route);
  out += ' ';
  append_nstring(out, address.mailbox);
  out += ' ';
  append_nstring(out, address.host);
  out += ')';
}

// env-from = "(" 1*address ")" / nil
std::string address_list(const std::vector<std::string>& values, std::size_t& left) {
  std::string out;
  for (const std::string& value : values) {
    const auto addresses = parse_addresses(value, left);
    left -= std::min(left, addresses.size());
    for (const Address& address : addresses) append_address(out, address);
  }
  return out.empty() ? "NIL" : '(' + out + ')';
}

void append_value(std::string& out, const std::optional<std::string>& raw) {
  if (raw) {
    append_string(out, unfolded(*raw));
  } else {
    out += "NIL";
  }
}

// A subject is read by people: runs of white space become one space.
std::string for_people(std::string_view raw) {
  std::string result;
  for (const char c : trimmed(raw)) {
    if (!is_space(c)) {
      result += c;
    } else if (result.back() != ' ') {
      result += ' ';
    }
  }
  return result;
}

}  // namespace

// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP
//            env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
void append_envelope(std::string& out, const EnvelopeFields& fields, std::size_t& addresses_left) {
  out += '(';
  append_value(out, fields.date);
  out += ' ';
  if (fields.subject) {
    append_string(out, for_people(*fields.subject));
  } else {
    out += "NIL";
  }
  const std::string from = address_list(fields.from, addresses_left);
  out += ' ' + from;
  for (const auto* list : {&fields.sender, &fields.reply_to}) {
    const std::string own = address_list(*list, addresses_left);
    out += ' ' + (own == "NIL" ? from : own);
  }
  for (const auto* list : {&fields.to, &fields.cc, &fields.bcc}) out += ' ' + address_list(*list, addresses_left);
  out += ' ';
  append_value(out, fields.in_reply_to);
  out += ' ';
  append_value(out, fields.message_id);
  out += ')';
}

std::string render_envelope(const EnvelopeFields& fields) {
  std::string out;
  std::size_t addresses_left = max_addresses;
  append_envelope(out, fields, addresses_left);
  return out;
}

}  // namespace satchel::mime
