#include "proxy/app/doctor.hpp"
#include "proxy/app/service.hpp"
#include "proxy/stream/tls.hpp"
#include "store/check_store.hpp"

namespace satchel::app {

awaitable<Result<Json>> Service::doctor(const boost::json::object& arguments) {
  boost::json::array checks;
  if (!parts_.certificate_pem.empty()) {  // a proxy runs; it makes a new one where this is none
    const auto days = stream::days_left(parts_.certificate_pem);
    checks.push_back(
        one_check("certificate", days && *days > 0, days ? std::to_string(*days) + " days left." : days.error().text));
  }
  for (const store::AccountSettings& settings : parts_.store->accounts()) {
    account::Engine* running = engine(settings.id);
    if (running == nullptr) continue;
    const account::Status status = co_await running->status();
    checks.push_back(
        one_check("upstream", status.state == account::State::online, settings.name + ": " + status.detail));
    checks.push_back(
        one_check("journal", status.operations_parked == 0,
                  settings.name + ": " + std::to_string(status.operations_parked) + " operations parked."));
  }
  if (flag_of(arguments, "deep")) {
    const auto findings = co_await store::check_store(*parts_.store, summary_reads);
    if (!findings) co_return findings.error();
    add_findings(*findings, checks);
  }
  co_return Json(std::move(checks));
}

}  // namespace satchel::app
