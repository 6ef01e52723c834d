#include "odd_messages.hpp"

namespace satchel::mime::testing {

namespace {

// What BODYSTRUCTURE says of a plain text of so many bytes and lines.
#define TEXT(size, lines) R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" )" size " " lines " NIL NIL NIL NIL)"
#define NO_ENVELOPE "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"

}  // namespace

std::string crlf(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') result += '\r';
    result += c;
  }
  return result;
}

const std::vector<OddMessage>& odd_messages() {
  using namespace std::string_literals;
  static const std::vector<OddMessage> messages = {
      {"empty", "", TEXT("0", "0")},
      {"only a blank line", crlf("\n"), TEXT("0", "0")},
      {"no header", crlf("\nbody\n"), TEXT("6", "1")},
      {"no body", crlf("From: a@b\n"), TEXT("0", "0")},
      {"no line end", "From: a@b", TEXT("0", "0")},
      {"text that is no header", crlf("hello\nyou there\n"), TEXT("0", "0")},
      {"a line without colon inside the header", crlf("From: a@b\nbroken\nTo: x@y\n\nbody\nlast"), TEXT("10", "1")},
      {"bare LF", "From: a@b\n\nbody\nmore\n", TEXT("10", "2")},
      {"bare LF in a multipart", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n",
       "(" TEXT("3", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"CR alone ends no line", "From: a@b\r\n\r\none\rtwo\r\n", TEXT("9", "1")},
      {"NUL bytes", "Subject: a\0b\r\n\r\n\0\0\r\n"s, TEXT("4", "1")},
      {"8-bit header", "Subject: caf\xE9\r\n\r\nx", TEXT("1", "0")},
      {"type without MIME-Version", crlf("Content-Type: text/html; charset=utf-8\n\nx"),
       R"(("text" "html" ("charset" "utf-8") NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
      {"encoding without MIME-Version and type", crlf("Content-Transfer-Encoding: base64\n\nx"), TEXT("1", "0")},
      {"encoding with MIME-Version", crlf("MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nx"),
       R"(("text" "plain" ("charset" "us-ascii") NIL NIL "base64" 1 0 NIL NIL NIL NIL))"},
      {"encoding of two words", crlf("MIME-Version: 1.0\nContent-Transfer-Encoding: quoted printable\n\nx"),
       TEXT("1", "0")},
      {"type that cannot be read", crlf("Content-Type: nonsense\n\nx"), TEXT("1", "0")},
      {"empty type", crlf("Content-Type:\n\nx"), TEXT("1", "0")},
      {"second type", crlf("Content-Type: text/html\nContent-Type: image/png\n\nx"),
       R"(("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
      {"type with comments", crlf("Content-Type: (a) text (b (c)) / html (d); (e) charset (f) = (g) utf-8\n\nx"),
       R"(("text" "html" ("charset" "utf-8") NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
      {"type in capitals", crlf("CONTENT-TYPE: IMAGE/PNG\n\nx"),
       R"(("IMAGE" "PNG" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"all fields",
       crlf("Content-Type: foo/bar; a=b\nContent-ID: <i>\nContent-Description: text\nContent-MD5: abc\n"
            "Content-Location: http://x y\nContent-Language: en, de\n"
            "Content-Disposition: attachment; filename=\"x\\\"y\"; size=3\n"
            "Content-Transfer-Encoding: BASE64 (foo)\n\nxyz"),
       R"(("foo" "bar" ("a" "b") "<i>" "text" "BASE64" 3 "abc" )"
       R"(("attachment" ("filename" "x\"y" "size" "3")) ("en" "de") "http://x y"))"},
      {"parameters in pieces", crlf("Content-Type: text/plain; name*0=a; x=y; name*1=b\n\nx"),
       R"(("text" "plain" ("x" "y" "name" "ab" "charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
      {"parameters in encoded pieces", crlf("Content-Type: a/b; name*1*=%20c; name*0*=utf-8''b\n\nx"),
       R"(("a" "b" ("name*" "utf-8''b%20c") NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"pieces with a hole", crlf("Content-Type: a/b; name*0=a; name*2=c\n\nx"),
       R"(("a" "b" ("name*0" "a" "name*2" "c") NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"broken parameters", crlf("Content-Type: a/b; x; =y; c=d e; f=\n\nx"),
       R"(("a" "b" ("c" "d" "f" "") NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"unclosed quote", crlf("Content-Type: a/b; x=\"y z\n\nx"),
       R"(("a" "b" ("x" "y z") NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"folded parameters", crlf("Content-Type: a/b;\n\tx=\"y\n z\"\n\nx"),
       R"(("a" "b" ("x" "y z") NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"multipart without boundary", crlf("Content-Type: multipart/mixed\n\n--\nx\n"),
       "(" TEXT("0", "0") R"( "mixed" NIL NIL NIL NIL))"},
      {"multipart without parts", crlf("Content-Type: multipart/mixed; boundary=x\n\nno parts\n"),
       "(" TEXT("0", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"multipart ended at once", crlf("Content-Type: multipart/mixed; boundary=x\n\n--x--\n"),
       "(" TEXT("0", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"cut inside the boundary line", crlf("Content-Type: multipart/mixed; boundary=x\n\n--x"),
       "(" TEXT("0", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"preamble and epilogue", crlf("Content-Type: multipart/mixed; boundary=x\n\npre\n--x\n\none\n--x--\n--x\nepi\n"),
       "(" TEXT("3", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"no end boundary", crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n\ntwo\n"),
       "(" TEXT("3", "0") TEXT("5", "1") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"inner end boundary missing",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/related; boundary=y\n\n--y\n\n"
            "one\n--x\n\ntwo\n--x--\n"),
       "((" TEXT("3", "0") R"( "related" ("boundary" "y") NIL NIL NIL))" TEXT(
           "3", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"parts without header", crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n\n--x--\n"),
       "(" TEXT("0", "0") TEXT("0", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"header of a part without blank line",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n--x\nX: y\n\nz\n--x--"),
       R"((("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))" TEXT(
           "1", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"boundary that is a prefix of an outer one",
       crlf("Content-Type: multipart/mixed; boundary=abc\n\n--abc\nContent-Type: multipart/related; boundary=ab\n\n"
            "--ab\n\none\n--ab\n\ntwo\n--abc\n\nthree\n--abc--\n"),
       "((" TEXT("3", "0") TEXT("3", "0") R"( "related" ("boundary" "ab") NIL NIL NIL))" TEXT(
           "5", "0") R"( "mixed" ("boundary" "abc") NIL NIL NIL))"},
      {"boundary that is an outer one and more",
       crlf("Content-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/related; boundary=abc\n\n"
            "--abc\n\none\n--abc--\n--ab\n\ntwo\n--ab--\n"),
       "((" TEXT("3", "0") R"( "related" ("boundary" "abc") NIL NIL NIL))" TEXT(
           "3", "0") R"( "mixed" ("boundary" "ab") NIL NIL NIL))"},
      {"boundary that ends in dashes",
       crlf("Content-Type: multipart/mixed; boundary=\"x--\"\n\n--x--\n\none\n--x----\n"),
       "(" TEXT("3", "0") R"( "mixed" ("boundary" "x--") NIL NIL NIL))"},
      {"boundary with text behind it",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n--x  \n\none\n--xyz\n\ntwo\n--x-- y"),
       "(" TEXT("3", "0") TEXT("3", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"boundary not at the beginning of a line",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n --x\n\n--x\n\na --x\n"),
       "(" TEXT("7", "1") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"boundary of the same name inside",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/related; boundary=x\n\n--x\n\n"
            "one\n--x--\n--x\n\ntwo\n--x--\n"),
       "((" TEXT("3", "0") R"( "related" ("boundary" "x") NIL NIL NIL))" TEXT(
           "3", "0") R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"digest",
       crlf("Content-Type: multipart/digest; boundary=x\n\n--x\n\nFrom: a@b\n\nhi\n--x\nContent-Type: "
            "text/plain\n\nfoo\n--x--\n"),
       R"((("message" "rfc822" NIL NIL NIL "7bit" 15 (NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) )"
       R"(((NIL NIL "a" "b")) NIL NIL NIL NIL NIL) )" TEXT("2", "0") R"( 2 NIL NIL NIL NIL))" TEXT(
           "3", "0") R"( "digest" ("boundary" "x") NIL NIL NIL))"},
      {"message in a message",
       crlf("Content-Type: message/rfc822\n\nSubject: in\nContent-Transfer-Encoding: base64\n\ninner\n"),
       R"(("message" "rfc822" NIL NIL NIL "7bit" 57 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) )" TEXT(
           "7", "1") R"( 4 NIL NIL NIL NIL))"},
      {"empty message in a message", crlf("Content-Type: message/rfc822\n\n"),
       R"(("message" "rfc822" NIL NIL NIL "7bit" 0 )" NO_ENVELOPE " " TEXT("0", "0") R"( 0 NIL NIL NIL NIL))"},
      {"message in a part, header only",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\nX: y\n--x--\n"),
       R"((("message" "rfc822" NIL NIL NIL "7bit" 4 )" NO_ENVELOPE
       " " TEXT("0", "0") R"( 0 NIL NIL NIL NIL))"
                          R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"three messages deep", crlf("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n\nx"),
       R"(("message" "rfc822" NIL NIL NIL "7bit" 35 )" NO_ENVELOPE
       R"( ("message" "rfc822" NIL NIL NIL "7bit" 3 )" NO_ENVELOPE
       " " TEXT("1", "0") R"( 1 NIL NIL NIL NIL) 3 NIL NIL NIL NIL))"},
      {"encoding of a part without type",
       crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Transfer-Encoding: base64\n\nYQ==\n--x--\n"),
       R"((("text" "plain" ("charset" "us-ascii") NIL NIL "base64" 4 0 NIL NIL NIL NIL))"
       R"( "mixed" ("boundary" "x") NIL NIL NIL))"},
      {"quoted boundary with spaces",
       crlf("Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n\none\n--a b--\n"),
       "(" TEXT("3", "0") R"( "mixed" ("boundary" "a b") NIL NIL NIL))"},
      {"8-bit type", "Content-Type: t\xE4xt/plain\r\n\r\nx",
       "({4}\r\nt\xE4xt \"plain\" NIL NIL NIL \"7bit\" 1 NIL NIL NIL NIL)"},
      {"space before the colon", crlf("Content-Type : text/html\n\nx"),
       R"(("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
      {"first line folded", crlf(" X: y\nContent-Type: text/html\n\nx"),
       R"(("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
  };
  return messages;
}

}  // namespace satchel::mime::testing
