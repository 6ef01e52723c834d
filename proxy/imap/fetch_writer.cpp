#include "proxy/imap/response_writer.hpp"

namespace satchel::imap {
namespace {

// Writes one response of each kind; overloads in the order of Response.
struct Write {
  std::string& out;

  void operator()(const StatusResponse& value) const { write_status(out, value); }
  void operator()(const Continuation& value) const { write_continuation(out, value.text); }
  void operator()(const CapabilityData& value) const { write_capabilities(out, value.capabilities); }
  void operator()(const EnabledData& value) const { write_enabled(out, value.capabilities); }
  void operator()(const FlagsData& value) const { write_flags_data(out, value.flags); }
  void operator()(const ListData& value) const { write_list(out, value); }
  void operator()(const StatusData& value) const { write_status_data(out, value); }
  void operator()(const SearchData& value) const { write_search(out, value); }
  void operator()(const EsearchData& value) const { write_esearch(out, value); }
  void operator()(const ExistsData& value) const { write_exists(out, value.number); }
  void operator()(const RecentData& value) const { write_recent(out, value.number); }
  void operator()(const ExpungeData& value) const { write_expunge(out, value.number); }
  void operator()(const VanishedData& value) const { write_vanished(out, value); }
  void operator()(const NamespaceData& value) const { write_namespace(out, value); }
  void operator()(const IdData& value) const { write_id(out, value); }
  void operator()(const FetchData& value) const;
  void operator()(const UnknownData&) const {}  // nothing of it was kept
};

void write_fetched_section(FetchWriter& writer, const FetchedSection& section) {
  std::string name = "BODY[" + section.section + "]";
  if (section.origin) name += "<" + std::to_string(*section.origin) + ">";
  std::string bytes;
  write_nstring(bytes, section.bytes);
  writer.ready_item(name, bytes);
}

void Write::operator()(const FetchData& value) const {
  FetchWriter writer(out, value.number);
  if (value.uid) writer.uid(*value.uid);
  if (value.flags) writer.flags(*value.flags);
  if (value.internal_date) writer.internal_date(*value.internal_date);
  if (value.size) writer.size(*value.size);
  if (value.mod_seq) writer.mod_seq(*value.mod_seq);
  if (!value.email_id.empty()) writer.email_id(value.email_id);
  for (const FetchedSection& section : value.sections) write_fetched_section(writer, section);
  writer.finish();
}

}  // namespace

FetchWriter::FetchWriter(std::string& out, std::uint32_t number) : out_(out) {
  out_ += "* ";
  write_number(out_, number);
  out_ += " FETCH (";
}

void FetchWriter::name(std::string_view name) {
  if (!first_) out_ += ' ';
  first_ = false;
  out_ += name;
  out_ += ' ';
}

void FetchWriter::uid(std::uint32_t uid) {
  name("UID");
  write_number(out_, uid);
}

void FetchWriter::flags(std::span<const std::string> flags) {
  name("FLAGS");
  write_flag_list(out_, flags);
}

void FetchWriter::flags_text(std::string_view list) {
  name("FLAGS");
  out_ += list;
}

void FetchWriter::internal_date(const DateTime& time) {
  name("INTERNALDATE");
  out_ += '"';
  out_ += write_date_time(time);
  out_ += '"';
}

void FetchWriter::size(std::uint64_t size) {
  name("RFC822.SIZE");
  write_number(out_, size);
}

void FetchWriter::mod_seq(std::uint64_t mod_seq) {
  name("MODSEQ");
  out_ += '(';
  write_number(out_, mod_seq);
  out_ += ')';
}

void FetchWriter::email_id(std::string_view id) {
  name("EMAILID");
  out_ += '(';
  write_astring(out_, id);
  out_ += ')';
}

void FetchWriter::ready_item(std::string_view item, std::string_view value) {
  name(item);
  out_ += value;
}

// "BODY" section ["<" number ">"], or the name under which RFC822 and its parts were asked for.
void FetchWriter::section_name(const FetchItem& item) {
  switch (item.kind) {
    case FetchItem::Kind::rfc822:
      return name("RFC822");
    case FetchItem::Kind::rfc822_header:
      return name("RFC822.HEADER");
    case FetchItem::Kind::rfc822_text:
      return name("RFC822.TEXT");
    default:
      break;
  }
  std::string whole = "BODY[" + write_section(item.section) + "]";
  if (item.partial) whole += "<" + std::to_string(item.partial->offset) + ">";
  name(whole);
}

void FetchWriter::section(const FetchItem& item, std::string_view bytes) {
  section_name(item);
  if (bytes.empty())
    out_ += "\"\"";
  else
    write_literal(out_, bytes);
}

void FetchWriter::section_nil(const FetchItem& item) {
  section_name(item);
  out_ += "NIL";
}

void FetchWriter::section_head(const FetchItem& item, std::uint64_t size) {
  section_name(item);
  out_ += '{';
  write_number(out_, size);
  out_ += "}\r\n";
}

void FetchWriter::finish() {
  out_ += ")\r\n";
}

void write_response(std::string& out, const Response& response) {
  std::visit(Write{out}, response);
}

}  // namespace satchel::imap
