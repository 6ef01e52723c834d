// What 'satchel doctor' says. A check is {"check": what, "good": bool, "detail": one sentence}.
#pragma once

#include <boost/json/array.hpp>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "store/check.hpp"

namespace satchel::app {

boost::json::object one_check(const char* what, bool good, const std::string& detail);
void add_findings(const store::Findings& findings, boost::json::array& checks);

// Whether what the proxy stored of a message beside its bytes can be read (store::SummaryReads).
bool summary_reads(std::string_view envelope, std::string_view structure);

// 'doctor --deep' of a home that no program runs on: straight from its files, so also where the store does not
// start. Errors: locked, not_found, corrupt (not even a file list can be had: the sentence names the file).
Result<boost::json::array> check_closed_home(const std::filesystem::path& folder);

}  // namespace satchel::app
