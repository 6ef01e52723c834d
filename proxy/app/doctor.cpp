#include "proxy/app/doctor.hpp"

#include "proxy/app/home.hpp"
#include "proxy/mime/summary.hpp"

namespace satchel::app {
namespace {

constexpr std::uint64_t checked_at_once = 64 * 1024 * 1024;  // bytes of contents

}  // namespace

boost::json::object one_check(const char* what, bool good, const std::string& detail) {
  return {{"check", what}, {"good", good}, {"detail", detail}};
}

void add_findings(const store::Findings& findings, boost::json::array& checks) {
  for (const std::string& problem : findings.told) checks.push_back(one_check("store", false, problem));
  if (findings.problems > findings.told.size())
    checks.push_back(
        one_check("store", false, "There are " + std::to_string(findings.problems - findings.told.size()) + " more."));
  checks.push_back(one_check("store", findings.problems == 0,
                             std::to_string(findings.rows) + " rows and " + std::to_string(findings.contents) +
                                 " contents of " + std::to_string(findings.bytes) + " bytes were read, " +
                                 std::to_string(findings.problems) + " problems found."));
}

bool summary_reads(std::string_view envelope, std::string_view structure) {
  return mime::SummaryView::open(envelope, structure).has_value();
}

Result<boost::json::array> check_closed_home(const std::filesystem::path& folder) {
  const auto files = HomeFiles::open(folder);
  if (!files) return files.error();
  store::Check check(summary_reads);
  check.rows(*files->parts.database);
  check.files(*files->parts.database);
  while (check.contents(*files->parts.database, *files->parts.segments, checked_at_once)) continue;
  boost::json::array checks;
  add_findings(check.findings(), checks);
  return checks;
}

}  // namespace satchel::app
