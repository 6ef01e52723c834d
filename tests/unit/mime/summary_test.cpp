#include "proxy/mime/summary.hpp"

#include <gtest/gtest.h>

#include "odd_messages.hpp"
#include "proxy/mime/date.hpp"
#include "proxy/mime/envelope.hpp"
#include "proxy/mime/limits.hpp"

namespace satchel::mime {
namespace {

using testing::crlf;
using testing::odd_messages;

Summary summarise(std::string_view content, Extent extent = Extent::content) {
  SummaryBuilder builder(extent);
  builder.feed(content);
  return builder.finish();
}

Result<SummaryView> open(const Summary& summary) {
  return SummaryView::open(summary.envelope, summary.structure);
}

TEST(summary, gives_back_what_was_rendered) {
  for (const auto& message : odd_messages()) {
    const Structure structure = parse(message.content);
    const Summary summary = summarise(message.content);
    const auto view = open(summary);
    ASSERT_TRUE(view) << message.what;
    EXPECT_EQ(view->envelope(), render_envelope(*structure.top().envelope)) << message.what;
    EXPECT_EQ(view->body(), render_structure(structure, Detail::body)) << message.what;
    EXPECT_EQ(view->bodystructure(), message.bodystructure) << message.what;
    EXPECT_EQ(summary.header, message.content.substr(0, structure.top().header.size())) << message.what;
  }
}

TEST(summary, stores_offsets_kinds_and_charsets) {
  for (const auto& message : odd_messages()) {
    const Structure parsed = parse(message.content);
    const Summary summary = summarise(message.content);
    const auto stored = open(summary)->structure();
    ASSERT_TRUE(stored) << message.what;
    ASSERT_EQ(stored->parts.size(), parsed.parts.size());
    EXPECT_EQ(stored->size, parsed.size);
    for (std::size_t i = 0; i < parsed.parts.size(); ++i) {
      const Part& a = stored->parts[i];
      const Part& b = parsed.parts[i];
      EXPECT_EQ(a.kind, b.kind);
      EXPECT_EQ(a.parent, b.parent);
      EXPECT_EQ(a.first_child, b.first_child);
      EXPECT_EQ(a.next_sibling, b.next_sibling);
      EXPECT_EQ(a.header, b.header);
      EXPECT_EQ(a.body, b.body);
      EXPECT_EQ(a.header_lines, b.header_lines);
      EXPECT_EQ(a.body_lines, b.body_lines);
      EXPECT_EQ(a.fields.type, b.fields.type);
      EXPECT_EQ(a.fields.subtype, b.fields.subtype);
      EXPECT_EQ(a.fields.encoding, b.fields.encoding);
    }
  }
}

TEST(summary, of_a_header_has_the_envelope_only) {
  const std::string header = crlf("Subject: x\nContent-Type: multipart/mixed; boundary=x\n\n");
  const Summary of_header = summarise(header, Extent::header);
  const Summary of_content = summarise(header + "--x\r\n\r\none\r\n--x--\r\n");
  const auto view = open(of_header);
  EXPECT_EQ(view->extent(), Extent::header);
  EXPECT_EQ(view->envelope(), open(of_content)->envelope());
  EXPECT_TRUE(of_header.structure.empty());
  EXPECT_TRUE(view->bodystructure().empty());
  EXPECT_EQ(view->structure().error().code, ErrorCode::corrupt);
  EXPECT_EQ(of_header.header, of_content.header);
}

TEST(summary, bounds_the_header) {
  const Summary summary = summarise("X: " + std::string(max_stored_header, 'a') + "\r\n\r\nbody");
  EXPECT_EQ(summary.header.size(), max_stored_header);
  const auto view = open(summary);
  EXPECT_FALSE(view->header_complete());
  EXPECT_EQ(view->header_size(), max_stored_header + 7);
}

TEST(summary, has_the_message_id_without_spaces) {
  EXPECT_EQ(summarise("Message-ID: \r\n <a@b> \r\n\r\n").message_id, "<a@b>");
  EXPECT_EQ(summarise("Subject: x\r\n\r\n").message_id, "");
}

TEST(summary, has_the_day_that_the_date_names) {
  const Summary summary = summarise("Date: Fri, 02 Jan 1970 23:59:59 -1200\r\n\r\n");
  EXPECT_EQ(open(summary)->sent_day(), 1);
  EXPECT_FALSE(open(summarise("\r\n"))->sent_day());
}

TEST(summary, splits_do_not_matter) {
  const std::string content = crlf("Subject: x\nMessage-ID: <m>\n\nbody\n");
  const Summary whole = summarise(content);
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    SummaryBuilder builder;
    builder.feed(std::string_view(content).substr(0, cut));
    builder.feed(std::string_view(content).substr(cut));
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.envelope, whole.envelope);
    EXPECT_EQ(summary.structure, whole.structure);
    EXPECT_EQ(summary.header, whole.header);
  }
}

