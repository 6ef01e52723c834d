#include "proxy/imap/date_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

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

constexpr std::int64_t first_second = -62'135'596'800;  // of year 1
constexpr std::int64_t last_second = 253'402'300'799;   // of year 9999

// Seconds on the clock of its own zone, within the years that four digits hold.
std::int64_t local_seconds(const DateTime& time) {
  constexpr std::int64_t any_zone = 32'767 * 60;
  const std::int64_t seconds = std::clamp(time.seconds, first_second - any_zone, last_second + any_zone);
  return std::clamp(seconds + std::int64_t(time.zone) * 60, first_second, last_second);
}

std::int32_t day_of_second(std::int64_t second) {
  return static_cast<std::int32_t>(second >= 0 ? second / 86400 : (second - 86399) / 86400);
}

void write_digits(std::string& out, unsigned number, int digits) {
  char text[4];
  for (int i = digits; i > 0; --i) {
    text[i - 1] = char('0' + number % 10);
    number /= 10;
  }
  out.append(text, std::size_t(digits));
}

// "-Jul-1996"
void write_month_and_year(std::string& out, const std::chrono::year_month_day& date) {
  const std::string_view month = months.substr((unsigned(date.month()) - 1) * 3, 3);
  out += '-';
  out += char(month[0] - 32);
  out += month.substr(1);
  out += '-';
  write_digits(out, unsigned(int(date.year())), 4);
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
  day = std::clamp(day, day_of_second(first_second), day_of_second(last_second));
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  std::string out = std::to_string(unsigned(date.day()));
  write_month_and_year(out, date);
  return out;
}

std::int32_t day_of(const DateTime& time) {
  return day_of_second(local_seconds(time));
}

std::string write_date_time(const DateTime& time) {
  const std::int64_t local = local_seconds(time);
  const std::int32_t day = day_of_second(local);
  const auto in_day = unsigned(local - std::int64_t(day) * 86400);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  constexpr int longest_zone = 99 * 60 + 59;
  const auto zone = unsigned(std::min(std::abs(int(time.zone)), longest_zone));
  std::string out;
  out.reserve(26);
  if (unsigned(date.day()) < 10) out += ' ';
  write_digits(out, unsigned(date.day()), unsigned(date.day()) < 10 ? 1 : 2);
  write_month_and_year(out, date);
  out += ' ';
  write_digits(out, in_day / 3600, 2);
  out += ':';
  write_digits(out, in_day / 60 % 60, 2);
  out += ':';
  write_digits(out, in_day % 60, 2);
  out += time.zone < 0 ? " -" : " +";
  write_digits(out, zone / 60, 2);
  write_digits(out, zone % 60, 2);
  return out;
}

}  // namespace satchel::imap
