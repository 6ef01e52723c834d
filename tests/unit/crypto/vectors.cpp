#include "vectors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "crypto/hex.hpp"

namespace satchel::crypto {

namespace json = boost::json;

namespace {

std::string place_of(std::string_view file) {
  return std::string(SATCHEL_SOURCE_DIR) + "/tests/vectors/crypto/" + std::string(file);
}

std::size_t number(const json::object& edit, const char* name) {
  return edit.at(name).to_number<std::size_t>();
}

void apply(std::string& bytes, const json::object& edit) {
  if (edit.contains("flip")) {
    const std::size_t bit = number(edit, "flip");
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  } else if (edit.contains("cut")) {
    bytes.resize(number(edit, "cut"));
  } else if (edit.contains("append")) {
    bytes += unhex(edit.at("append"));
  } else if (edit.contains("put")) {
    const std::string put = unhex(edit.at("put"));
    bytes.replace(number(edit, "at"), put.size(), put);
  } else if (edit.contains("copy")) {
    const std::size_t size = number(edit, "copy");
    bytes.replace(number(edit, "at"), size, bytes.substr(number(edit, "from"), size));
  } else {
    const std::string from = text_of(edit.at("replace"));
    const std::size_t place = bytes.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    bytes.replace(place, from.size(), text_of(edit.at("with")));
  }
}

}  // namespace

std::string unhex(const json::value& digits) {
  return from_hex(std::string_view(digits.as_string())).value();
}

std::string text_of(const json::value& text) {
  return std::string(text.as_string());
}

json::array read_vectors(std::string_view file) {
  std::ifstream in(place_of(file), std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  json::array vectors = json::parse(text.str()).as_array();
  json::object whole;
  for (json::value& vector : vectors) {
    json::object& members = vector.as_object();
    if (members.contains("as_before")) {
      for (const auto& [name, value] : whole) members.insert({{name, value}});  // what is there stays
    } else {
      whole = members;
    }
  }
  return vectors;
}

void write_vectors(std::string_view file, const json::array& vectors) {
  std::ofstream out(place_of(file), std::ios::binary);
  const char* before = "[\n";
  for (const json::value& vector : vectors) {
    out << before << json::serialize(vector);
    before = ",\n";
  }
  out << "\n]\n";
}

std::string damaged(std::string bytes, const json::array& edits) {
  for (const json::value& edit : edits) apply(bytes, edit.as_object());
  return bytes;
}

VectorFile file_of(const json::object& vector, FileFormat format) {
  return {Key::from(unhex(vector.at("master"))).value(),
          text_of(vector.at("name")),
          format,
          static_cast<FileClass>(vector.at("class").to_number<std::uint16_t>()),
          vector.at("epoch").to_number<std::uint32_t>(),
          damaged(unhex(vector.at("file")), vector.at("damage").as_array())};
}

}  // namespace satchel::crypto
