#include "proxy/mime/date.hpp"

#include <array>

#include "proxy/mime/ascii.hpp"

namespace satchel::mime {

namespace {

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::size_t max_date = 200;  // bytes looked at

struct Words {
  std::optional<unsigned> day, month;
  std::optional<std::int32_t> year;
};

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

unsigned month_of(std::string_view word) {
  for (unsigned i = 0; i < months.size(); ++i)
    if (word.size() >= 3 && same_name(word.substr(0, 3), months[i])) return i + 1;
  return 0;
}

std::int32_t full_year(std::int32_t value, std::size_t digits) {
  if (digits == 2) return value < 50 ? 2000 + value : 1900 + value;
  return digits == 3 ? 1900 + value : value;
}

// A number is the day until there is one, then the year; a time ("12:00") is neither.
void read_number(std::string_view digits, Words& words) {
  if (digits.size() > 4) return;
  std::int32_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  if (!words.day && digits.size() <= 2) {
    if (value >= 1 && value <= 31) words.day = static_cast<unsigned>(value);
  } else if (!words.year && words.month && digits.size() >= 2) {
    words.year = full_year(value, digits.size());
  }
}

std::string_view take_while(std::string_view& rest, bool (*matches)(char)) {
  std::size_t n = 0;
  while (n < rest.size() && matches(rest[n])) ++n;
  const std::string_view word = rest.substr(0, n);
  rest.remove_prefix(n);
  return word;
}

bool is_time_byte(char c) {
  return is_digit(c) || c == ':' || c == '.';
}

bool valid_day(std::int32_t year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= lengths[month - 1] + (leap && month == 2 ? 1U : 0U);
}

}  // namespace

// date-time = [day-of-week ","] day month year …; also "month day time year", and dashes between
std::optional<std::int32_t> parse_sent_day(std::string_view raw_value) {
  std::string_view rest = raw_value.substr(0, max_date);
  Words words;
  while (!rest.empty() && !(words.day && words.month && words.year)) {
    if (is_letter(rest.front())) {
      const unsigned month = month_of(take_while(rest, is_letter));
      if (month != 0 && !words.month) words.month = month;
    } else if (is_digit(rest.front())) {
      const std::string_view digits = take_while(rest, is_digit);
      if (rest.starts_with(':')) {
        take_while(rest, is_time_byte);
      } else {
        read_number(digits, words);
      }
    } else if (rest.front() == '(') {
      rest.remove_prefix(std::min(rest.find(')'), rest.size() - 1) + 1);
    } else {
      rest.remove_prefix(1);
    }
  }
  if (!words.day || !words.month || !words.year || !valid_day(*words.year, *words.month, *words.day))
    return std::nullopt;
  return day_number(*words.year, *words.month, *words.day);
}

// Counts from 1 March, so that the leap day ends a year.
std::int32_t day_number(std::int32_t year, unsigned month, unsigned day) {
  const std::int32_t from_march = month <= 2 ? year - 1 : year;
  const std::int32_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
  const auto year_of_era = from_march - era * 400;
  const auto day_of_year = static_cast<std::int32_t>((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1);
  const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

}  // namespace satchel::mime
