// Sets, names, dates, flags.
#include <gtest/gtest.h>

#include "proxy/imap/date_time.hpp"
#include "proxy/imap/flag.hpp"
#include "proxy/imap/mailbox_name.hpp"
#include "proxy/imap/sequence_set.hpp"
#include "random_values.hpp"

namespace satchel::imap {
namespace {

using Numbers = std::vector<std::uint32_t>;
using Ranges = std::vector<NumberRange>;

TEST(SequenceSet, ReadsWhatTheGrammarHas) {
  for (const char* text : {"1", "*", "1:*", "*:1", "1,3:5,9", "4294967295", "2:2", "1,1"}) {
    const auto set = SequenceSet::parse(text);
    ASSERT_TRUE(set) << text;
    EXPECT_EQ(set->write(), std::string(text) == "2:2" ? "2" : text);
  }
}

TEST(SequenceSet, RefusesWhatItHasNot) {
  for (const char* text :
       {"", "0", "1:", ":1", ",1", "1,", "1,,2", "4294967296", "01x", "-1", "1:2:3", "a", "1 2", "00"})
    EXPECT_FALSE(SequenceSet::parse(text)) << text;
}

TEST(SequenceSet, ResolvesStarAndOrder) {
  EXPECT_EQ(SequenceSet::parse("5:3,1,4:6")->resolve(10), (Ranges{{1, 1}, {3, 6}}));
  EXPECT_EQ(SequenceSet::parse("*")->resolve(7), (Ranges{{7, 7}}));
  EXPECT_EQ(SequenceSet::parse("9:*")->resolve(7), (Ranges{{7, 9}}));
  EXPECT_EQ(SequenceSet::parse("1:*")->resolve(0), Ranges{});
  EXPECT_EQ(SequenceSet::parse("1:4294967295,4294967295")->resolve(0), (Ranges{{1, 4294967295}}));
}

TEST(SequenceSet, IsMadeOfNumbersInAnyOrder) {
  EXPECT_EQ(SequenceSet::of({5, 1, 2, 3, 3, 9, 4294967295, 4294967294, 4294967295}).write(),
            "1:3,5,9,4294967294:4294967295");
  EXPECT_TRUE(SequenceSet::of({}).empty());
}

TEST(SequenceSet, FindsTheSameByRangeAndByNumber) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RandomValues random(seed);
    std::vector<NumberRange> written;
    for (int i = 0; i < 5; ++i) written.push_back({std::uint32_t(random.below(40)), std::uint32_t(random.below(40))});
    const auto ranges = SequenceSet(written).resolve(30);
    Numbers stored;
    for (std::uint32_t number = 1; number < 50; ++number)
      if (random.flip()) stored.push_back(number);
    Numbers by_range;
    for_each_in(
        ranges, stored, [](std::uint32_t number) { return number; },
        [&](std::size_t index) { by_range.push_back(stored[index]); });
    Numbers by_number;
    for (const std::uint32_t number : stored)
      if (contains(ranges, number)) by_number.push_back(number);
    ASSERT_EQ(by_range, by_number) << "seed " << seed;
  }
}

