#include "proxy/mime/parameters.hpp"

#include <algorithm>
#include <charconv>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/limits.hpp"

namespace satchel::mime {

namespace {

struct Piece {
  std::string name;
  std::uint32_t number = 0;
  bool extended = false;  // its value holds %XX
  std::string value;
};

// section := "*" number ["*"]; whether `name` ends so.
std::optional<Piece> as_piece(const Parameter& parameter) {
  std::string_view name = parameter.name;
  Piece piece;
  if (name.ends_with('*')) {
    piece.extended = true;
    name.remove_suffix(1);
  }
  const auto star = name.rfind('*');
  if (star == std::string_view::npos || star == 0) return std::nullopt;
  const std::string_view digits = name.substr(star + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), piece.number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  piece.name = name.substr(0, star);
  piece.value = parameter.value;
  return piece;
}

std::string token_value(Tokens& tokens) {
  std::string value;
  while (!tokens.done() && tokens.peek() != ';' && !is_space(tokens.peek()) && tokens.peek() != '(') {
    if (tokens.peek() == '"') {
      value += tokens.quoted_string();
    } else {
      value.push_back(tokens.peek());
      tokens.pass();
    }
  }
  return value;
}

// Groups whose numbers run 0, 1, 2, … are joined; others stay as they were written.
void join(std::vector<Piece> pieces, std::vector<Parameter>& result) {
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    const std::string x = lowered(a.name), y = lowered(b.name);
    return x != y ? x < y : a.number < b.number;
  });
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t end = i + 1;
    while (end < pieces.size() && same_name(pieces[end].name, pieces[i].name)) ++end;
    bool whole = true;
    bool extended = false;
    for (std::size_t k = i; k < end; ++k) {
      whole = whole && pieces[k].number == k - i;
      extended = extended || pieces[k].extended;
    }
    Parameter joined{pieces[i].name + (extended ? "*" : ""), {}};
    for (; i < end; ++i) {
      if (whole) joined.value += pieces[i].value;
      if (!whole)
        result.push_back({pieces[i].name + "*" + std::to_string(pieces[i].number) + (pieces[i].extended ? "*" : ""),
                          pieces[i].value});
    }
    if (whole) result.push_back(std::move(joined));
  }
}

}  // namespace

// parameter := attribute "=" value; value := token / quoted-string
std::vector<Parameter> read_parameters(Tokens& tokens) {
  std::vector<Parameter> result;
  std::vector<Piece> pieces;
  while (!tokens.done() && result.size() + pieces.size() < max_parameters) {
    if (!tokens.take(';')) {
      tokens.pass();
      continue;
    }
    tokens.skip_space();
    Parameter parameter;
    parameter.name = tokens.mime_token();
    tokens.skip_space();
    if (parameter.name.empty() || !tokens.take('=')) continue;
    tokens.skip_space();
    parameter.value = token_value(tokens);
    tokens.skip_space();
    if (auto piece = as_piece(parameter)) {
      pieces.push_back(std::move(*piece));
    } else {
      result.push_back(std::move(parameter));
    }
  }
  join(std::move(pieces), result);
  return result;
}

}  // namespace satchel::mime
