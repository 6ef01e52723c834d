// Messages made to cost much (attack class H): each within a second, and linear in their size.
#include <gtest/gtest.h>

#include <functional>

#include "proxy/mime/address.hpp"
#include "proxy/mime/section.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/mime/text.hpp"
#include "tests/support/growth.hpp"

namespace satchel::mime {
namespace {

#ifdef __OPTIMIZE__
constexpr double second = 1.0;
#else
constexpr double second = 10.0;  // of a build that is not optimised
#endif

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// What a message costs from arrival to search.
double cost(const std::string& content) {
  const double start = test::used_time();
  SummaryBuilder builder;
  builder.feed(content);
  const Summary summary = builder.finish();
  const auto view = SummaryView::open(summary.envelope, summary.structure);
  const auto structure = view->structure();
  EXPECT_TRUE(structure.has_value());
  EXPECT_FALSE(contains(content, *structure, Scope::text, "not in there"));
  return test::used_time() - start;
}

struct Attack {
  std::string what;
  std::function<std::string(std::size_t)> make;
  std::size_t times;  // a quarter and four times as much are compared
};

class attack : public ::testing::TestWithParam<Attack> {};

TEST_P(attack, costs_at_most_linear_time) {
  const auto& [what, make, times] = GetParam();
  EXPECT_LE(test::sixteenfold_growth(times / 4, make, cost), test::sixteenfold_limit) << what;
}

const std::string multipart = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    mail, attack,
    ::testing::Values(
        Attack{"many_parts", [](std::size_t n) { return multipart + repeated("--x\r\n\r\ny\r\n", n); }, 10000},
        Attack{"deep_multiparts",
               [](std::size_t n) {
                 std::string content;
                 for (std::size_t i = 0; i < n; ++i) {
                   const std::string boundary = std::to_string(i);
                   content +=
                       "Content-Type: multipart/mixed; boundary=b" + boundary + "\r\n\r\n--b" + boundary + "\r\n";
                 }
                 return content;
               },
               5000},
        Attack{"deep_messages", [](std::size_t n) { return repeated("Content-Type: message/rfc822\r\n\r\n", n); },
               5000},
        Attack{"dashes", [](std::size_t n) { return multipart + repeated("--\r\n", n); }, 50000},
        Attack{"almost_boundaries",
               [](std::size_t n) {
                 return "Content-Type: multipart/mixed; boundary=" + std::string(190, 'a') + "\r\n\r\n" +
                        repeated("--" + std::string(189, 'a') + "\r\n", n);
               },
               2000},
        Attack{"addresses", [](std::size_t n) { return "To: " + repeated("a b <c@d>,\r\n ", n) + "\r\n\r\n"; }, 10000},
        Attack{"address_fields", [](std::size_t n) { return repeated("To: a\r\n", n) + "\r\n"; }, 20000},
        Attack{"parameters", [](std::size_t n) { return "Content-Type: a/b" + repeated(";a*1*=b", n) + "\r\n\r\n"; },
               10000},
        Attack{"comments", [](std::size_t n) { return "To: " + std::string(n, '(') + "\r\n\r\n"; }, 50000},
        Attack{"quotes", [](std::size_t n) { return "To: " + repeated("\"\\", n) + "\r\n\r\n"; }, 30000},
        Attack{"angles", [](std::size_t n) { return "To: " + repeated("<:;@,", n) + "\r\n\r\n"; }, 10000},
        Attack{"words_without_end", [](std::size_t n) { return "To: " + repeated("a ", n) + "\r\n\r\n"; }, 30000},
        Attack{"encoded_words", [](std::size_t n) { return "Subject: " + repeated("=?utf-8?q?", n) + "\r\n\r\n"; },
               5000},
        Attack{"encoded_words_that_end",
               [](std::size_t n) { return "Subject: " + repeated("=?utf-8?q?a?= ", n) + "\r\n\r\n"; }, 5000},
        Attack{"fields", [](std::size_t n) { return repeated("X: y\r\n", n) + "\r\n"; }, 30000},
        Attack{"folded_lines", [](std::size_t n) { return "X: y\r\n" + repeated(" z\r\n", n) + "\r\n"; }, 30000},
        Attack{"one_line", [](std::size_t n) { return "X: " + std::string(n, 'a'); }, 500000},
        Attack{"html_tags", [](std::size_t n) { return "Content-Type: text/html\r\n\r\n" + repeated("<a <!-- &", n); },
               20000},
        Attack{
            "charset_changes",
            [](std::size_t n) { return "Subject: " + repeated("=?koi8-r?q?a?= =?iso-2022-jp?q?a?= ", n) + "\r\n\r\n"; },
            500},
        Attack{"encoding_bomb",
               [](std::size_t n) {
                 return "Content-Type: text/plain; charset=utf-7\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                        repeated("K0FFRS0r", n);
               },
               10000}),
    [](const auto& parameter) { return parameter.param.what; });

TEST(attack_bounds, a_million_parts_take_less_than_a_second) {
  EXPECT_LT(cost(multipart + repeated("--x\r\n\r\n\r\n", 1'000'000)), second);
}

TEST(attack_bounds, half_a_million_addresses_take_less_than_a_second) {
  EXPECT_LT(cost("To: " + repeated("a@b, ", 500'000) + "\r\n\r\n"), second);
}

TEST(attack_bounds, a_header_of_100_MB_takes_less_than_a_second_to_summarise) {
  const double start = test::used_time();
  const std::string piece(1 << 20, 'a');
  SummaryBuilder builder;
  builder.feed("Subject: ");
  for (int i = 0; i < 100; ++i) builder.feed(piece);
  const Summary summary = builder.finish();
  EXPECT_LT(test::used_time() - start, second);
  EXPECT_LT(summary.envelope.size() + summary.structure.size() + summary.header.size(), 2U << 20);
}

TEST(attack_bounds, what_is_stored_of_four_million_addresses_is_little) {
  SummaryBuilder builder;
  builder.feed("From: " + repeated("a,", 4'000'000) + "\r\n\r\n");
  EXPECT_LT(builder.finish().envelope.size(), 4U << 20);
}

TEST(attack_bounds, what_is_stored_of_many_fields_in_many_parts_is_little) {
  SummaryBuilder builder;
  builder.feed(multipart);
  builder.feed(repeated(
      "--x\r\nContent-Language: " + repeated("a,", 50) + "\r\nContent-Type: a/b" + repeated(";a=", 50) + "\r\n\r\n",
      20'000));
  EXPECT_LT(builder.finish().structure.size(), 4U << 20);
}

TEST(attack_bounds, parameters_without_number_are_bounded) {
  const Structure structure = parse("Content-Type: a/b" + repeated(";a=b", 1'000'000) + "\r\n\r\n");
  EXPECT_LE(structure.top().fields.parameters.size(), 1000U);
}

}  // namespace
}  // namespace satchel::mime
