#include "proxy/app/run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "proxy/app/connectors.hpp"
#include "proxy/app/gate.hpp"
#include "proxy/app/generation_mark.hpp"
#include "proxy/app/home.hpp"
#include "proxy/app/listener.hpp"
#include "proxy/app/log.hpp"
#include "proxy/app/random_password.hpp"
#include "proxy/app/running_file.hpp"
#include "proxy/app/version.hpp"
#include "proxy/platform/system_hints.hpp"
#include "proxy/server/run_session.hpp"
#include "proxy/stream/real_clock.hpp"
#include "proxy/stream/socket_stream.hpp"
#include "store/put_back.hpp"

namespace satchel::app {
namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::seconds mark_every{60};
constexpr std::chrono::hours sweep_every{1};
constexpr std::chrono::minutes first_sweep{5};
constexpr std::chrono::seconds look_at_system_every{2};
constexpr std::chrono::seconds stood_still{5};  // longer than that: the computer, or this process, slept
constexpr int renew_certificate_days = 30;
constexpr const char* certificate_setting = "local certificate";
constexpr const char* certificate_key_setting = "local certificate key";
constexpr const char* generation_setting = "generation";

platform::Endpoint endpoint_of(const tcp::endpoint& from) {
  platform::Endpoint out;
  out.port = from.port();
  if (from.address().is_v4()) {
    const auto bytes = from.address().to_v4().to_bytes();
    out.address.assign(bytes.begin(), bytes.end());
  } else {
    const auto bytes = from.address().to_v6().to_bytes();
    out.address.assign(bytes.begin(), bytes.end());
  }
  return out;
}

// Everything that runs, from the first listener to the last session.
class Proxy {
 public:
  Proxy(boost::asio::io_context& loop, boost::asio::thread_pool& pool, Home& home, Settings settings,
        std::filesystem::path folder)
      : loop_(loop),
        pool_(pool),
        home_(home),
        settings_(settings),
        folder_(std::move(folder)),
        clock_(stream::make_real_clock(loop.get_executor())),
        signals_(loop, SIGINT, SIGTERM),
        peers_(platform::make_peer_check()),
        hints_(platform::make_system_hints()) {}

  awaitable<Result<>> start() {
    const auto certificate = co_await load_certificate();
    if (!certificate) co_return certificate.error();
    const auto tls = stream::make_server_tls(certificate->certificate_pem, certificate->key_pem);
    if (!tls) co_return tls.error();
    tls_ = *tls;
    const auto counted = co_await count_generation();
    if (!counted) co_return counted.error();
    if (const auto bound = bind_all(); !bound) co_return bound.error();
    ServiceParts parts;
    parts.executor = loop_.get_executor();
    parts.store = &home_.store();
    parts.clock = clock_.get();
    parts.settings = settings_;
    parts.ports = Ports{imap_->port(), imap_tls_->port(), web_->port()};
    parts.certificate_pem = certificate->certificate_pem;
    parts.make_connector = make_connectors(loop_.get_executor());
    service_ = std::make_unique<Service>(std::move(parts));
    backfill_ = make_backfill(*service_);
    prepare_context();
    service_->start_engines();
    imap_->start([this](tcp::socket socket) { accept_imap(std::move(socket), Side::plain); });
    imap_tls_->start([this](tcp::socket socket) { accept_imap(std::move(socket), Side::tls); });
    door_ = web::Door{web_->port(), random_password()};
    web_->start([this](tcp::socket socket) { accept_web(std::move(socket)); });
    if (const auto written = write_running_file(folder_, door_); !written) co_return written.error();
    boost::asio::co_spawn(loop_, keep_house(), boost::asio::detached);
    boost::asio::co_spawn(loop_, watch_system(), boost::asio::detached);
    log_info("Ready: IMAP on port " + std::to_string(imap_->port()) + ", with TLS on " +
             std::to_string(imap_tls_->port()) + ", web on " + std::to_string(web_->port()) + ".");
    co_return Result<>{};
  }

  awaitable<void> until_signal() {
    co_await signals_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    log_info("Stopping.");
  }

  awaitable<void> stop() {
    stopping_ = true;
    remove_running_file(folder_);
    for (Listener* listener : {imap_.get(), imap_tls_.get(), web_.get()})
      if (listener != nullptr) listener->close();
    sessions_.close_all();
    if (service_) co_await service_->stop_engines();
    const auto until = clock_->steady() + std::chrono::seconds(5);
    while (sessions_.count() > 0 && clock_->steady() < until)
      (void)co_await clock_->sleep(std::chrono::milliseconds(20));
    write_generation();
    loop_.stop();
  }

 private:
  enum class Side : std::uint8_t { plain, tls };

