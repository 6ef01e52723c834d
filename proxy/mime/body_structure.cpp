// BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2), written part by part without recursion.
#include <vector>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/content_fields.hpp"
#include "proxy/mime/envelope.hpp"
#include "proxy/mime/limits.hpp"
#include "proxy/mime/wire.hpp"

namespace satchel::mime {

namespace {

class StructureWriter {
 public:
  StructureWriter(const Structure& structure, Detail detail) : structure_(structure), detail_(detail) {}

  std::string write() {
    PartIndex at = 0;
    do {
      at = open(at);
    } while (at != no_part);
    return std::move(out_);
  }

 private:
  // Writes the beginning of a part; the next one to open, after closing what ends here.
  PartIndex open(PartIndex index) {
    const Part& part = structure_.parts[index];
    out_ += '(';
    if (part.kind != PartKind::multipart) write_basic(part);
    if (part.kind == PartKind::message && part.first_child != no_part) {
      const auto& envelope = structure_.parts[part.first_child].envelope;
      out_ += ' ';
      append_envelope(out_, envelope ? *envelope : EnvelopeFields{}, addresses_left_);
      out_ += ' ';
    }
    if (part.first_child != no_part) return part.first_child;
    if (part.kind == PartKind::multipart) write_empty_part();
    close(part);
    return next_after(part);
  }

  PartIndex next_after(const Part& part) {
    const Part* at = &part;
    while (at->next_sibling == no_part) {
      if (at->parent == no_part) return no_part;
      at = &structure_.parts[at->parent];
      close(*at);
    }
    return at->next_sibling;
  }

  // body-fields, for text the lines too
  void write_basic(const Part& part) {
    const ContentFields& fields = part.fields;
    const bool text = is_text(part);
    write_type(part);
    write_parameters(fields.parameters, text && find_parameter(fields.parameters, "charset").data() == nullptr);
    out_ += ' ';
    append_nstring(out_, fields.id);
    out_ += ' ';
    append_nstring(out_, fields.description);
    out_ += ' ';
    append_string(out_, fields.encoding.empty() ? "7bit" : fields.encoding);
    out_ += ' ' + std::to_string(part.body.size());
    if (text) out_ += ' ' + std::to_string(part.body_lines);
  }

  static bool is_text(const Part& part) {
    return part.kind == PartKind::single && (part.fields.type.empty() || same_name(part.fields.type, "text"));
  }

  void write_type(const Part& part) {
    const ContentFields& fields = part.fields;
    const bool too_deep = same_name(fields.type, "multipart") ||
                          (same_name(fields.type, "message") && same_name(fields.subtype, "rfc822"));
    if (part.kind == PartKind::message) {
      out_ += R"("message" "rfc822" )";
    } else if (fields.type.empty()) {
      out_ += R"("text" "plain" )";
    } else if (too_deep) {  // its parts were not looked for: without them the type would break the grammar
      out_ += R"("application" "octet-stream" )";
    } else {
      append_string(out_, fields.type);
      out_ += ' ';
      append_string(out_, fields.subtype);
      out_ += ' ';
    }
  }

  // body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
  void write_parameters(const std::vector<Parameter>& parameters, bool default_charset) {
    if (parameters.empty() && !default_charset) {
      out_ += "NIL";
      return;
    }
    char before = '(';
    for (const Parameter& parameter : parameters) {
      out_ += before;
      append_string(out_, parameter.name);
      out_ += ' ';
      append_string(out_, parameter.value);
      before = ' ';
    }
    if (default_charset) out_ += before + std::string(R"("charset" "us-ascii")");
    out_ += ')';
  }

  // A multipart without parts is not allowed on the wire.
  void write_empty_part() {
    out_ += R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)";
    out_ += detail_ == Detail::bodystructure ? " NIL NIL NIL NIL)" : ")";
  }

  void close(const Part& part) {
    const ContentFields& fields = part.fields;
    if (part.kind == PartKind::message) out_ += ' ' + std::to_string(part.body_lines);
    if (part.kind == PartKind::multipart) {
      out_ += ' ';
      append_string(out_, fields.subtype);
    }
    if (detail_ == Detail::bodystructure) {
      out_ += ' ';
      if (part.kind == PartKind::multipart) {
        write_parameters(fields.parameters, false);
      } else {
        append_nstring(out_, fields.md5);
      }
      write_disposition(fields);
      write_languages(fields);
      out_ += ' ';
      append_nstring(out_, fields.location);
    }
    out_ += ')';
  }

  // body-fld-dsp = "(" string SP body-fld-param ")" / nil
  void write_disposition(const ContentFields& fields) {
    out_ += ' ';
    if (fields.disposition.empty()) {
      out_ += "NIL";
      return;
    }
    out_ += '(';
    append_string(out_, fields.disposition);
    out_ += ' ';
    write_parameters(fields.disposition_parameters, false);
    out_ += ')';
  }

  // body-fld-lang = nstring / "(" string *(SP string) ")"
  void write_languages(const ContentFields& fields) {
    out_ += ' ';
    if (fields.languages.empty()) {
      out_ += "NIL";
      return;
    }
    char before = '(';
    for (const std::string& tag : fields.languages) {
      out_ += before;
      append_string(out_, tag);
      before = ' ';
    }
    out_ += ')';
  }

  const Structure& structure_;
  Detail detail_;
  std::size_t addresses_left_ = max_addresses;
  std::string out_;
};

}  // namespace

std::string render_structure(const Structure& structure, Detail detail) {
  return StructureWriter(structure, detail).write();
}

}  // namespace satchel::mime
