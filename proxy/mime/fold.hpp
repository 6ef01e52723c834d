// Text as searches compare it: case folded, compatibility decomposed (Unicode NFKD without
// reordering), runs of white space as one space. Near i;unicode-casemap (RFC 5051).
#pragma once

#include <string>
#include <string_view>

namespace satchel::mime {

class Folder {
 public:
  // Whole characters of UTF-8; appends. White space that ends a piece and begins the next is one run.
  void fold(std::string_view text, std::string& out);

 private:
  bool after_space_ = false;
};

}  // namespace satchel::mime