  Result<> bind_all() {
    const auto executor = loop_.get_executor();
    auto imap = Listener::bind(executor, settings_.imap_port, "imap.port");
    if (!imap) return imap.error();
    auto imap_tls = Listener::bind(executor, settings_.imap_tls_port, "imap.tls_port");
    if (!imap_tls) return imap_tls.error();
    auto web = Listener::bind(executor, settings_.web_port, "web.port");
    if (!web) return web.error();
    imap_ = std::move(*imap);
    imap_tls_ = std::move(*imap_tls);
    web_ = std::move(*web);
    return {};
  }

  void prepare_context() {
    context_.executor = loop_.get_executor();
    context_.pool = pool_.get_executor();
    context_.store = &home_.store();
    context_.backfill = backfill_.get();
    context_.clock = clock_.get();
    context_.shared = std::make_shared<server::SharedMarks>();
    context_.log = [](std::string_view sentence) { log_warn(sentence); };
    context_.version = version;
  }

  platform::Peer peer_of(const tcp::socket& socket) {
    boost::system::error_code error;
    const auto ours = socket.local_endpoint(error);
    const auto theirs = socket.remote_endpoint(error);
    if (error) return platform::Peer::unknown;
    return peers_->check(endpoint_of(ours), endpoint_of(theirs));
  }

  bool is_welcome(platform::Peer peer) const {
    return peer == platform::Peer::same_user ||
           (peer == platform::Peer::unknown && settings_.unknown_peer == UnknownPeer::allow);
  }

  void accept_imap(tcp::socket socket, Side side) {
    if (stopping_) return;
    const platform::Peer peer = peer_of(socket);
    if (!is_welcome(peer)) {
      log_warn("A connection was refused: it is not of this user's processes.");
      return;
    }
    server::SessionContext context = context_;
    context.door = make_door(home_.store(), peer, settings_.unknown_peer);
    context.tls_offered = side == Side::plain;
    auto stream = stream::make_socket_stream(std::move(socket), stream::Role::server, tls_, {});
    const auto handshake = side == Side::tls ? server::Handshake::first : server::Handshake::none;
    boost::asio::co_spawn(loop_, sessions_.run(std::move(stream), std::move(context), handshake),
                          boost::asio::detached);
  }

  void accept_web(tcp::socket socket) {
    if (stopping_ || !is_welcome(peer_of(socket))) return;
    const web::Handler handler = [this](web::Request request) { return answer(std::move(request)); };
    boost::asio::co_spawn(loop_, web::serve(std::move(socket), door_, handler), boost::asio::detached);
  }

  awaitable<web::Reply> answer(web::Request request) {
    web::Reply reply;
    if (request.path != "/v1/perform" || request.method != "POST") {
      reply.status = 404;
      reply.body = "{\"error\":\"There is nothing here.\"}";
      co_return reply;
    }
    boost::system::error_code error;
    const Json parsed = boost::json::parse(request.body, error);
    const auto* object = parsed.if_object();
    const auto* arguments = object == nullptr ? nullptr : object->if_contains("arguments");
    if (error || arguments == nullptr || !arguments->is_object()) {
      reply.status = 400;
      reply.body = "{\"error\":\"This is no request.\"}";
      co_return reply;
    }
    std::string verb = text_of(*object, "verb", {});
    boost::json::object given = arguments->get_object();
    const auto done = co_await service_->perform(std::move(verb), std::move(given));
    boost::json::object out;
    if (done)
      out["answer"] = *done;
    else
      out["error"] = done.error().text;
    reply.body = boost::json::serialize(out);
    co_return reply;
  }

  // The certificate of this installation: made once, renewed with the same key before it ends, or where it is damaged.
  awaitable<Result<stream::LocalCertificate>> load_certificate() {
    store::Store& store = home_.store();
    const auto certificate = co_await store.get_setting(certificate_setting);
    const auto key = co_await store.get_setting(certificate_key_setting);
    if (certificate && key) {
      const auto days = stream::days_left(*certificate);
      stream::LocalCertificate kept{*certificate, *key};
      const bool opens = stream::make_server_tls(kept.certificate_pem, kept.key_pem).has_value();
      if (opens && days && *days > renew_certificate_days) co_return kept;
    }
    const auto made = stream::make_local_certificate(key ? *key : std::string());
    if (!made) co_return made.error();
    auto stored = co_await store.put_setting(certificate_setting, made->certificate_pem);
    if (stored) stored = co_await store.put_setting(certificate_key_setting, made->key_pem);
    if (!stored) co_return stored.error();
    co_return *made;
  }

