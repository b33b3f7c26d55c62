//! Lists, page by page, so that what a server answers never takes more memory than is set aside for it.

use serde_json::Value;

use super::api::{ApiError, Server};
use crate::join::discovery::Fault;

const JSON: &str = "application/json";
/// Objects a page. Even where each is as large as etcd takes them, it is one answer that can be held.
const PAGE: usize = 50;
/// More tokens, pods or deployments are in no cluster that is meant to be set up by hand.
const MOST: usize = 20_000;

impl Server {
    /// `GET path`, a list → the list with the items of all its pages.
    pub async fn list(&self, path: &str) -> Result<Value, ApiError> {
        let mut items: Vec<Value> = Vec::new();
        let mut from = String::new();
        loop {
            let mut page = self.call("GET", &page_path(path, &from), JSON, Vec::new()).await?;
            items.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(next) if !next.is_empty() && items.len() < MOST => next.clone_into(&mut from),
                Some(next) if !next.is_empty() => return Err(self.too_many(path)),
                Some(_) | None => {
                    page["items"] = items.into();
                    return Ok(page);
                }
            }
        }
    }

    fn too_many(&self, path: &str) -> ApiError {
        let what = path.split('?').next().unwrap_or_default();
        let cause = format!("it lists more than {MOST} objects at {what}");
        self.unreachable(cause, Fault::Other("too many objects".to_owned()))
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
    use super::super::fake_api::{Authority, FakeApi, Reply, SOUND};
    use super::*;

    async fn listed(
        answer: impl Fn(&str) -> Reply + Clone + Send + Sync + 'static,
    ) -> Result<Value, ApiError> {
        let api = FakeApi::serve(Authority::new().server("127.0.0.1", SOUND), move |question| {
            answer(&question.path)
        })
        .await;
        let server = Server::unverified(&format!("https://{}", api.endpoint)).unwrap();
        server.list("/pods?a=b").await
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
        assert_eq!(found.await.unwrap()["items"], serde_json::json!([1, 2, 3]));
    }

    #[tokio::test]
    async fn a_list_without_an_end_ends() {
        let page = format!(r#"{{"metadata":{{"continue":"x"}},"items":[{}0]}}"#, "0,".repeat(5000));
        let found = listed(move |_| Reply(200, page.clone(), Vec::new())).await.unwrap_err();
        assert!(found.to_string().contains("more than 20000 objects at /pods"), "{found}");
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_refused() {
        let found = listed(|_| Reply(200, " ".repeat(5 << 20), Vec::new())).await.unwrap_err();
        assert!(matches!(found, ApiError::Unreachable { .. }), "{found}");
    }
}