TEST(summary, opens_what_is_asked_for_alone) {
  const Summary summary = summarise("Subject: x\r\n\r\nbody");
  EXPECT_EQ(SummaryView::open(summary.envelope, {})->envelope(), open(summary)->envelope());
  EXPECT_TRUE(SummaryView::open(summary.envelope, {})->body().empty());
  EXPECT_EQ(SummaryView::open({}, summary.structure)->body(), open(summary)->body());
  EXPECT_TRUE(SummaryView::open({}, summary.structure)->envelope().empty());
}

const std::string multipart = crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n");

// The last byte of a table is that of its last part: a table that is cut is found when it is read.
TEST(stored_summary, that_is_cut_is_corrupt) {
  const Summary whole = summarise(multipart);
  for (std::size_t size = 1; size < whole.structure.size(); ++size) {
    const auto view = SummaryView::open({}, std::string_view(whole.structure).substr(0, size));
    const auto code = view ? view->structure().error().code : view.error().code;
    EXPECT_EQ(code, ErrorCode::corrupt) << size;
  }
  for (std::size_t size = 1; size < 4; ++size)
    EXPECT_FALSE(SummaryView::open(std::string_view(whole.envelope).substr(0, size), {})) << size;
}

TEST(stored_summary, that_is_altered_never_leads_outside_of_the_content) {
  const std::string structure_row = summarise(multipart).structure;
  for (std::size_t i = 0; i < structure_row.size() * 8; ++i) {
    std::string altered = structure_row;
    altered[i / 8] = static_cast<char>(altered[i / 8] ^ (1 << i % 8));
    const auto view = SummaryView::open({}, altered);
    if (!view) continue;
    const auto structure = view->structure();
    if (!structure) continue;
    for (const Part& part : structure->parts) {
      EXPECT_LE(part.header.begin, part.header.end);
      EXPECT_LE(part.body.begin, part.body.end);
      EXPECT_LE(part.body.end, structure->size);
    }
  }
}

TEST(stored_summary, of_another_version_is_corrupt) {
  Summary summary = summarise("\r\n");
  Summary other = summary;
  other.envelope[0] = 1;
  EXPECT_EQ(open(other).error().code, ErrorCode::corrupt);
  other = summary;
  other.structure[0] = 1;
  EXPECT_EQ(open(other).error().code, ErrorCode::corrupt);
}

struct DateRow {
  std::string_view raw;
  std::optional<std::int32_t> day;
};

TEST(date, names_a_day) {
  const DateRow rows[] = {
      {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
      {"1 Jan 1970", 0},
      {"31 Dec 1969 23:59:59 -0000", -1},
      {"Wed, 25 Nov 2026 08:47:11 +0100 (CET)", day_number(2026, 11, 25)},
      {" (a comment) Tue,  3 mar 2020 1:2:3 GMT", day_number(2020, 3, 3)},
      {"29 Feb 2000 00:00:00 +0000", 11016},
      {"29 Feb 1900 00:00:00 +0000", std::nullopt},
      {"31 Apr 2001", std::nullopt},
      {"Mon, 3 Apr 95 10:00", day_number(1995, 4, 3)},
      {"3 Apr 05 10:00", day_number(2005, 4, 3)},
      {"3 Apr 105 10:00", day_number(2005, 4, 3)},
      {"1 Jan 0001 00:00:00 +0000", day_number(1, 1, 1)},
      {"Wed Nov 25 08:47:11 2026", day_number(2026, 11, 25)},
      {"25-Nov-2026 08:47:11 +0000", day_number(2026, 11, 25)},
      {"Sunday, 1 November 2026", day_number(2026, 11, 1)},
      {"", std::nullopt},
      {"nonsense", std::nullopt},
      {"32 Jan 2001", std::nullopt},
      {"Jan 2001", std::nullopt},
      {"1 Jan", std::nullopt},
      {"((((", std::nullopt},
  };
  for (const DateRow& row : rows) EXPECT_EQ(parse_sent_day(row.raw), row.day) << row.raw;
}

TEST(date, counts_days_as_the_calendar_does) {
  std::int32_t expected = day_number(1, 1, 1);
  EXPECT_EQ(expected, -719162);
  for (std::int32_t year = 1; year < 2500; ++year)
    for (unsigned month = 1; month <= 12; ++month) {
      EXPECT_EQ(day_number(year, month, 1), expected);
      const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
      expected += month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31);
    }
}

}  // namespace
}  // namespace satchel::mime
