#include "proxy/mime/text.hpp"

#include <gtest/gtest.h>

#include "odd_messages.hpp"
#include "proxy/mime/charset.hpp"
#include "proxy/mime/html_text.hpp"
#include "proxy/mime/parser.hpp"
#include "proxy/mime/transfer_decoder.hpp"

namespace satchel::mime {
namespace {

using testing::crlf;

bool finds(const std::string& content, Scope scope, std::string_view word) {
  return contains(content, parse(content), scope, fold_needle(word));
}

std::string typed(std::string_view type, std::string_view encoding, std::string_view body) {
  return "Content-Type: " + std::string(type) + "\r\nContent-Transfer-Encoding: " + std::string(encoding) + "\r\n\r\n" +
         std::string(body);
}

TEST(header_value, is_decoded) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"plain", "plain"},
      {"fol\r\n ded", "fol ded"},
      {"fol\r\n\tded", "fol ded"},
      {"=?utf-8?q?caf=C3=A9?=", "café"},
      {"=?UTF-8?Q?a_b?= c", "a b c"},
      {"=?utf-8?B?Y2Fmw6k=?=", "café"},
      {"=?iso-8859-1?q?caf=E9?=", "café"},
      {"=?windows-1252?q?=80?=", "€"},
      {"=?koi8-r?b?8NLJ18XU?=", "Привет"},
      {"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"},
      {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
      {"=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"},
      {"=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
      {"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"},
      {"=?utf-8*en?q?x?=", "x"},
      {"=?nonsense?q?x=E9?=", "xé"},
      {"=?utf-8?x?y?=", "=?utf-8?x?y?="},
      {"=?utf-8?q?open", "=?utf-8?q?open"},
      {"=?utf-8?q?a=ZZ?=", "a=ZZ"},
      {"a=?utf-8?q?b?=c", "abc"},
      {"caf\xC3\xA9", "café"},
      {"caf\xE9", "café"},
      {"=?", "=?"},
      {"", ""},
  };
  for (const auto& [raw, decoded] : rows) EXPECT_EQ(decode_header_value(raw), decoded) << raw;
}

TEST(header_search, looks_at_decoded_values_of_that_field_only) {
  const std::string header = crlf("Subject: =?utf-8?q?Caf=C3=A9?= Central\nX-Subject: other\nTo: Bob <bob@x>\n\n");
  EXPECT_TRUE(header_contains(header, "SUBJECT", fold_needle("café")));
  EXPECT_TRUE(header_contains(header, "subject", fold_needle("CAFÉ central")));
  EXPECT_FALSE(header_contains(header, "subject", fold_needle("other")));
  EXPECT_FALSE(header_contains(header, "subject", fold_needle("bob")));
  EXPECT_TRUE(header_contains(header, "to", fold_needle("BOB@X")));
}

TEST(header_search, for_nothing_asks_whether_the_field_is_there) {
  EXPECT_TRUE(header_contains("X: \r\n\r\n", "x", ""));
  EXPECT_FALSE(header_contains("X: \r\n\r\n", "y", ""));
  EXPECT_FALSE(header_contains("no colon\r\n\r\n", "", ""));
}

TEST(header_search, finds_in_any_of_several_fields) {
  EXPECT_TRUE(header_contains("X: one\r\nX: two\r\n\r\n", "X", fold_needle("two")));
}

TEST(folding, makes_equal_what_readers_hold_equal) {
  EXPECT_EQ(fold_needle("STRASSE"), fold_needle("straße"));
  EXPECT_EQ(fold_needle("ΣΊΣΥΦΟΣ"), fold_needle("σίσυφος"));
  EXPECT_EQ(fold_needle("É"), fold_needle("e\xCC\x81"));
  EXPECT_EQ(fold_needle("ﬁne"), fold_needle("fine"));
  EXPECT_EQ(fold_needle("a \r\n\t b"), "a b");
  EXPECT_EQ(fold_needle("a\xC2\xA0 b"), "a b");
  EXPECT_EQ(fold_needle("ПРИВЕТ"), fold_needle("привет"));
  EXPECT_EQ(fold_needle("\xF0\x90\x90\x80"), fold_needle("\xF0\x90\x90\xA8"));
}

TEST(folding, reads_the_charset_of_the_search) {
  EXPECT_EQ(fold_needle("caf\xE9", "iso-8859-1"), fold_needle("café"));
}

TEST(body_search, undoes_transfer_encodings) {
  EXPECT_TRUE(finds(typed("text/plain; charset=utf-8", "base64", "SGVsbG8gV29y\r\nbGQ="), Scope::body, "hello world"));
  EXPECT_TRUE(
      finds(typed("text/plain; charset=utf-8", "quoted-printable", "caf=C3=A9 so=\r\nft"), Scope::body, "café soft"));
  EXPECT_TRUE(finds(typed("text/plain", "QUOTED-PRINTABLE", "a=3D=\nb"), Scope::body, "a=b"));
  EXPECT_TRUE(finds(typed("text/plain", "x-unknown", "as it is"), Scope::body, "as it is"));
}

TEST(body_search, undoes_charsets) {
  EXPECT_TRUE(finds(typed("text/plain; charset=koi8-r", "8bit", "\xF0\xD2\xC9\xD7\xC5\xD4"), Scope::body, "привет"));
  EXPECT_TRUE(finds(typed("text/plain; charset=iso-8859-1", "8bit", "caf\xE9"), Scope::body, "café"));
  EXPECT_TRUE(finds(typed("text/plain; charset=no-such", "8bit", "caf\xE9"), Scope::body, "café"));
  EXPECT_TRUE(finds(typed("text/plain", "8bit", "caf\xE9 \xC3\xA9"), Scope::body, "café é"));
  EXPECT_TRUE(finds(typed("text/plain; charset=utf-16", "base64", "/v8AYQBiAGM="), Scope::body, "abc"));
}

TEST(body_search, sees_html_as_a_reader_does) {
  const std::string html =
      typed("text/html; charset=utf-8", "8bit",
            "<p class=\"hidden\">Hel<b>lo</b> <!-- secret -->w&ouml;rld&nbsp;&#33;</p><script>code "
            "</script><td>one</td><td>two</td> a < b &amp; c &unknown;");
  EXPECT_TRUE(finds(html, Scope::body, "hello wörld !"));
  EXPECT_TRUE(finds(html, Scope::body, "one two"));
  EXPECT_TRUE(finds(html, Scope::body, "a < b & c &unknown;"));
  EXPECT_FALSE(finds(html, Scope::body, "hidden"));
  EXPECT_FALSE(finds(html, Scope::body, "secret"));
  EXPECT_FALSE(finds(html, Scope::body, "code"));
}

TEST(body_search, leaves_headers_out_and_text_search_takes_them) {
  const std::string content = crlf("Subject: =?utf-8?q?topic?=\n\nwords\n");
  EXPECT_FALSE(finds(content, Scope::body, "topic"));
  EXPECT_TRUE(finds(content, Scope::text, "topic"));
  EXPECT_TRUE(finds(content, Scope::text, "subject: topic"));
  EXPECT_TRUE(finds(content, Scope::text, "words"));
  EXPECT_TRUE(finds(content, Scope::body, "words"));
}

TEST(body_search, looks_into_all_text_parts_and_messages_inside) {
  const std::string content = crlf(
      "Content-Type: multipart/mixed; boundary=x\n\npreamble\n--x\n\none\n--x\nContent-Type: message/rfc822\n\n"
      "Subject: inner\n\nnested\n--x\nContent-Type: image/png\n\npixels\n--x\nContent-Type: text/html\n\n<i>two</i>\n"
      "--x--\n");
  for (const char* word : {"one", "two", "nested", "inner"}) EXPECT_TRUE(finds(content, Scope::body, word)) << word;
  for (const char* word : {"pixels", "preamble", "image/png"}) EXPECT_FALSE(finds(content, Scope::body, word)) << word;
  EXPECT_TRUE(finds(content, Scope::text, "image/png"));
}

TEST(text_search, decodes_file_names) {
  const std::string content =
      crlf("Content-Disposition: attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9.txt\n\nx");
  EXPECT_TRUE(finds(content, Scope::text, "café.txt"));
}

TEST(body_search, for_nothing_finds_all) {
  EXPECT_TRUE(finds("", Scope::body, ""));
}

TEST(body_search, finds_words_across_line_ends) {
  EXPECT_TRUE(finds(crlf("\nend of\nline\n"), Scope::body, "of line"));
}

TEST(body_search, does_not_join_two_parts) {
  EXPECT_FALSE(
      finds(crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n\non\n--x\n\ne\n--x--\n"), Scope::body, "one"));
}

TEST(body_search, gives_the_same_for_every_split) {
  const std::string contents[] = {
      typed("text/html; charset=utf-8", "quoted-printable",
            "<p>Hel<b>lo</b> w&ouml;rld caf=C3=A9 =\r\n ne=\r\nedle</p>"),
      typed("text/plain; charset=utf-8", "base64", "Y2Fmw6kgdW5k\r\nIG1laHIgbmVlZGxl"),
      typed("text/plain; charset=iso-2022-jp", "7bit", "\x1B$BF|K\\\x1B(B needle"),
      "Subject: =?utf-8?q?caf=C3=A9?=\r\n =?utf-8?q?_needle?=\r\nTo: a@b\r\n\r\n",
  };
  for (const std::string& content : contents) {
    const auto ranges = text_ranges(parse(content), Scope::text);
    for (std::size_t cut = 0; cut <= content.size(); ++cut) {
      TextSearch search(fold_needle("needle"));
      for (const TextRange& range : ranges) {
        const auto bytes = std::string_view(content).substr(range.range.begin, range.range.size());
        search.begin(range);
        search.feed(bytes.substr(0, cut));
        if (cut < bytes.size()) search.feed(bytes.substr(cut));
        search.end();
      }
      ASSERT_TRUE(search.found()) << content << " cut at " << cut;
    }
  }
}

TEST(charset, gives_the_same_for_every_split) {
  const std::pair<std::string_view, std::string> rows[] = {{"utf-8", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xE9"},
                                                           {"iso-2022-jp", "\x1B$BF|K\\\x1B(B"},
                                                           {"gb18030", "\xC4\xE3\xBA\xC3 \x81\x30\x81\x30"},
                                                           {"utf-16le", std::string("a\0b\0\x3D\xD8\0\xDE", 8)}};
  for (const auto& [name, text] : rows) {
    const std::string whole = to_utf8(text, name);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      std::string result;
      const auto decoder = make_charset_decoder(name);
      decoder->decode(std::string_view(text).substr(0, cut), result);
      decoder->decode(std::string_view(text).substr(cut), result);
      decoder->finish(result);
      EXPECT_EQ(result, whole) << name << " cut at " << cut;
    }
  }
}

TEST(charset, never_takes_a_name_for_more_than_a_name) {
  for (const char* name : {"utf-8//TRANSLIT", "../../x", "", "\xFF", "a b"})
    EXPECT_EQ(to_utf8("abc", name), "abc") << name;
}

TEST(base64, skips_what_does_not_belong) {
  EXPECT_EQ(decode_base64("YWJj"), "abc");
  EXPECT_EQ(decode_base64("Y W\r\nJ!j"), "abc");
  EXPECT_EQ(decode_base64("YQ=="), "a");
  EXPECT_EQ(decode_base64("YQ==YWJj"), "aabc");
  EXPECT_EQ(decode_base64("YWI"), "ab");
}

}  // namespace
}  // namespace satchel::mime
