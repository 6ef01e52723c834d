// What a server says, as bytes appended to a buffer: the mirror of response_reader.hpp. Every
// function here gives whole, valid lines or pieces, whatever the values contain. RFC 3501 section 7.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/imap/response.hpp"

namespace satchel::imap {

// Terminals.
void write_number(std::string& out, std::uint64_t number);
bool is_quotable(std::string_view bytes);                    // short, printable ASCII
void write_quoted(std::string& out, std::string_view text);  // must hold no CR, LF, NUL: write_string() where it may
void write_literal(std::string& out, std::string_view bytes);
void write_string(std::string& out, std::string_view bytes);   // quoted where that can be, else a literal
void write_astring(std::string& out, std::string_view bytes);  // an atom where that can be, else a string
void write_nstring(std::string& out, const std::optional<std::string>& bytes);
void write_flag_list(std::string& out, std::span<const std::string> flags);

// Whole responses, CRLF included.
void write_status(std::string& out, const StatusResponse& status);
void write_continuation(std::string& out, std::string_view text);
void write_capabilities(std::string& out, std::span<const std::string> capabilities);  // * CAPABILITY ...
void write_enabled(std::string& out, std::span<const std::string> capabilities);
void write_flags_data(std::string& out, std::span<const std::string> flags);
void write_list(std::string& out, const ListData& list);
void write_status_data(std::string& out, const StatusData& data);
void write_search(std::string& out, const SearchData& data);
void write_esearch(std::string& out, const EsearchData& data);
void write_exists(std::string& out, std::uint32_t number);
void write_recent(std::string& out, std::uint32_t number);
void write_expunge(std::string& out, std::uint32_t number);
void write_vanished(std::string& out, const VanishedData& data);
void write_namespace(std::string& out, const NamespaceData& data);
void write_id(std::string& out, const IdData& data);
void write_response(std::string& out, const Response& response);  // any of them

// One "* n FETCH (...)": items in any order, then finish(). Literals may be longer than what is in
// memory: section_head() announces them and the caller appends exactly that many bytes.
class FetchWriter {
 public:
  FetchWriter(std::string& out, std::uint32_t number);

  void uid(std::uint32_t uid);
  void flags(std::span<const std::string> flags);
  void flags_text(std::string_view list);  // as write_flags() made it, brackets included
  void internal_date(const DateTime& time);
  void size(std::uint64_t size);
  void mod_seq(std::uint64_t mod_seq);
  void email_id(std::string_view id);
  void ready_item(std::string_view name,
                  std::string_view value);  // ENVELOPE, BODY, BODYSTRUCTURE: value as it goes out
  // `item` is of kind section, rfc822, rfc822_header or rfc822_text; its name is echoed as RFC 3501 wants it.
  void section(const FetchItem& item, std::string_view bytes);
  void section_nil(const FetchItem& item);
  void section_head(const FetchItem& item, std::uint64_t size);
  void finish();  // ")" CRLF

 private:
  void name(std::string_view name);
  void section_name(const FetchItem& item);
  std::string& out_;
  bool first_ = true;
};

}  // namespace satchel::imap
