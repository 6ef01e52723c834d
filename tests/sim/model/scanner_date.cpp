// Dates of commands and of INTERNALDATE.
#include <cstdio>

#include "scanner.hpp"

namespace satchel::sim::model {
namespace {

constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int month_of(const std::string& name) {
  for (int month = 1; month <= 12; ++month)
    if (upper_case(months[month - 1]) == upper_case(name)) return month;
  return 0;
}

struct Day {
  std::int64_t year;
  int month;
  int day;
};

// The calendar repeats every 400 years, which are 146097 days; a year is counted from March here.
Day day_of(std::int64_t days) {
  days += 719'468;  // since 1 March of the year 0
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int month = int((5 * of_year + 2) / 153);
  const int day = int(of_year - (153 * month + 2) / 5 + 1);
  return {year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day};
}

}  // namespace

std::int64_t days_of(int year, int month, int day) {
  const std::int64_t from_march = month > 2 ? year : year - 1;
  const std::int64_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
  const std::int64_t of_era = from_march - era * 400;
  const std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

std::string write_date_time(std::int64_t seconds, int zone) {
  seconds += zone * 60;
  const std::int64_t days = (seconds >= 0 ? seconds : seconds - 86'399) / 86'400;
  const int of_day = int(seconds - days * 86'400);
  const Day day = day_of(days);
  const int east = zone < 0 ? -zone : zone;
  char out[64];
  std::snprintf(out, sizeof out, "\"%02d-%s-%04lld %02d:%02d:%02d %c%02d%02d\"", day.day, months[day.month - 1],
                static_cast<long long>(day.year), of_day / 3600, of_day / 60 % 60, of_day % 60, zone < 0 ? '-' : '+',
                east / 60, east % 60);
  return out;
}

// date = date-text / DQUOTE date-text DQUOTE, date-text = 1*2DIGIT "-" date-month "-" 4DIGIT
std::int64_t Scanner::date() {
  const bool quoted = take('"');
  const std::uint64_t day = number();
  expect('-');
  const int month = month_of(until("-"));
  expect('-');
  const std::uint64_t year = number();
  if (quoted) expect('"');
  if (month == 0 || day == 0 || day > 31 || year > 9999) fail();
  return failed_ ? 0 : days_of(int(year), month, int(day));
}

// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
std::pair<std::int64_t, int> Scanner::date_time() {
  expect('"');
  take(' ');
  const std::uint64_t day = number();
  expect('-');
  const int month = month_of(until("-"));
  expect('-');
  const std::uint64_t year = number();
  space();
  const std::uint64_t hour = number();
  expect(':');
  const std::uint64_t minute = number();
  expect(':');
  const std::uint64_t second = number();
  space();
  const bool west = take('-');
  if (!west) expect('+');
  const std::uint64_t zone = number();
  expect('"');
  const bool valid = month != 0 && day != 0 && day <= 31 && year <= 9999 && hour < 24 && minute < 60 && second <= 60 &&
                     zone <= 1400 && zone % 100 < 60;
  if (!valid) fail();
  if (failed_) return {0, 0};
  const int east = (west ? -1 : 1) * int(zone / 100 * 60 + zone % 100);
  const std::int64_t of_day = std::int64_t(hour * 3600 + minute * 60 + second);
  return {days_of(int(year), month, int(day)) * 86'400 + of_day - east * 60, east};
}

}  // namespace satchel::sim::model
