#include "proxy/mime/address.hpp"

#include <gtest/gtest.h>

namespace satchel::mime {
namespace {

// "name|route|mailbox|host" for each, "-" for none.
std::string told(std::string_view raw) {
  std::string result;
  for (const Address& address : parse_addresses(raw)) {
    if (!result.empty()) result += "; ";
    const char* between = "";
    for (const auto* piece : {&address.name, &address.route, &address.mailbox, &address.host}) {
      result += between + piece->value_or("-");
      between = "|";
    }
  }
  return result;
}

struct Row {
  std::string_view raw;
  std::string_view told;
};

class addresses : public ::testing::TestWithParam<Row> {};

TEST_P(addresses, are_read) {
  EXPECT_EQ(told(GetParam().raw), GetParam().told) << GetParam().raw;
}

INSTANTIATE_TEST_SUITE_P(
    table, addresses,
    ::testing::Values(
        Row{"", ""}, Row{"  ", ""}, Row{",", ""}, Row{"a@b", "-|-|a|b"}, Row{" a@b , c@d ", "-|-|a|b; -|-|c|d"},
        Row{"<a@b>", "-|-|a|b"}, Row{"Foo <a@b>", "Foo|-|a|b"}, Row{"Foo Bar <a@b>", "Foo Bar|-|a|b"},
        Row{"Foo   Bar\r\n  <a@b>", "Foo Bar|-|a|b"}, Row{"\"Foo, Bar\" <a@b>", "Foo, Bar|-|a|b"},
        Row{"\"a\\\"b\" <a@b>", "a\"b|-|a|b"}, Row{"J. R. <j@r>", "J. R.|-|j|r"}, Row{"a@b (Name)", "Name|-|a|b"},
        Row{"Foo <a@b> (x)", "Foo|-|a|b"}, Row{"(c) Foo <a@b>", "Foo|-|a|b"}, Row{"a@b (x (y) z)", "x (y) z|-|a|b"},
        Row{"<@r1,@r2:a@b>", "-|@r1,@r2|a|b"}, Row{"a.b@c.d", "-|-|a.b|c.d"}, Row{"a . b @ c . d", "-|-|a.b|c.d"},
        Row{"\"a b\"@c", "-|-|a b|c"}, Row{"a@[1.2.3.4]", "-|-|a|[1.2.3.4]"},
        Row{"grp: a@b, c@d;", "-|-|grp|-; -|-|a|b; -|-|c|d; -|-|-|-"},
        Row{"undisclosed-recipients:;", "-|-|undisclosed-recipients|-; -|-|-|-"},
        Row{"A Group: x@y; , z@z", "-|-|A Group|-; -|-|x|y; -|-|-|-; -|-|z|z"},
        Row{"grp: a@b", "-|-|grp|-; -|-|a|b; -|-|-|-"}, Row{"joe", "-|-|joe|MISSING_DOMAIN"},
        Row{"Joe Doe", "Joe Doe|-|MISSING_MAILBOX|MISSING_DOMAIN"},
        Row{"\"Joe\"", "Joe|-|MISSING_MAILBOX|MISSING_DOMAIN"}, Row{"<joe>", "-|-|joe|MISSING_DOMAIN"},
        Row{"Foo <>", "Foo|-|MISSING_MAILBOX|MISSING_DOMAIN"}, Row{"@b", "-|-|MISSING_MAILBOX|b"},
        Row{"a@", "-|-|a|MISSING_DOMAIN"}, Row{"Foo <a@b", "Foo|-|a|b"}, Row{"Foo <a@b>, c@d", "Foo|-|a|b; -|-|c|d"},
        Row{"Foo <a@b> junk, c@d", "Foo|-|a|b; -|-|c|d"}, Row{"a@b>", "-|-|a|b"}, Row{"\xE4@b", "-|-|\xE4|b"},
        Row{"=?utf-8?q?x?= <a@b>", "=?utf-8?q?x?=|-|a|b"},
        Row{"\"unclosed <a@b>", "unclosed <a@b>|-|MISSING_MAILBOX|MISSING_DOMAIN"}, Row{"(unclosed a@b", ""},
        Row{"a@b,,,c@d", "-|-|a|b; -|-|c|d"}));

TEST(addresses, are_bounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a@b,";
  EXPECT_EQ(parse_addresses(many, 10).size(), 10U);
}

}  // namespace
}  // namespace satchel::mime