  // A store whose generation is behind its mark, or whose mark is missing, was put back.
  awaitable<Result<>> count_generation() {
    store::Store& store = home_.store();
    const auto kept = co_await store.get_setting(generation_setting);
    std::uint64_t generation = 0;
    if (kept) generation = std::strtoull(kept->c_str(), nullptr, 10);
    const auto mark = read_mark(home_.mark_name());
    if (mark) mark_ = *mark;
    const bool put_back = mark ? mark->generation > generation : generation > 0;
    if (put_back) {
      ++mark_.put_backs;
      log_warn("This home was put back to an older state: what was under way is looked up before it is sent again.");
      for (const store::AccountSettings& account : store.accounts()) {
        const std::uint32_t count = mark_.put_backs;
        const auto jumped = co_await store.change(account.id, [count](store::Transaction& tx) -> Result<> {
          store::jump_after_put_back(tx, count);
          return {};
        });
        if (!jumped) co_return jumped.error();
      }
    }
    mark_.generation = std::max(mark_.generation, generation) + 1;
    const auto stored = co_await store.put_setting(generation_setting, std::to_string(mark_.generation));
    if (!stored) co_return stored.error();
    write_generation();
    co_return Result<>{};
  }

  void write_generation() {
    if (const auto written = write_mark(home_.mark_name(), mark_); !written) log_warn(written.error().text);
  }

  // Once a minute the mark goes on, where something changed; once an hour what nothing mentions is swept, and soon
  // after the start: some laptops never run for an hour.
  awaitable<void> keep_house() {
    const std::int64_t keep_seconds = std::int64_t(settings_.rescued_days) * 86400;
    const auto forgotten = co_await home_.store().forget_old_rescued(keep_seconds);
    if (!forgotten) log_warn(forgotten.error().text);
    auto next_sweep = clock_->steady() + first_sweep;
    std::uint64_t last_version = 0;
    while (!stopping_) {
      const auto slept = co_await clock_->sleep(mark_every);
      if (!slept || stopping_) co_return;
      std::uint64_t version_now = 0;
      for (const store::AccountSettings& account : home_.store().accounts())
        version_now += home_.store().view(account.id)->version;
      if (version_now != last_version) {
        last_version = version_now;
        ++mark_.generation;
        const auto stored = co_await home_.store().put_setting(generation_setting, std::to_string(mark_.generation));
        if (stored) write_generation();
      }
      if (clock_->steady() < next_sweep) continue;
      next_sweep = clock_->steady() + sweep_every;
      const auto swept = co_await home_.store().sweep(keep_seconds);
      if (!swept) log_warn(swept.error().text);
    }
  }

  awaitable<void> watch_system() {
    (void)hints_->network_changed();  // before the first connections
    while (!stopping_) {
      const auto before = clock_->steady() + hints_->asleep();
      const auto slept = co_await clock_->sleep(look_at_system_every);
      if (!slept || stopping_) co_return;
      const bool stood = clock_->steady() + hints_->asleep() - before > look_at_system_every + stood_still;
      const bool changed = hints_->network_changed();
      if (stood) log_info("The computer slept: all servers are connected anew.");
      if (stood || changed) service_->heed(stood ? account::Hint::slept : account::Hint::network_changed);
    }
  }

  boost::asio::io_context& loop_;
  boost::asio::thread_pool& pool_;
  Home& home_;
  Settings settings_;
  std::filesystem::path folder_;
  std::unique_ptr<stream::Clock> clock_;
  boost::asio::signal_set signals_;
  std::unique_ptr<platform::PeerCheck> peers_;
  std::unique_ptr<platform::SystemHints> hints_;
  stream::TlsContextPtr tls_;
  std::unique_ptr<Listener> imap_;
  std::unique_ptr<Listener> imap_tls_;
  std::unique_ptr<Listener> web_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<server::Backfill> backfill_;
  server::SessionContext context_;
  server::OpenSessions sessions_;
  web::Door door_;
  GenerationMark mark_;
  bool stopping_ = false;
};

awaitable<void> run_proxy(Proxy& proxy, Result<>& result) {
  result = co_await proxy.start();
  if (result) co_await proxy.until_signal();
  co_await proxy.stop();
}

}  // namespace

Result<> run(const Invocation& invocation) {
  const auto settings = load_settings(invocation.home);
  if (!settings) return settings.error();
  start_log(settings->log_level);
  boost::asio::io_context loop(1);
  boost::asio::thread_pool pool(3);  // contents that come take two, what a client reads the third
  auto home = Home::open(invocation.home, loop.get_executor(), pool);
  if (!home) return home.error();
  Result<> result;
  {
    Proxy proxy(loop, pool, **home, *settings, invocation.home);
    boost::asio::co_spawn(loop, run_proxy(proxy, result), boost::asio::detached);
    loop.run();
    pool.join();
  }
  home->reset();
  return result;
}

}  // namespace satchel::app