TEST(MailboxName, DecodesModifiedUtf7) {
  EXPECT_EQ(decode_utf7("INBOX"), "INBOX");
  EXPECT_EQ(decode_utf7("a&-b"), "a&b");
  EXPECT_EQ(decode_utf7("~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
  EXPECT_EQ(decode_utf7("Entw&APw-rfe"), "Entw\xc3\xbcrfe");
  EXPECT_EQ(decode_utf7("&2D3eAA-"), "\xf0\x9f\x98\x80");
}

TEST(MailboxName, RefusesWhatNoEncoderMakes) {
  for (const char* wire : {"&", "&x", "&AAA", "&AGE-", "&APw-&APw-", "&APx-", "&2D0-", "&3gA-", "\xc3\xbc", "a\x7f",
                           "&A-", "&APwA-", "&AP w-"})
    EXPECT_FALSE(decode_utf7(wire)) << wire;
}

TEST(MailboxName, LenientlyKeepsWhatDoesNotDecode) {
  EXPECT_EQ(decode_utf7_leniently("R&D"), "R&D");
  EXPECT_EQ(decode_utf7_leniently("Entw\xc3\xbcrfe"), "Entw\xc3\xbcrfe");
  EXPECT_EQ(decode_utf7_leniently("a\xff"), "a\xef\xbf\xbd");
  EXPECT_TRUE(is_utf8(decode_utf7_leniently("\xc0\xaf\xed\xa0\x80")));
}

TEST(MailboxName, ComesBackFromTheWire) {
  for (const char* name :
       {"a", "&", "a&b", "\xc3\xbc\xc3\xbc", "a\xc3\xbc", "\xf0\x9f\x98\x80x", "\t", "\xe6\x97\xa5&"}) {
    const std::string wire = encode_utf7(name);
    EXPECT_EQ(decode_utf7(wire), name) << wire;
  }
}

TEST(MailboxName, InboxIsInboxInAnyCase) {
  EXPECT_TRUE(is_inbox("inBOX"));
  EXPECT_FALSE(is_inbox("INBOX2"));
  EXPECT_FALSE(is_inbox("\x49\x0e\x42\x4f\x58"));
}

TEST(DateTime, ReadsAndWrites) {
  for (const char* text : {"17-Jul-1996 02:44:25 -0700", " 1-Jan-1970 00:00:00 +0000", "31-Dec-1969 23:59:59 +0000",
                           " 1-Jan-0001 00:00:00 +0000", "29-Feb-2024 12:00:00 +1345", "31-Dec-9999 23:59:59 -1200"}) {
    const auto time = parse_date_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(write_date_time(*time), text);
  }
  EXPECT_EQ(parse_date_time("17-Jul-1996 02:44:25 -0700")->seconds, 837596665);
  EXPECT_EQ(parse_date_time("17-jul-1996 02:44:25 -0700")->zone, -420);
  EXPECT_TRUE(parse_date_time("01-Jan-2020 00:00:60 +0000"));
}

TEST(DateTime, RefusesWhatIsNone) {
  for (const char* text : {"", "17-Jul-1996", "32-Jan-2020 00:00:00 +0000", "29-Feb-2023 00:00:00 +0000",
                           "1-Jan-2020 24:00:00 +0000", "1-Jan-2020 00:60:00 +0000", "1-Jan-2020 00:00:00 0000",
                           "1-Jan-20 00:00:00 +0000", "1-Jun-2020 00:00:00 +0000x", "1-Jux-2020 00:00:00 +0000"})
    EXPECT_FALSE(parse_date_time(text)) << text;
}

TEST(DateTime, WritesFourDigitsOfAYearWhateverItIs) {
  for (const std::int64_t seconds :
       {std::int64_t(-99'000'000'000), std::int64_t(400'000'000'000), INT64_MAX, INT64_MIN}) {
    const std::string text = write_date_time({seconds, 0});
    EXPECT_EQ(text.size(), 26u) << text;
    EXPECT_TRUE(parse_date_time(text)) << text;
  }
}

TEST(Date, ReadsAndWrites) {
  for (const char* text : {"1-Feb-1994", "29-Feb-2024", "31-Dec-1969"}) {
    const auto day = parse_date(text);
    ASSERT_TRUE(day) << text;
    EXPECT_EQ(write_date(*day), text);
  }
  EXPECT_EQ(parse_date("01-Feb-1994"), parse_date("1-Feb-1994"));
  EXPECT_FALSE(parse_date("1-Feb"));
  EXPECT_FALSE(parse_date("1-Feb-1994x"));
}

TEST(Date, IsTheDayInItsOwnZone) {
  EXPECT_EQ(day_of(*parse_date_time("17-Jul-1996 23:44:25 -0700")), parse_date("17-Jul-1996"));
  EXPECT_EQ(day_of(*parse_date_time("31-Dec-1969 00:00:00 +0300")), -1);
}

TEST(Flag, IsAnAtom) {
  for (const char* name : {"\\Seen", "$Junk", "a]b", "Work"}) EXPECT_TRUE(is_flag(name)) << name;
  for (const char* name : {"", "\\", "\\*", "a b", "a(b", "a\"b", "\xc3\xbc", "a\r\nb", "a{3}", "\\Se\\en"})
    EXPECT_FALSE(is_flag(name)) << name;
  EXPECT_TRUE(same_flag("\\seen", "\\Seen"));
  EXPECT_EQ(write_flags({"\\Seen", "a b", "Work"}), "(\\Seen Work)");
}

}  // namespace
}  // namespace satchel::imap
