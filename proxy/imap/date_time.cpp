#include "proxy/imap/date_time.hpp"

#include <chrono>
#include <cstdio>

namespace satchel::imap {
namespace {

constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter;
}

// Exactly `digits` digits.
bool take_digits(std::string_view& text, int digits, int& into) {
  if (text.size() < std::size_t(digits)) return false;
  into = 0;
  for (int i = 0; i < digits; ++i) {
    if (text[std::size_t(i)] < '0' || text[std::size_t(i)] > '9') return false;
    into = into * 10 + (text[std::size_t(i)] - '0');
  }
  text.remove_prefix(std::size_t(digits));
  return true;
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_month(std::string_view& text, int& into) {
  if (text.size() < 3) return false;
  const char name[3] = {lower(text[0]), lower(text[1]), lower(text[2])};
  for (int month = 0; month < 12; ++month) {
    if (months.substr(std::size_t(month) * 3, 3) != std::string_view(name, 3)) continue;
    into = month + 1;
    text.remove_prefix(3);
    return true;
  }
  return false;
}

// date-day = 1*2DIGIT; date-day-fixed = (SP DIGIT) / 2DIGIT
bool take_day(std::string_view& text, int& into) {
  if (take(text, ' ')) return take_digits(text, 1, into);
  if (text.size() >= 2 && text[1] >= '0' && text[1] <= '9') return take_digits(text, 2, into);
  return take_digits(text, 1, into);
}

std::optional<std::int32_t> take_date(std::string_view& text) {
  int day = 0;
  int month = 0;
  int year = 0;
  if (!take_day(text, day) || !take(text, '-') || !take_month(text, month) || !take(text, '-') ||
      !take_digits(text, 4, year))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                         std::chrono::day(unsigned(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::string month_name(unsigned month) {
  std::string name(months.substr((month - 1) * 3, 3));
  name[0] = char(name[0] - 32);
  return name;
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  const auto day = take_date(text);
  return text.empty() ? day : std::nullopt;
}

std::optional<DateTime> parse_date_time(std::string_view text) {
  const auto date = take_date(text);
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!date || !take(text, ' ') || !take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute) ||
      !take(text, ':') || !take_digits(text, 2, second) || !take(text, ' '))
    return std::nullopt;
  const int sign = text.starts_with('-') ? -1 : 1;
  int zone_hours = 0;
  int zone_minutes = 0;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  if (!take_digits(text, 2, zone_hours) || !take_digits(text, 2, zone_minutes) || !text.empty()) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60 || zone_minutes > 59) return std::nullopt;
  DateTime time;
  time.zone = static_cast<std::int16_t>(sign * (zone_hours * 60 + zone_minutes));
  time.seconds = std::int64_t(*date) * 86400 + hour * 3600 + minute * 60 + second - std::int64_t(time.zone) * 60;
  return time;
}

std::string write_date(std::int32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  char text[32];
  std::snprintf(text, sizeof text, "%u-%s-%04d", unsigned(date.day()), month_name(unsigned(date.month())).c_str(),
                int(date.year()));
  return text;
}

std::int32_t day_of(const DateTime& time) {
  const std::int64_t local = time.seconds + std::int64_t(time.zone) * 60;
  return static_cast<std::int32_t>(local >= 0 ? local / 86400 : (local - 86399) / 86400);
}

std::string write_date_time(const DateTime& time) {
  const std::int32_t day = day_of(time);
  const std::int64_t in_day = time.seconds + std::int64_t(time.zone) * 60 - std::int64_t(day) * 86400;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  const int zone = time.zone < 0 ? -time.zone : time.zone;
  char text[64];
  std::snprintf(text, sizeof text, "%2u-%s-%04d %02d:%02d:%02d %c%02d%02d", unsigned(date.day()),
                month_name(unsigned(date.month())).c_str(), int(date.year()), int(in_day / 3600), int(in_day / 60 % 60),
                int(in_day % 60), time.zone < 0 ? '-' : '+', zone / 60, zone % 60);
  return text;
}

}  // namespace satchel::imap
