// Messages that transcripts deliver by name.
#pragma once

#include <stdexcept>
#include <string>

namespace satchel::server::test {

inline std::string sample_message(const std::string& name) {
  if (name == "plain")
    return "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: Plain words\r\n"
           "Date: Wed, 17 Jul 1996 02:23:25 -0700\r\nMessage-ID: <1@example.org>\r\n\r\nHello, world.\r\n";
  if (name == "second") return "From: carol@example.org\r\nSubject: Second\r\n\r\nAnother one.\r\n";
  if (name == "mixed")
    return "From: dave@example.org\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n"
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\nw6RwZmVs\r\n--b\r\nContent-Type: text/html\r\n\r\n"
           "<p>Pears</p>\r\n--b--\r\n";
  if (name == "empty-header") return "\r\nOnly a body.\r\n";
  if (name == "no-body") return "Subject: No body\r\n\r\n";
  if (name == "nested")
    return "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nHi.\r\n\r\n--o\r\n"
           "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nFrom: e@example.org\r\n"
           "Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\none\r\n--i\r\n"
           "Content-Type: text/html\r\n\r\n<i>two\r\n--i--\r\n\r\n--o--\r\n";
  throw std::runtime_error("no such sample: " + name);
}

}  // namespace satchel::server::test
