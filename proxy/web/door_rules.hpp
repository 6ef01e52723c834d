// Who may use the HTTP interface; pure, so that a table of headers tests it.
#pragma once

#include <string>

#include "proxy/web/http.hpp"

namespace satchel::web {

struct Headers {
  std::string host;
  std::string origin;         // empty: none sent
  std::string authorization;  // "Bearer TOKEN"
  std::string cookie;         // "satchel=TOKEN" among others
  std::string fetch_site;     // Sec-Fetch-Site; empty: not a browser
};

enum class Verdict { admit, no_token, wrong_host, wrong_origin };

Verdict judge(const Headers& headers, const Door& door);

}  // namespace satchel::web
