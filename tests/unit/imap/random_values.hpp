// Commands and responses from a seed, for properties.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "proxy/imap/command.hpp"
#include "proxy/imap/response.hpp"

namespace satchel::imap {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool flip() { return below(2) == 0; }
  std::uint32_t nonzero() { return std::uint32_t(1 + below(flip() ? 20 : 0xffffffff)); }
  std::uint64_t mod_seq() { return 1 + below(0x7ffffffffffffffe); }

  // Any bytes but NUL, with what could break out of an argument among them.
  std::string text();
  std::string field();  // printable
  std::string atom();
  std::string flag();
  std::string keyword();
  std::vector<std::string> flags();
  std::vector<std::string> capabilities();
  SequenceSet set();
  SequenceSet uids();  // without "*"
  DateTime date_time();

  Command command();
  Response response();

 private:
  template <class T>
  const T& one_of(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  Section section();
  FetchItem fetch_item();
  SearchKey search_key(int depth);
  std::vector<StatusItem> status_items();
  List list();
  Select select();
  Search search();
  Fetch fetch();
  Store store();
  FetchData fetch_data();
  StatusResponse status_response();
  EsearchData esearch();
  StatusData status_data();
  NamespaceData name_spaces();

  std::mt19937_64 engine_;
};

}  // namespace satchel::imap
