//! A resolver on the internet, asked over https: it may see a fresh name that the resolver of this machine still denies.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderValue, Method};
use reqwest::Request;
use serde_json::Value;
use url::Url;

use crate::net::out::api_client::ApiClient;
use crate::net::out::tls::TlsOptions;

/// Cloudflare's resolver, which answers in JSON.
const CLOUDFLARE: &str = "https://cloudflare-dns.com/dns-query";

/// Time for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of an answer.
const LONGEST_ANSWER: usize = 64 << 10;

/// The most addresses that are tried.
const MOST_ADDRESSES: usize = 4;

/// Asks a resolver on the internet for addresses.
#[derive(Debug)]
pub struct PublicResolver {
    url: String,
    client: ApiClient,
}

impl PublicResolver {
    /// The resolver that answers at this URL.
    pub fn at(url: &str, tls: TlsOptions) -> Self {
        Self { url: url.to_owned(), client: ApiClient::new(tls) }
    }

    /// The usual resolver.
    pub fn usual() -> Self {
        Self::at(CLOUDFLARE, TlsOptions::default())
    }

    /// The addresses of a host; none where the resolver knows none, or cannot be asked.
    pub async fn addresses(&self, host: &str, port: u16) -> Vec<SocketAddr> {
        for kind in ["A", "AAAA"] {
            let answer = self.ask(host, kind).await.unwrap_or_default();
            let found = addresses_in(&answer);
            if !found.is_empty() {
                return found.into_iter().map(|address| SocketAddr::new(address, port)).collect();
            }
        }
        Vec::new()
    }

    async fn ask(&self, host: &str, kind: &str) -> Option<Value> {
        let mut url = Url::parse(&self.url).ok()?;
        url.query_pairs_mut().append_pair("name", host).append_pair("type", kind);
        let mut request = Request::new(Method::GET, url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/dns-json"));
        let response = self.client.send(request, PATIENCE).await.ok()?;
        let text = response.whole(LONGEST_ANSWER, PATIENCE).await.ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// The addresses in an answer. It has other records too, such as the name that a name means.
fn addresses_in(answer: &Value) -> Vec<IpAddr> {
    let records = answer.get("Answer").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let address = |record: &Value| record.get("data")?.as_str()?.parse().ok();
    records.iter().filter_map(address).take(MOST_ADDRESSES).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::addresses_in;

    #[test]
    fn only_addresses_are_taken_from_an_answer_whatever_its_shape() {
        let answer = json!({"Status": 0, "Answer": [
            {"name": "x.trycloudflare.com", "type": 5, "data": "edge.example."},
            {"type": 1, "data": "104.16.230.132"},
            {"type": 28, "data": "2606:4700::6810:e684"},
            {"type": 1, "data": 7}, null, {"type": 1},
        ]});
        assert_eq!(addresses_in(&answer).len(), 2);
        for odd in [json!(null), json!([]), json!({"Status": 3}), json!({"Answer": {}}), json!({"Answer": null})] {
            assert!(addresses_in(&odd).is_empty(), "{odd}");
        }
        let many = json!({"Answer": vec![json!({"data": "1.2.3.4"}); 100]});
        assert_eq!(addresses_in(&many).len(), 4);
    }
}
