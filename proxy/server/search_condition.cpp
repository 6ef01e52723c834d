#include "proxy/server/search_condition.hpp"

#include "proxy/mime/text.hpp"

namespace satchel::server {
namespace {

using Kind = imap::SearchKey::Kind;

Truth truth(bool value) {
  return value ? Truth::yes : Truth::no;
}

const char* field_of(const Condition& condition) {
  switch (condition.kind) {
    case Kind::from:
      return "From";
    case Kind::to:
      return "To";
    case Kind::cc:
      return "Cc";
    case Kind::bcc:
      return "Bcc";
    case Kind::subject:
      return "Subject";
    default:
      return condition.field.c_str();
  }
}

Truth evaluate_date(const Condition& condition, std::int64_t day, Kind before, Kind on) {
  if (condition.kind == before) return truth(day < condition.number);
  if (condition.kind == on) return truth(day == condition.number);
  return truth(day >= condition.number);
}

// What the row alone tells.
Truth evaluate_row(const Condition& condition, const Facts& facts) {
  const store::Message& row = facts.row;
  switch (condition.kind) {
    case Kind::sequence:
      return truth(imap::contains(condition.ranges, facts.number.value));
    case Kind::uid:
      return truth(imap::contains(condition.ranges, row.uid.value));
    case Kind::mod_seq:
      return truth(row.modseq.value >= std::uint64_t(condition.number));
    case Kind::recent:
      return truth(facts.recent);
    case Kind::old:
      return truth(!facts.recent);
    default:
      break;
  }
  if (!row.metadata) return Truth::unknown;
  switch (condition.kind) {
    case Kind::flag:
    case Kind::keyword: {
      store::FlagSet left = condition.flag;
      left.remove(facts.flags);
      return truth(left.empty());
    }
    case Kind::new_:
      return truth(facts.recent && !facts.flags.has(store::SystemFlag::seen));
    case Kind::before:
    case Kind::on:
    case Kind::since:
      return evaluate_date(condition, imap::day_of({row.here.date, row.zone}), Kind::before, Kind::on);
    case Kind::larger:
      return truth(std::int64_t(row.here.size) > condition.number);
    case Kind::smaller:
      return truth(std::int64_t(row.here.size) < condition.number);
    case Kind::older:
      return truth(facts.now - row.here.date >= condition.number);
    case Kind::younger:
      return truth(facts.now - row.here.date < condition.number);
    default:
      return Truth::unknown;
  }
}

Truth evaluate_field(const Condition& condition, const Facts& facts) {
  if (facts.header == nullptr) return Truth::unknown;
  if (mime::header_contains(*facts.header, field_of(condition), condition.needle)) return Truth::yes;
  return facts.header_complete ? Truth::no : Truth::unknown;
}

Truth evaluate_text(const Condition& condition, const Facts& facts) {
  if (facts.found != nullptr) {
    const auto found = facts.found->find(&condition);
    return found == facts.found->end() ? Truth::unknown : truth(found->second);
  }
  if (facts.content == nullptr || facts.structure == nullptr) return Truth::unknown;
  const mime::Scope scope = condition.kind == Kind::body ? mime::Scope::body : mime::Scope::text;
  return truth(mime::contains(*facts.content, *facts.structure, scope, condition.needle));
}

Truth evaluate_all(const Condition& condition, const Facts& facts) {
  Truth all = Truth::yes;
  for (const Condition& child : condition.children) {
    const Truth one = evaluate(child, facts);
    if (one == Truth::no) return Truth::no;
    if (one == Truth::unknown) all = Truth::unknown;
  }
  return all;
}

Truth evaluate_any(const Condition& condition, const Facts& facts) {
  Truth any = Truth::no;
  for (const Condition& child : condition.children) {
    const Truth one = evaluate(child, facts);
    if (one == Truth::yes) return Truth::yes;
    if (one == Truth::unknown) any = Truth::unknown;
  }
  return any;
}

Truth negate(Truth value) {
  if (value == Truth::unknown) return value;
  return truth(value == Truth::no);
}

bool has_needle(Kind kind) {
  switch (kind) {
    case Kind::from:
    case Kind::to:
    case Kind::cc:
    case Kind::bcc:
    case Kind::subject:
    case Kind::body:
    case Kind::text:
    case Kind::header:
      return true;
    default:
      return false;
  }
}

}  // namespace

Condition compile(const imap::SearchKey& key, std::string_view charset, const MailboxView& view) {
  Condition condition;
  condition.kind = key.kind;
  condition.number = key.number;
  condition.field = key.field;
  if (has_needle(key.kind)) condition.needle = mime::fold_needle(key.text, charset);
  if (key.kind == Kind::flag && !condition.flag.add(key.flag)) condition.kind = Kind::or_;  // unknown: none has it
  if (key.kind == Kind::keyword) condition.flag.add_keyword(key.flag);
  if (key.kind == Kind::sequence) condition.ranges = view.resolve(key.set, Numbering::sequence);
  if (key.kind == Kind::uid) condition.ranges = view.resolve(key.set, Numbering::uid);
  for (const imap::SearchKey& child : key.children) condition.children.push_back(compile(child, charset, view));
  return condition;
}

SearchNeeds needs_of(const Condition& condition) {
  SearchNeeds needs;
  for (const Condition& child : condition.children) {
    const SearchNeeds below = needs_of(child);
    needs.metadata |= below.metadata;
    needs.envelope |= below.envelope;
    needs.header |= below.header;
    needs.content |= below.content;
  }
  switch (condition.kind) {
    case Kind::flag:
    case Kind::keyword:
    case Kind::new_:
    case Kind::before:
    case Kind::on:
    case Kind::since:
    case Kind::larger:
    case Kind::smaller:
    case Kind::older:
    case Kind::younger:
      needs.metadata = true;
      break;
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since:
      needs.metadata = needs.envelope = true;
      break;
    case Kind::body:
    case Kind::text:
      needs.metadata = needs.content = true;
      break;
    default:
      if (has_needle(condition.kind)) needs.metadata = needs.header = true;
  }
  return needs;
}

Truth evaluate(const Condition& condition, const Facts& facts) {
  switch (condition.kind) {
    case Kind::all:
      return Truth::yes;
    case Kind::and_:
      return evaluate_all(condition, facts);
    case Kind::or_:
      return evaluate_any(condition, facts);
    case Kind::not_:
      return negate(evaluate(condition.children.front(), facts));
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since:
      if (facts.summary == nullptr) return Truth::unknown;
      if (!facts.summary->sent_day()) return Truth::no;
      return evaluate_date(condition, *facts.summary->sent_day(), Kind::sent_before, Kind::sent_on);
    case Kind::body:
    case Kind::text:
      return evaluate_text(condition, facts);
    default:
      return has_needle(condition.kind) ? evaluate_field(condition, facts) : evaluate_row(condition, facts);
  }
}

void collect_text(const Condition& condition, std::vector<const Condition*>& into) {
  if (condition.kind == Kind::body || condition.kind == Kind::text) into.push_back(&condition);
  for (const Condition& child : condition.children) collect_text(child, into);
}

}  // namespace satchel::server
