#include "proxy/mime/address.hpp"

#include "proxy/mime/tokens.hpp"

namespace satchel::mime {

namespace {

class AddressReader {
 public:
  explicit AddressReader(std::string_view raw) : tokens_(raw) {}

  std::vector<Address> read(std::size_t limit) {
    while (result_.size() < limit) {
      tokens_.skip_space();
      if (tokens_.done()) break;
      if (tokens_.take(',')) continue;
      if (tokens_.peek() == ';') {
        tokens_.pass();
        end_group();
        continue;
      }
      read_one();
    }
    end_group();
    return std::move(result_);
  }

 private:
  // address = mailbox / group; one of them begins here.
  void read_one() {
    tokens_.forget_comment();
    const std::string_view start = tokens_.rest();
    std::string words = phrase();
    if (tokens_.take(':')) {
      end_group();
      in_group_ = true;
      result_.push_back({{}, {}, std::move(words), {}});
    } else if (tokens_.take('<')) {
      angle_address(std::move(words));
    } else {
      tokens_.back_to(start);
      tokens_.forget_comment();
      bare_address();
    }
  }

  void end_group() {
    if (in_group_) result_.push_back({});
    in_group_ = false;
  }

  // phrase = 1*word / obs-phrase: atoms, quoted strings and dots, with one space where there was any
  std::string phrase() {
    std::string result;
    bool gap = false;
    for (;;) {
      const std::string_view before = tokens_.rest();
      tokens_.skip_space();
      gap = gap || (before.size() != tokens_.rest().size() && !result.empty());
      std::string word;
      if (tokens_.peek() == '"') {
        word = tokens_.quoted_string();
      } else if (tokens_.take('.')) {
        word = ".";
      } else {
        word = tokens_.atom();
        if (word.empty()) return result;
      }
      if (gap) result += ' ';
      gap = false;
      result += word;
    }
  }

  // local-part = dot-atom / quoted-string / obs-local-part; spaces around dots go
  std::string local_part() {
    std::string result;
    for (;;) {
      tokens_.skip_space();
      if (tokens_.peek() == '"') {
        result += tokens_.quoted_string();
      } else {
        std::string word = tokens_.atom();
        if (word.empty() && tokens_.peek() != '.') return result;
        result += word;
      }
      tokens_.skip_space();
      if (!tokens_.take('.')) return result;
      result += '.';
    }
  }

  // domain = dot-atom / domain-literal / obs-domain
  std::string domain() {
    std::string result;
    for (;;) {
      tokens_.skip_space();
      result += tokens_.peek() == '[' ? tokens_.domain_literal() : tokens_.atom();
      tokens_.skip_space();
      if (!tokens_.take('.')) return result;
      result += '.';
    }
  }

  // angle-addr = "<" [obs-route] addr-spec ">"
  void angle_address(std::string words) {
    Address address;
    tokens_.skip_space();
    if (tokens_.peek() == '@') address.route = route();
    address.mailbox = local_part();
    if (tokens_.take('@')) address.host = domain();
    skip_to_angle_end();
    if (!words.empty()) address.name = std::move(words);
    add(std::move(address));
  }

  // obs-route = obs-domain-list ":"
  std::string route() {
    std::string result;
    while (!tokens_.done() && tokens_.peek() != ':' && tokens_.peek() != '>') {
      if (tokens_.take(',')) {
        if (!result.empty()) result += ',';
      } else if (tokens_.take('@')) {
        result += '@' + domain();
      } else {
        tokens_.pass();
      }
      tokens_.skip_space();
    }
    tokens_.take(':');
    return result;
  }

  void skip_to_angle_end() {
    while (!tokens_.done() && tokens_.peek() != ',' && tokens_.peek() != ';')
      if (tokens_.take('>'))
        return skip_to_separator();
      else
        tokens_.pass();
  }

  void skip_to_separator() {
    for (;;) {
      tokens_.skip_space();
      if (tokens_.done() || tokens_.peek() == ',' || tokens_.peek() == ';') return;
      if (tokens_.peek() == '"')
        tokens_.quoted_string();
      else
        tokens_.pass();
    }
  }

  // addr-spec, its comment being the name; or only words, which are the name then
  void bare_address() {
    Address address;
    const std::string_view start = tokens_.rest();
    address.mailbox = local_part();
    if (tokens_.take('@')) {
      address.host = domain();
    } else {
      tokens_.back_to(start);
      std::string words = phrase();
      if (words != address.mailbox || start.starts_with('"')) {
        address.mailbox.reset();
        address.name = std::move(words);
      }
    }
    if (!address.name && !tokens_.last_comment().empty()) address.name = tokens_.last_comment();
    skip_to_separator();
    add(std::move(address));
  }

  void add(Address address) {
    if (!address.mailbox || address.mailbox->empty()) address.mailbox = std::string(missing_mailbox);
    if (!address.host || address.host->empty()) address.host = std::string(missing_host);
    result_.push_back(std::move(address));
  }

  Tokens tokens_;
  std::vector<Address> result_;
  bool in_group_ = false;
};

}  // namespace

std::vector<Address> parse_addresses(std::string_view raw_value, std::size_t limit) {
  return AddressReader(raw_value).read(limit);
}

}  // namespace satchel::mime
