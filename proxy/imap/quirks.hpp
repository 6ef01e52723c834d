// What real servers send although the grammar does not have it, each under its name. The parser of
// responses comes here only where the grammar does not fit; each quirk has a test of its name in
// tests/unit/imap/quirks_test.cpp. Others stand where they are read: spaces before ")", two spaces for
// one, a line that ends in LF alone, a response code with no text behind it, "+" alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/imap/date_time.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap::quirk {

// FLAGS ("\\Deleted" \Seen): a flag as a quoted string. InterMail.
bool take_quoted_flag(Scanner& scanner, std::string& into);

// LIST (\HasChildren \): a backslash alone. It is no flag.
bool take_lone_backslash(Scanner& scanner);

// FLAGS NIL, and NIL among flags.
bool take_nil_flag(Scanner& scanner);

// LIST () "/" Sent Items: a name with spaces and no quotes. `into` has what the grammar took of it.
void take_rest_of_mailbox(Scanner& scanner, std::string& into);

// BODY[] word: an atom where a string has to be.
bool take_atom_for_string(Scanner& scanner, std::optional<std::string>& into);

// MODSEQ 12, EMAILID id: without the brackets.
bool take_optional_bracket(Scanner& scanner);

// RFC822.SIZE -1, MODSEQ NIL, UNSEEN -1: an item whose value is none is as if it were not there.
bool skip_unreadable_value(Scanner& scanner);

// MAILBOXID (V\xb1%\x8b/V): a piece of the server's memory where an id has to be, in STATUS. Cyrus 3.6.
bool take_odd_object_id(Scanner& scanner, std::string& into);

// INTERNALDATE "1-Jan-2020 1:02:03 GMT", or anything else: better a wrong date than a missing message.
DateTime read_odd_date(std::string_view text);

// [COPYUID 124 10 233] without "* OK" before it, in answer to MOVE. Exchange 2013.
bool is_code_without_status(std::string_view line);

}  // namespace satchel::imap::quirk
