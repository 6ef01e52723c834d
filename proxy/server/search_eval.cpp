#include "proxy/server/search_eval.hpp"

#include <algorithm>

#include "proxy/imap/date_time.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/mime/text.hpp"

namespace satchel::server {
namespace {

using Kind = imap::SearchKey::Kind;

Truth truth(bool value) {
  return value ? Truth::yes : Truth::no;
}

std::int32_t day_of(const store::Message& message) {
  return imap::day_of({message.here.date, message.zone});
}

// Day of the Date field; a message without one is on no day.
Truth sent(const SearchTerm& term, const SearchSubject& subject) {
  if (!subject.index) return Truth::unknown;
  const auto view = mime::SummaryView::open(*subject.index);
  const auto day = view ? view->sent_day() : std::nullopt;
  if (!day) return Truth::no;
  if (term.kind == Kind::sent_before) return truth(*day < term.number);
  if (term.kind == Kind::sent_on) return truth(*day == term.number);
  return truth(*day >= term.number);
}

Truth in_header(const SearchTerm& term, const SearchSubject& subject) {
  if (!subject.header) return Truth::unknown;
  return truth(mime::header_contains(*subject.header, term.field, term.needle));
}

Truth in_text(const SearchTerm& term, const SearchSubject& subject) {
  if (term.needle.empty()) return Truth::yes;
  if (!subject.content || !subject.index) return Truth::unknown;
  const auto view = mime::SummaryView::open(*subject.index);
  if (!view) return Truth::no;
  const auto structure = view->structure();
  if (!structure) return Truth::no;
  const mime::Scope scope = term.kind == Kind::body ? mime::Scope::body : mime::Scope::text;
  return truth(mime::contains(*subject.content, *structure, scope, term.needle));
}

Truth all_of(const SearchTerm& term, const SearchSubject& subject, std::int64_t now) {
  Truth result = Truth::yes;
  for (const SearchTerm& child : term.children) {
    const Truth one = evaluate(child, subject, now);
    if (one == Truth::no) return Truth::no;
    if (one == Truth::unknown) result = Truth::unknown;
  }
  return result;
}

Truth any_of(const SearchTerm& term, const SearchSubject& subject, std::int64_t now) {
  Truth result = Truth::no;
  for (const SearchTerm& child : term.children) {
    const Truth one = evaluate(child, subject, now);
    if (one == Truth::yes) return Truth::yes;
    if (one == Truth::unknown) result = Truth::unknown;
  }
  return result;
}

Truth negated(Truth value) {
  if (value == Truth::unknown) return value;
  return truth(value == Truth::no);
}

bool is_text(Kind kind) {
  return kind == Kind::body || kind == Kind::text;
}
bool is_header(Kind kind) {
  return kind == Kind::from || kind == Kind::to || kind == Kind::cc || kind == Kind::bcc || kind == Kind::subject ||
         kind == Kind::header || kind == Kind::sent_before || kind == Kind::sent_on || kind == Kind::sent_since;
}

}  // namespace

Truth evaluate(const SearchTerm& term, const SearchSubject& subject, std::int64_t now) {
  const store::Message& message = *subject.message;
  switch (term.kind) {
    case Kind::all:
      return Truth::yes;
    case Kind::flag:
    case Kind::keyword:
      return truth(subject.flags->has(std::string_view(term.flag)));
    case Kind::recent:
      return truth(subject.recent);
    case Kind::new_:
      return truth(subject.recent && !subject.flags->has(store::SystemFlag::seen));
    case Kind::old:
      return truth(!subject.recent);
    case Kind::sequence:
      return truth(imap::contains(term.ranges, subject.sequence_number));
    case Kind::uid:
      return truth(imap::contains(term.ranges, message.uid.value));
    case Kind::before:
      return truth(day_of(message) < term.number);
    case Kind::on:
      return truth(day_of(message) == term.number);
    case Kind::since:
      return truth(day_of(message) >= term.number);
    case Kind::larger:
      return truth(std::int64_t(message.here.size) > term.number);
    case Kind::smaller:
      return truth(std::int64_t(message.here.size) < term.number);
    case Kind::older:
      return truth(now - message.here.date >= term.number);
    case Kind::younger:
      return truth(now - message.here.date <= term.number);
    case Kind::mod_seq:
      return truth(message.modseq.value >= std::uint64_t(term.number));
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since:
      return sent(term, subject);
    case Kind::from:
    case Kind::to:
    case Kind::cc:
    case Kind::bcc:
    case Kind::subject:
    case Kind::header:
      return in_header(term, subject);
    case Kind::body:
    case Kind::text:
      return in_text(term, subject);
    case Kind::and_:
      return all_of(term, subject, now);
    case Kind::or_:
      return any_of(term, subject, now);
    case Kind::not_:
      return negated(all_of(term, subject, now));
  }
  return Truth::no;
}

bool needs_header(const SearchTerm& term) {
  return is_header(term.kind) || is_text(term.kind) ||
         std::any_of(term.children.begin(), term.children.end(), needs_header);
}

bool needs_content(const SearchTerm& term) {
  return is_text(term.kind) || std::any_of(term.children.begin(), term.children.end(), needs_content);
}

}  // namespace satchel::server
