//! What a check asks of an instance, and which answers are good ones: the same for the checkers of all languages, which
//! only connect.

use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::LoadBalancer;
use crate::balance::options::count;
use crate::error::{Error, ErrorCode, Result};

/// How an instance is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckProtocol {
    /// By a request, whose answer must have a status that is expected.
    #[default]
    Http,
    /// By a connection, which must be accepted.
    Tcp,
}

/// Options of checkers: what [`HealthCheckOptions`](super::HealthCheckOptions) say of the times, these say of the connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckerOptions {
    /// How an instance is asked.
    pub protocol: CheckProtocol,
    /// The path that is asked for, after that of the instance's own URL; begins with `/`.
    pub path: String,
    /// The method of the request: GET or HEAD.
    pub method: String,
    /// What the request says of the host; the instance's own by default.
    pub host: Option<String>,
    /// The port that is asked; the instance's own by default.
    pub port: Option<u16>,
    /// The lowest status that is expected, 100 to 599.
    pub lowest_status: u16,
    /// The highest status that is expected, 100 to 599.
    pub highest_status: u16,
    /// Checks that are on their way at a time, 1 to 10,000. Others wait.
    pub concurrency: u32,
}

impl Default for CheckerOptions {
    fn default() -> Self {
        Self {
            protocol: CheckProtocol::default(),
            path: "/".to_owned(),
            method: "GET".to_owned(),
            host: None,
            port: None,
            lowest_status: 200,
            highest_status: 299,
            concurrency: 32,
        }
    }
}

/// Where a check connects to, and what it asks for there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckTarget {
    /// Whether the connection is one of TLS.
    pub tls: bool,
    /// The host, without brackets where it is an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path of the request.
    pub path: String,
    /// What the request says of the host.
    pub authority: String,
}

impl CheckTarget {
    /// The whole as a URL.
    pub fn url(&self) -> String {
        let Self { tls, host, port, path, .. } = self;
        let scheme = if *tls { "https" } else { "http" };
        if host.contains(':') {
            format!("{scheme}://[{host}]:{port}{path}")
        } else {
            format!("{scheme}://{host}:{port}{path}")
        }
    }
}

