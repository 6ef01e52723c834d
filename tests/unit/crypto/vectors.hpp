// The vectors of tests/vectors/crypto: how they lie in their files (tests/vectors/README.md).
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

std::string unhex(const boost::json::value& digits);
std::string text_of(const boost::json::value& text);

// A vector with "as_before" comes with the members of the last one without, where it has none of its own.
boost::json::array read_vectors(std::string_view file);
void write_vectors(std::string_view file, const boost::json::array& vectors);  // one a line

// `bytes` after the edits of "damage": {"flip": bit} {"cut": size} {"append": hex} {"put": hex, "at": offset}
// {"copy": size, "from": offset, "at": offset} {"replace": text, "with": text}.
std::string damaged(std::string bytes, const boost::json::array& edits);

// What a vector says of a sealed file, with the name that `binding.name` points to.
struct VectorFile {
  Key master;
  std::string name;
  FileFormat format;
  FileClass file_class;
  std::uint32_t epoch;
  std::string bytes;

  FileBinding binding() const { return {format, file_class, name, epoch}; }
};

VectorFile file_of(const boost::json::object& vector, FileFormat format);

}  // namespace satchel::crypto
