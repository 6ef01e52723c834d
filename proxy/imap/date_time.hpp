// date-time of INTERNALDATE and APPEND, date of SEARCH (RFC 3501 section 9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace satchel::imap {

struct DateTime {
  std::int64_t seconds = 0;  // since 1970-01-01 UTC; may be negative (year 1)
  std::int16_t zone = 0;     // minutes east of UTC
  friend bool operator==(const DateTime&, const DateTime&) = default;
};

// Without the quotes: "17-Jul-1996 02:44:25 -0700", the day with a space or a zero.
std::optional<DateTime> parse_date_time(std::string_view text);
std::string write_date_time(const DateTime& time);  // without the quotes

// "1-Feb-1994" as days since 1970-01-01.
std::optional<std::int32_t> parse_date(std::string_view text);
std::string write_date(std::int32_t day);

// The day on which a DateTime lies in its own zone: what SEARCH compares, disregarding time and zone.
std::int32_t day_of(const DateTime& time);

}  // namespace satchel::imap
