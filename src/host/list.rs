//! Lists, page by page, so that what a server answers never takes more memory than is set aside for it.

use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, Server};

const JSON: &str = "application/json";
/// Objects a page. Even where each is as large as etcd takes them, it is one answer that can be held.
const PAGE: usize = 50;
/// More tokens, pods or deployments are in no cluster that is meant to be set up by hand.
const MOST: usize = 20_000;
/// Of all pages. Tokens have one kilobyte, pods ten.
const MOST_BYTES: usize = 64 << 20;
/// A page may have no object, since a selector has taken all of them out.
const MOST_PAGES: usize = 1_000;
/// For all pages.
const WHOLE: Duration = Duration::from_mins(1);
/// How often a list is begun again whose pages were no longer to be had.
const TRIES: usize = 3;

impl Server {
    /// `GET path`, a list → the items of all its pages.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let tried = tokio::time::timeout(WHOLE, self.whole_list(path)).await;
        tried.unwrap_or_else(|_| Err(self.endless(path, &format!("takes more than {} s", WHOLE.as_secs()))))
    }

    /// What a page goes on from is known for some minutes, and less where etcd is compacted: then all is asked for again.
    async fn whole_list(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        for _ in 1..TRIES {
            match self.pages(path).await {
                Err(ApiError::Refused { code: 410, .. }) => {}
                done => return done,
            }
        }
        self.pages(path).await
    }

    async fn pages(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let (mut items, mut bytes, mut from) = (Vec::new(), 0_usize, String::new());
        for _ in 0..MOST_PAGES {
            let (page, size) = self.sized_call("GET", &page_path(path, &from), JSON, Vec::new()).await?;
            bytes = bytes.saturating_add(size);
            let next = page.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default();
            next.clone_into(&mut from);
            items.extend(of_page(page).ok_or_else(|| self.senseless("GET", path, "no list".to_owned()))?);
            if from.is_empty() {
                return Ok(items);
            }
            if items.len() >= MOST {
                return Err(self.endless(path, &format!("has more than {MOST} objects")));
            }
            if bytes >= MOST_BYTES {
                return Err(self.endless(path, &format!("has more than {} MiB", MOST_BYTES >> 20)));
            }
        }
        Err(self.endless(path, &format!("has more than {MOST_PAGES} pages")))
    }

    fn endless(&self, path: &str, how: &str) -> ApiError {
        self.senseless("GET", path, format!("a list that {how}"))
    }
}

/// Go writes an empty list as `null`.
fn of_page(mut page: Value) -> Option<Vec<Value>> {
    let is_a_list = page.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match page.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Some(items),
        Some(Value::Null) | None if is_a_list => Some(Vec::new()),
        Some(_) | None => None,
    }
}

/// What a server gives to go on with is its own, and of its own alphabet.
fn page_path(path: &str, from: &str) -> String {
    let and = if path.contains('?') { '&' } else { '?' };
    let next = percent_encoding::utf8_percent_encode(from, percent_encoding::NON_ALPHANUMERIC);
    let next = if from.is_empty() { String::new() } else { format!("&continue={next}") };
    format!("{path}{and}limit={PAGE}{next}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::fake_api::{Authority, FakeApi, Reply, SOUND};
    use super::*;

    async fn listed(
        answer: impl Fn(&str) -> Reply + Clone + Send + Sync + 'static,
    ) -> Result<Vec<Value>, ApiError> {
        let api = FakeApi::serve(Authority::new().server("127.0.0.1", SOUND), move |question| {
            answer(&question.path)
        })
        .await;
        let server = Server::unverified(&format!("https://{}", api.endpoint)).unwrap();
        server.list("/pods?a=b").await
    }

    async fn said(body: &str) -> String {
        let body = body.to_owned();
        listed(move |_| Reply(200, body.clone(), Vec::new())).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn all_pages_are_one_list() {
        let found = listed(|path| {
            let page = match path {
                "/pods?a=b&limit=50" => r#"{"metadata":{"continue":"a=&/"},"items":[1,2]}"#,
                "/pods?a=b&limit=50&continue=a%3D%26%2F" => r#"{"metadata":{},"items":[3]}"#,
                other => panic!("{other}"),
            };
            Reply(200, page.to_owned(), Vec::new())
        });
        assert_eq!(found.await.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn an_empty_list_is_one_and_what_is_none_is_told() {
        for body in [
            r#"{"kind":"PodList","items":[]}"#,
            r#"{"kind":"PodList","items":null}"#,
            r#"{"kind":"PodList","metadata":[]}"#,
        ] {
            let found = listed(move |_| Reply(200, body.to_owned(), Vec::new())).await.unwrap();
            assert!(found.is_empty(), "{body}");
        }
        for (body, with) in [
            ("[]", "no JSON object"),
            ("null", "no JSON object"),
            ("\"x\"", "no JSON object"),
            ("<html>", "no JSON"),
            ("{}", "no list"),
            (r#"{"items":{}}"#, "no list"),
            (r#"{"kind":"Pod"}"#, "no list"),
            (r#"{"type":"ADDED","object":{"kind":"Pod"}}"#, "no list"),
            (r#"{"kind":"Status","status":"Failure"}"#, "a failure that calls itself a success"),
        ] {
            let said = said(body).await;
            assert!(
                said.ends_with(&format!("answered GET /pods with {with}, as no API server would")),
                "{said}"
            );
        }
    }

    #[tokio::test]
    async fn a_redirect_is_no_answer() {
        let body = r#"{"kind":"PodList","items":[]}"#;
        let location = vec![("location", "https://127.0.0.1:1/".to_owned())];
        let found = listed(move |_| Reply(307, body.to_owned(), location.clone())).await.unwrap_err();
        assert!(found.to_string().contains("with the status 307"), "{found}");
    }

    #[tokio::test]
    async fn a_list_without_an_end_ends() {
        let page = format!(r#"{{"metadata":{{"continue":"x"}},"items":[{}0]}}"#, "0,".repeat(5000));
        assert!(said(&page).await.contains("GET /pods with a list that has more than 20000 objects"));
        let empty = r#"{"kind":"PodList","metadata":{"continue":"x"}}"#;
        assert!(said(empty).await.contains("a list that has more than 1000 pages"));
        let large = format!(r#"{{"metadata":{{"continue":"x"}},"items":["{}"]}}"#, "x".repeat(4_000_000));
        assert!(said(&large).await.contains("a list that has more than 64 MiB"));
    }

    #[tokio::test]
    async fn a_list_whose_pages_expire_is_begun_again() {
        let asked = Arc::new(AtomicUsize::new(0));
        let found = listed(move |path| {
            let expired = path.contains("continue") && asked.fetch_add(1, Ordering::SeqCst) < 1;
            match (expired, path.contains("continue")) {
                (true, _) => Reply(410, "{}".to_owned(), Vec::new()),
                (false, true) => Reply(200, r#"{"items":[2]}"#.to_owned(), Vec::new()),
                (false, false) => {
                    Reply(200, r#"{"metadata":{"continue":"x"},"items":[1]}"#.to_owned(), Vec::new())
                }
            }
        });
        assert_eq!(found.await.unwrap(), [1, 2]);
        let found = listed(|_| Reply(410, "{}".to_owned(), Vec::new())).await.unwrap_err();
        assert!(matches!(found, ApiError::Refused { code: 410, .. }), "{found}");
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_refused() {
        let found = listed(|_| Reply(200, " ".repeat(5 << 20), Vec::new())).await.unwrap_err();
        assert!(matches!(found, ApiError::Unreachable { .. }), "{found}");
    }
}
