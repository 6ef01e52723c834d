// The parts of the response parser; for proxy/imap's own files.
#pragma once

#include "proxy/imap/response.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {

// resp-text = ["[" resp-text-code "]" SP] text; never fails: what is no code is text.
void parse_response_text(Scanner& scanner, ResponseCode& code, std::string& text);

// "(" msg-att ")" behind "FETCH ".
bool parse_fetch_attributes(Scanner& scanner, FetchData& data);

// "(" [flag *(SP flag)] ")"
bool parse_flag_list(Scanner& scanner, std::vector<std::string>& flags);

// atoms with a space before each, to the end, in capitals
std::vector<std::string> parse_capabilities(Scanner& scanner);

// id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil, RFC 2971
using IdFields = std::vector<std::pair<std::string, std::optional<std::string>>>;
bool parse_id_fields(Scanner& scanner, IdFields& fields);

std::optional<StatusItem> status_item(std::string_view name);
const char* status_item_name(StatusItem item);

}  // namespace satchel::imap
