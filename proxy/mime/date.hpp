// The day that a Date field names (RFC 5322 section 3.3), for SENTBEFORE, SENTON and SENTSINCE.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace satchel::mime {

// Days since 1970-01-01 in the proleptic Gregorian calendar, time and zone left out (RFC 3501
// section 6.4.4). Years of two digits as RFC 5322 section 4.3 says. None: no date can be read.
std::optional<std::int32_t> parse_sent_day(std::string_view raw_value);

// The same number for a day of the calendar; month from 1.
std::int32_t day_number(std::int32_t year, unsigned month, unsigned day);

}  // namespace satchel::mime
