//! The templates of tests/templates, each with what Go answers; the tests there hold them against the real kubeadm.

use serde_json::Value as Json;

use super::MissingKeys;

const DOCUMENT: &str = include_str!("../../tests/templates/document.json");

/// One template, and what is given to it.
pub struct Case<'a> {
    /// The row as tests/templates has it, with what Go has answered.
    pub row: &'a Json,
    /// The template's text.
    pub template: &'a str,
    /// On which it is run.
    pub document: &'a Json,
    /// As the row has it.
    pub missing: MissingKeys,
}

/// Fails with each of `list` that `answer` prints otherwise, or refuses for another reason. `reason` is what of an error counts.
pub fn answered_alike(
    list: &str,
    answer: impl Fn(&Case<'_>) -> Result<String, String>,
    reason: impl Fn(&str) -> &str,
) {
    let document: Json = serde_json::from_str(DOCUMENT).unwrap();
    let rows: Vec<Json> = serde_json::from_str(list).unwrap();
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let ours = answer(&case(row, &document));
            let is_right = match (&ours, row["printed"].as_str(), row["error"].as_str()) {
                (Ok(ours), Some(printed), None) => ours == printed,
                // What is refused in other words here is refused for the reason that the row has beside Go's.
                (Err(ours), None, Some(error)) => {
                    reason(ours) == row["here"].as_str().unwrap_or_else(|| reason(error))
                }
                _ => false,
            };
            (!is_right).then(|| format!("{row}\n  here: {ours:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn case<'a>(row: &'a Json, document: &'a Json) -> Case<'a> {
    let missing = if row["strict"] == true { MissingKeys::Refused } else { MissingKeys::Allowed };
    Case { row, template: row["template"].as_str().unwrap(), document, missing }
}
