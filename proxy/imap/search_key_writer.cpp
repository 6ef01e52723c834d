#include "proxy/imap/argument_writer.hpp"
#include "proxy/imap/flag.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {
namespace {

void write_search_text(ArgumentWriter& out, const char* name, const SearchKey& key) {
  out.text(name).text(" ").string(key.text);
}
void write_search_number(ArgumentWriter& out, const char* name, const SearchKey& key) {
  out.text(name).text(" ").number(std::uint64_t(key.number));
}
void write_search_date(ArgumentWriter& out, const char* name, const SearchKey& key) {
  out.text(name).text(" ").text(write_date(std::int32_t(key.number)));
}

void write_children(ArgumentWriter& out, const SearchKey& key) {
  for (std::size_t i = 0; i < key.children.size(); ++i) {
    out.text(i == 0 ? "" : " ");
    write_search_key(out, key.children[i]);
  }
}

// A system flag is a key of its own: \\Seen is SEEN.
void write_flag_key(ArgumentWriter& out, const SearchKey& key) {
  if (!is_flag(key.flag) || !key.flag.starts_with('\\')) return out.refuse("A flag cannot be searched for.");
  out.text(upper(std::string_view(key.flag).substr(1)));
}

void write_keyword_key(ArgumentWriter& out, const SearchKey& key) {
  if (!is_flag(key.flag) || key.flag.starts_with('\\')) return out.refuse("A keyword cannot be searched for.");
  out.text("KEYWORD ").text(key.flag);
}

void write_operands(ArgumentWriter& out, const char* name, const SearchKey& key, std::size_t count) {
  if (key.children.size() != count) return out.refuse("A search key lacks what it is about.");
  out.text(name);
  write_children(out, key);
}

}  // namespace

void write_search_key(ArgumentWriter& out, const SearchKey& key) {
  using Kind = SearchKey::Kind;
  switch (key.kind) {
    case Kind::all:
      out.text("ALL");
      return;
    case Kind::flag:
      return write_flag_key(out, key);
    case Kind::keyword:
      return write_keyword_key(out, key);
    case Kind::recent:
      out.text("RECENT");
      return;
    case Kind::new_:
      out.text("NEW");
      return;
    case Kind::old:
      out.text("OLD");
      return;
    case Kind::sequence:
      out.set(key.set);
      return;
    case Kind::uid:
      out.text("UID ").set(key.set);
      return;
    case Kind::before:
      return write_search_date(out, "BEFORE", key);
    case Kind::on:
      return write_search_date(out, "ON", key);
    case Kind::since:
      return write_search_date(out, "SINCE", key);
    case Kind::sent_before:
      return write_search_date(out, "SENTBEFORE", key);
    case Kind::sent_on:
      return write_search_date(out, "SENTON", key);
    case Kind::sent_since:
      return write_search_date(out, "SENTSINCE", key);
    case Kind::larger:
      return write_search_number(out, "LARGER", key);
    case Kind::smaller:
      return write_search_number(out, "SMALLER", key);
    case Kind::older:
      return write_search_number(out, "OLDER", key);
    case Kind::younger:
      return write_search_number(out, "YOUNGER", key);
    case Kind::mod_seq:
      return write_search_number(out, "MODSEQ", key);
    case Kind::from:
      return write_search_text(out, "FROM", key);
    case Kind::to:
      return write_search_text(out, "TO", key);
    case Kind::cc:
      return write_search_text(out, "CC", key);
    case Kind::bcc:
      return write_search_text(out, "BCC", key);
    case Kind::subject:
      return write_search_text(out, "SUBJECT", key);
    case Kind::body:
      return write_search_text(out, "BODY", key);
    case Kind::text:
      return write_search_text(out, "TEXT", key);
    case Kind::header:
      out.text("HEADER ").string(key.field).text(" ").string(key.text);
      return;
    case Kind::and_:
      if (key.children.empty()) return out.refuse("A search key is empty.");
      out.text("(");
      write_children(out, key);
      out.text(")");
      return;
    case Kind::or_:
      return write_operands(out, "OR ", key, 2);
    case Kind::not_:
      return write_operands(out, "NOT ", key, 1);
  }
}

void write_search_program(ArgumentWriter& out, const SearchKey& key) {
  if (key.kind == SearchKey::Kind::and_ && !key.children.empty())
    write_children(out, key);
  else
    write_search_key(out, key);
}

}  // namespace satchel::imap
