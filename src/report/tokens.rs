//! Bootstrap tokens as kubeadm lists them: a table, or documents of its output API. Both show the tokens whole.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::table::{INVALID, Screen, Sheet};
use super::times::rfc3339;
use crate::config::{BootstrapToken, Expiry};

const HEAD: [&str; 6] = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"];
const GAP: &str = "   ";
const NONE: &str = "<none>";

/// kubeadm's columns, each as wide as its widest cell; nothing where there is no token.
pub fn token_table(tokens: &[BootstrapToken], now: Timestamp, screen: Screen) -> String {
    if tokens.is_empty() {
        return String::new();
    }
    let rows = tokens.iter().map(|token| row(token, now).to_vec()).collect();
    Sheet { head: HEAD.map(str::to_owned).to_vec(), rows, plain: table }.text(screen)
}

fn table(rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    cells.join(GAP).trim_end().to_owned() + "\n"
}

fn row(token: &BootstrapToken, now: Timestamp) -> [String; 6] {
    let end = end(token, now);
    [
        token.token.text().expose_secret().to_owned(),
        end.map_or_else(|| "<forever>".to_owned(), |end| time_left(end.duration_since(now))),
        end.map_or_else(|| "<never>".to_owned(), rfc3339),
        or_none(token.usages.join(",")),
        or_none(token.description.as_deref().map(one_line).unwrap_or_default()),
        or_none(token.groups.join(",")),
    ]
}

fn or_none(text: String) -> String {
    if text.is_empty() { NONE.to_owned() } else { text }
}

/// A description is anybody's text: what would end the line, or move a terminal's cursor, becomes a space.
fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// `BootstrapToken` of `output.kubeadm.k8s.io/v1alpha3`; what a token does not have is left out.
pub fn token_document(token: &BootstrapToken, now: Timestamp) -> Value {
    let fields = [
        ("kind", json!("BootstrapToken")),
        ("apiVersion", json!("output.kubeadm.k8s.io/v1alpha3")),
        ("token", json!(token.token.text().expose_secret())),
        ("description", json!(token.description)),
        ("expires", json!(end(token, now).map(rfc3339))),
        ("usages", json!(token.usages)),
        ("groups", json!(token.groups)),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_null() && *value != json!([]));
    Value::Object(given.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn end(token: &BootstrapToken, now: Timestamp) -> Option<Timestamp> {
    match token.expiry {
        Expiry::Never => None,
        Expiry::At(end) => Some(end),
        Expiry::After(length) => now.checked_add(SignedDuration::from_nanos(length.nanoseconds())).ok(),
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;
const UNITS: [(i64, char); 5] = [(YEAR, 'y'), (DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm'), (1, 's')];

/// The whole units of the largest that fits, as kubectl tells ages. A second too late is still now: clocks differ.
fn time_left(left: SignedDuration) -> String {
    let seconds = left.as_secs();
    let fits = UNITS.iter().find(|(length, _)| seconds >= *length);
    match fits {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None if seconds >= -1 => "0s".to_owned(),
        None => INVALID.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{TokenOrigin, TokenString};
    use crate::secret::Secret;

    fn now() -> Timestamp {
        "2026-11-21T13:56:16Z".parse().unwrap()
    }

    fn tokens() -> Vec<BootstrapToken> {
        let token = |id: &str| TokenString { id: id.to_owned(), secret: Secret::new("0123456789abcdef") };
        vec![
            BootstrapToken {
                token: token("aaaaaa"),
                origin: TokenOrigin::Given,
                description: Some("for the\nlab".to_owned()),
                expiry: Expiry::Never,
                usages: vec!["authentication".to_owned(), "signing".to_owned()],
                groups: vec!["system:bootstrappers:a".to_owned(), "system:bootstrappers:b".to_owned()],
            },
            BootstrapToken {
                token: token("bbbbbb"),
                origin: TokenOrigin::Given,
                description: None,
                expiry: Expiry::At("2026-11-22T13:56:15Z".parse().unwrap()),
                usages: Vec::new(),
                groups: Vec::new(),
            },
        ]
    }

    #[test]
    fn the_table_has_kubeadm_s_columns() {
        let table = "\
TOKEN                     TTL         EXPIRES                USAGES                   DESCRIPTION   EXTRA GROUPS
aaaaaa.0123456789abcdef   <forever>   <never>                authentication,signing   for the lab   system:bootstrappers:a,system:bootstrappers:b
bbbbbb.0123456789abcdef   23h         2026-11-22T13:56:15Z   <none>                   <none>        <none>
";
        assert_eq!(token_table(&tokens(), now(), Screen::Plain), table);
    }

    #[test]
    fn no_tokens_are_no_table() {
        assert_eq!(token_table(&[], now(), Screen::Plain), "");
    }

    #[test]
    fn the_documents_are_those_of_kubeadm_s_output_api() {
        let documents: Vec<Value> = tokens().iter().map(|token| token_document(token, now())).collect();
        assert_eq!(
            documents,
            [
                json!({
                    "kind": "BootstrapToken", "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
                    "token": "aaaaaa.0123456789abcdef", "description": "for the\nlab",
                    "usages": ["authentication", "signing"],
                    "groups": ["system:bootstrappers:a", "system:bootstrappers:b"],
                }),
                json!({
                    "kind": "BootstrapToken", "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
                    "token": "bbbbbb.0123456789abcdef", "expires": "2026-11-22T13:56:15Z",
                }),
            ]
        );
    }

    #[test]
    fn the_time_left_is_told_as_kubectl_tells_ages() {
        let cases = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (HOUR - 1, "59m"),
            (HOUR, "1h"),
            (DAY - 1, "23h"),
            (DAY, "1d"),
            (YEAR - 1, "364d"),
            (2 * YEAR, "2y"),
        ];
        for (seconds, told) in cases {
            assert_eq!(time_left(SignedDuration::from_secs(seconds)), told, "{seconds}");
        }
    }
}
