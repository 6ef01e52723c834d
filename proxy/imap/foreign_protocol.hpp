// Other protocols at our port (attack L4): a web page or a confused program. Their first line ends
// the connection.
#pragma once

#include <string_view>

namespace satchel::imap {

// `line`: the first line that came, without its end, or what there is of it. True for HTTP, SMTP, FTP,
// SIP, SSH, the preface of HTTP/2 and the hello of TLS.
bool is_foreign(std::string_view line);
// The first byte alone tells: no line of a client begins so (TLS, binary).
bool is_foreign_byte(char first);

}  // namespace satchel::imap
