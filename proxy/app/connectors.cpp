#include "proxy/app/connectors.hpp"

#include "proxy/stream/connector.hpp"

namespace satchel::app {

account::MakeConnector make_connectors(boost::asio::any_io_executor executor) {
  return [executor](const store::AccountSettings& settings) -> Result<std::unique_ptr<stream::Connector>> {
    stream::Target target{settings.host, settings.port, settings.security == store::Security::tls, nullptr};
    if (settings.security != store::Security::none) {
      const auto tls = stream::make_client_tls(settings.ca_pem);
      if (!tls) return tls.error();
      target.tls = *tls;
    }
    return stream::make_connector(executor, std::move(target));
  };
}

}  // namespace satchel::app
