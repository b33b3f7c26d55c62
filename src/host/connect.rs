//! A client to a server, straight or through a proxy: every call to an API server or a health endpoint is made by one.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::Client;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::config::Config;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tower::{Service, ServiceExt as _};

use super::node::proxies_of_this_process;
use super::tls::{Trusting, provider};
use crate::proxy::{Proxy, Scheme, Settings};

/// Long enough for an API server under load on the same host, short enough that a dead one is noticed.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);

/// The environment's, which does not change while the program runs.
static SETTINGS: LazyLock<Settings> = LazyLock::new(|| Settings::of(&proxies_of_this_process()));

/// What connections to a server take, where nothing else is said.
pub fn proxy_of_environment(server: &Uri) -> Option<Proxy> {
    SETTINGS.proxy_for(server).cloned()
}

/// The client for what kube has made of a kubeconfig, or for an address. Who waits, and how long, is for the plan to say:
/// nothing is tried again.
pub fn client(mut config: Config, proxy: Option<&Proxy>) -> Result<Client, kube::Error> {
    provider();
    let roots = config.root_cert.take();
    let trusting = (!config.accept_invalid_certs).then_some(roots).flatten();
    if trusting.is_some() || config.accept_invalid_certs {
        // Else the host's CAs are read, for nothing.
        config.root_cert = Some(Vec::new());
    }
    let mut tls = config.rustls_client_config()?;
    if let Some(roots) = trusting {
        tls.dangerous().set_certificate_verifier(Arc::new(Trusting::new(roots)));
    }
    let name = config.tls_server_name.as_ref();
    let name = name.and_then(|name| ServerName::try_from(name.clone()).ok());
    let mut straight = HttpConnector::new();
    straight.enforce_http(false);
    match proxy {
        None => built(&config, secured(straight, tls, name)),
        Some(proxy) => match proxy.scheme {
            Scheme::Http => built(&config, secured(named(proxy, tunnel(proxy, straight)), tls, name)),
            Scheme::Https => {
                let to_proxy = secured(straight, tls.clone(), None);
                built(&config, secured(named(proxy, tunnel(proxy, to_proxy)), tls, name))
            }
            Scheme::Socks5 => {
                let mut socks = SocksV5::new(proxy.uri.clone(), straight);
                if let Some(user) = &proxy.user {
                    socks = socks.with_auth(user.name.clone(), user.password.expose_secret().to_owned());
                }
                built(&config, secured(named(proxy, socks), tls, name))
            }
        },
    }
}

/// What goes wrong on the way to a proxy, and at it: no fault of the server's.
#[derive(Debug, thiserror::Error)]
#[error("the proxy {proxy} did not connect")]
pub struct AtProxy {
    /// Its URL, without user and password.
    pub proxy: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

fn named<C>(
    proxy: &Proxy,
    connector: C,
) -> impl Service<Uri, Response = C::Response, Error = AtProxy, Future: Send + 'static>
+ Clone
+ Send
+ Sync
+ 'static
where
    C: Service<Uri, Future: Send + 'static> + Clone + Send + Sync + 'static,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let proxy = proxy.to_string();
    connector.map_err(move |source: C::Error| AtProxy { proxy: proxy.clone(), source: source.into() })
}

fn tunnel<C>(proxy: &Proxy, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri.clone(), connector);
    let user = proxy.user.as_ref().map(|user| HeaderValue::from_str(user.basic().expose_secret()));
    match user {
        Some(Ok(basic)) => tunnel.with_auth(basic),
        Some(Err(_)) | None => tunnel,
    }
}

fn secured<C>(connector: C, tls: ClientConfig, name: Option<ServerName<'static>>) -> HttpsConnector<C> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    match name {
        Some(name) => builder
            .with_server_name_resolver(FixedServerNameResolver::new(name))
            .enable_http1()
            .wrap_connector(connector),
        None => builder.enable_http1().wrap_connector(connector),
    }
}

fn built<C>(config: &Config, connector: HttpsConnector<C>) -> Result<Client, kube::Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connector = TimeoutConnector::new(connector);
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_read_timeout(Some(ANSWER));
    connector.set_write_timeout(Some(ANSWER));
    let client: hyper_util::client::legacy::Client<_, Body> =
        hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
    let client = client.map_err(Box::<dyn std::error::Error + Send + Sync>::from);
    let client = ClientBuilder::new(client, config.default_namespace.clone())
        .with_layer(&config.extra_headers_layer()?);
    let place = config.base_uri_layer();
    Ok(match config.auth_layer()? {
        Some(credentials) => client.with_layer(&credentials).with_layer(&place).build(),
        None => client.with_layer(&place).build(),
    })
}

#[cfg(test)]
mod tests;