impl CheckerOptions {
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] and [`ErrorCode::ConfigOutOfRange`], with the option's name.
    pub fn check(&self) -> Result<()> {
        let wrong = |field: &str, message: String| Err(Error::new(ErrorCode::ConfigInvalid, message).field(field));
        if !self.path.starts_with('/') || self.path.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return wrong("path", format!("path is {:?}, which does not begin with / or has spaces", self.path));
        }
        if !matches!(self.method.as_str(), "GET" | "HEAD") {
            return wrong("method", format!("method is {:?}, neither GET nor HEAD", self.method));
        }
        if let Some(host) = self.host.as_ref().filter(|host| host.parse::<http::uri::Authority>().is_err()) {
            return wrong("host", format!("host is {host:?}, which is no name of a host"));
        }
        if self.port == Some(0) {
            return Err(Error::new(ErrorCode::ConfigOutOfRange, "port is 0, not in 1 to 65535").field("port"));
        }
        count("lowest_status", self.lowest_status.into(), 100, 599)?;
        count("highest_status", self.highest_status.into(), self.lowest_status.into(), 599)?;
        count("concurrency", self.concurrency.into(), 1, 10_000)
    }

    /// [`CheckerOptions::check`], and that this balancer has checks.
    ///
    /// # Errors
    /// As there; [`ErrorCode::ConfigInvalid`] with the field `health_check` where nothing says when instances are checked.
    pub fn check_for(&self, balancer: &LoadBalancer) -> Result<()> {
        if balancer.options().health_check.is_none() {
            return Err(Error::new(ErrorCode::ConfigInvalid, "the balancer has no checks")
                .field("health_check")
                .hint("make it with options of that name, which say when instances are checked"));
        }
        self.check()
    }

    /// Where the check of an instance at this address goes: a URL, or `host:port`.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for an address that is none, and without a port where nothing says one.
    ///
    /// ```
    /// use opusclip_core::balance::CheckerOptions;
    /// let options = CheckerOptions { path: "/health".to_owned(), ..CheckerOptions::default() };
    /// assert_eq!(options.target("http://10.0.0.1:8000/v2/")?.url(), "http://10.0.0.1:8000/v2/health");
    /// assert_eq!(options.target("[2001:db8::1]:8000")?.host, "2001:db8::1");
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn target(&self, address: &str) -> Result<CheckTarget> {
        let wrong = |what: &str| {
            Error::new(ErrorCode::ConfigInvalid, format!("the address {address:?} {what}"))
                .field("id")
                .hint("give `http://host:port` or `host:port` as the id or as metadata `url`")
        };
        let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let uri: Uri = whole.parse().map_err(|_| wrong("is no URL"))?;
        let tls = match (uri.scheme_str(), self.protocol) {
            (Some("http"), _) => false,
            (Some("https"), _) => true,
            (_, CheckProtocol::Tcp) => false,
            _ => return Err(wrong("has neither http nor https")),
        };
        let authority =
            uri.authority().filter(|authority| !authority.host().is_empty()).ok_or_else(|| wrong("has no host"))?;
        let said = authority.as_str().rsplit('@').next().unwrap_or_default();
        let known = address.contains("://") || self.protocol == CheckProtocol::Http;
        let usual = known.then_some(if tls { 443 } else { 80 });
        let port = self.port.or(authority.port_u16()).or(usual).ok_or_else(|| wrong("has no port"))?;
        // A port that is none is not taken for one that is not said.
        if authority.port_u16().is_none() && said.len() > authority.host().len() {
            return Err(wrong("has a port that is none"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let path = format!("{}{}", uri.path().trim_end_matches('/'), self.path);
        Ok(CheckTarget { tls, host, port, path, authority: self.host.clone().unwrap_or_else(|| said.to_owned()) })
    }

    /// What is wrong with an answer of this status, if anything is.
    pub fn refusal(&self, status: u16) -> Option<String> {
        let Self { lowest_status, highest_status, .. } = self;
        let expected = (*lowest_status..=*highest_status).contains(&status);
        (!expected).then(|| format!("it said {status}, not {lowest_status} to {highest_status}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_a_check_goes() {
        let options = CheckerOptions { path: "/up?deep=1".to_owned(), ..CheckerOptions::default() };
        for (address, url) in [
            ("http://a", "http://a:80/up?deep=1"),
            ("https://a/base/", "https://a:443/base/up?deep=1"),
            ("a:9000", "http://a:9000/up?deep=1"),
            ("http://[::1]:9000", "http://[::1]:9000/up?deep=1"),
            ("http://user:secret@a:1", "http://a:1/up?deep=1"),
        ] {
            assert_eq!(options.target(address).unwrap().url(), url, "{address}");
        }
        assert_eq!(options.target("http://user:secret@a:1").unwrap().authority, "a:1");
        for address in ["", "ftp://a", "http://", "http:///x", "a b", "a:99999"] {
            let error = options.target(address).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ConfigInvalid, "{address:?}");
        }
    }

    #[test]
    fn a_connection_needs_a_port() {
        let options = CheckerOptions { protocol: CheckProtocol::Tcp, ..CheckerOptions::default() };
        assert!(options.target("db").is_err());
        assert_eq!(options.target("db:5432").unwrap().port, 5432);
        assert_eq!(options.target("redis://db:6379").unwrap().port, 6379);
        let other = CheckerOptions { port: Some(9), host: Some("name".to_owned()), ..options };
        let target = other.target("db").unwrap();
        assert_eq!((target.port, target.authority.as_str()), (9, "name"));
    }

    #[test]
    fn options_that_cannot_be_are_refused_by_name() {
        let wrong = |change: fn(&mut CheckerOptions)| {
            let mut options = CheckerOptions::default();
            change(&mut options);
            options.check().unwrap_err().field_name().unwrap().to_owned()
        };
        assert_eq!(wrong(|o| o.path = "health".to_owned()), "path");
        assert_eq!(wrong(|o| o.path = "/a b".to_owned()), "path");
        assert_eq!(wrong(|o| o.method = "POST".to_owned()), "method");
        assert_eq!(wrong(|o| o.host = Some("a\r\nb".to_owned())), "host");
        assert_eq!(wrong(|o| o.port = Some(0)), "port");
        assert_eq!(wrong(|o| o.lowest_status = 99), "lowest_status");
        assert_eq!(wrong(|o| o.highest_status = 199), "highest_status");
        assert_eq!(wrong(|o| o.concurrency = 0), "concurrency");
        assert_eq!(CheckerOptions::default().refusal(500).unwrap(), "it said 500, not 200 to 299");
        assert_eq!(CheckerOptions::default().refusal(204), None);
    }
}
