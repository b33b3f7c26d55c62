//! The command line's flags that change the configuration, as if they had been given in a file.

pub mod init;
pub mod join;
pub mod reset;
pub mod upgrade;

use std::collections::BTreeMap;

pub use init::{Flags, NewToken, TokenMaker};
pub use join::{DiscoveryNeed, JoinFlags};
pub use reset::ResetFlags;
pub use upgrade::{UpgradeApplyFlags, UpgradeDiffFlags, UpgradeFlags, UpgradeNodeFlags, UpgradePlanFlags};

use super::error::Place;
use super::given::{At, Located, Remarks, Tree};
use super::problem::Problem;
use crate::secret::Secret;

/// Flags that may stand beside `--config`; kubeadm's own list, and a word that is no flag.
const BESIDE_CONFIG: [&str; 5] = ["dry-run", IGNORE, "node-name", "skip-phases", VERSION];

/// The one flag whose values join those of the file.
const IGNORE: &str = "ignore-preflight-errors";

/// The values of rows that are given without a flag, as the usage names them.
const ARGUMENT: &str = "TOKEN";
const VERSION: &str = "VERSION";

/// A flag of a command, the field of v1beta4 that it stands for, and what was given of it.
type Row<F> = (&'static str, &'static str, fn(&F) -> Raw<'_>);

/// A flag's value, unread.
#[derive(Clone, Copy)]
pub(super) enum Raw<'a> {
    Text(&'a Option<String>),
    Secret(&'a Option<Secret>),
    Number(Option<i32>),
    Switch(Option<bool>),
    /// Repeatable, each value split at its commas.
    Texts(&'a [String]),
    /// `NAME=VALUE`, repeatable and split at commas.
    Arguments(&'a [String]),
    /// `NAME=true`, split at commas.
    Gates(&'a Option<String>),
}

/// A field that a flag gave.
struct Setting {
    flag: &'static str,
    field: &'static str,
    given: Located<Tree>,
}

/// The fields that the flags gave.
fn document<F>(rows: &[Row<F>], flags: &F, remarks: &mut Remarks) -> BTreeMap<String, Located<Tree>> {
    let mut fields = BTreeMap::new();
    for Setting { field, given, .. } in settings(rows, flags, remarks) {
        put(&mut fields, field, given);
    }
    fields
}

/// Lays those flags that may stand beside `--config` over the file's document, and refuses the others.
fn lay_over<F>(rows: &[Row<F>], flags: &F, document: &mut Located<Tree>, remarks: &mut Remarks) {
    let Tree::Map(fields) = &mut document.value else { return };
    for Setting { flag, field, given } in settings(rows, flags, remarks) {
        if !BESIDE_CONFIG.contains(&flag) {
            remarks.refuse(&given.at, Problem::MixedWithConfig { field });
        } else if flag == IGNORE {
            append(fields, field, given);
        } else {
            put(fields, field, given);
        }
    }
}

fn settings<F>(rows: &[Row<F>], flags: &F, remarks: &mut Remarks) -> Vec<Setting> {
    let setting = |(flag, field, raw): &Row<F>| {
        let tree = tree(flag, raw(flags), remarks)?;
        Some(Setting { flag, field, given: at_flag(flag, field, tree) })
    };
    rows.iter().filter_map(setting).collect()
}

/// The value in the form of its field; none where the flag was not given or is empty.
fn tree(flag: &'static str, raw: Raw, remarks: &mut Remarks) -> Option<Tree> {
    match raw {
        Raw::Text(text) => text.clone().filter(|text| !text.is_empty()).map(Tree::Text),
        Raw::Secret(secret) => secret.as_ref().map(|secret| Tree::Text(secret.expose_secret().to_owned())),
        Raw::Number(number) => number.map(|number| Tree::Number(number.into())),
        Raw::Switch(switch) => switch.map(Tree::Bool),
        Raw::Texts(texts) => list(pieces(texts).map(|text| at_flag(flag, "", Tree::Text(text.to_owned())))),
        Raw::Arguments(texts) => list(pieces(texts).filter_map(|pair| argument(flag, pair, remarks))),
        Raw::Gates(text) => gates(text.as_deref().unwrap_or_default(), remarks),
    }
}

fn pieces(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().flat_map(|text| text.split(',')).filter(|text| !text.is_empty())
}

fn list(items: impl Iterator<Item = Located<Tree>>) -> Option<Tree> {
    let items: Vec<Located<Tree>> = items.collect();
    (!items.is_empty()).then_some(Tree::List(items))
}

fn argument(flag: &'static str, pair: &str, remarks: &mut Remarks) -> Option<Located<Tree>> {
    let parts: Vec<&str> = pair.split('=').collect();
    let [name, value] = parts.as_slice() else {
        let at = At { place: Place::Flag(flag), field: String::new() };
        remarks.refuse(&at, Problem::NotAnArgument { value: pair.to_owned() });
        return None;
    };
    let field = |name: &str, text: &str| (name.to_owned(), at_flag(flag, "", Tree::Text(text.to_owned())));
    Some(at_flag(flag, "", Tree::Map(BTreeMap::from([field("name", name), field("value", value)]))))
}

/// `A=true,B=false`, with booleans as Go's `strconv.ParseBool` reads them.
fn gates(text: &str, remarks: &mut Remarks) -> Option<Tree> {
    let given = |value| at_flag("feature-gates", "featureGates", value);
    let mut gates = BTreeMap::new();
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').and_then(|(name, value)| Some((name.trim(), boolean(value.trim())?))) {
            Some((name, value)) => {
                gates.insert(name.to_owned(), given(Tree::Bool(value)));
            }
            None => {
                remarks.refuse(&given(Tree::Bool(false)).at, Problem::NotAGate { value: pair.to_owned() });
            }
        }
    }
    (!text.is_empty()).then_some(Tree::Map(gates))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn at_flag(flag: &'static str, field: &str, value: Tree) -> Located<Tree> {
    let place = if [ARGUMENT, VERSION].contains(&flag) { Place::Argument(flag) } else { Place::Flag(flag) };
    Located { value, at: At { place, field: field.to_owned() } }
}

/// A value that no flag gave.
fn bare(value: Tree) -> Located<Tree> {
    Located { value, at: At::host("") }
}

/// Puts `given` at the dotted path `field`, in the place of what was there.
fn put(fields: &mut BTreeMap<String, Located<Tree>>, field: &str, given: Located<Tree>) {
    let Some((section, rest)) = field.split_once('.') else {
        fields.insert(field.to_owned(), given);
        return;
    };
    let path = given.at.field.strip_suffix(rest).unwrap_or_default().trim_end_matches('.').to_owned();
    let map = || Located { value: Tree::Map(BTreeMap::new()), at: At::host(&path) };
    let inner = fields.entry(section.to_owned()).or_insert_with(map);
    if let Tree::Map(fields) = &mut inner.value {
        put(fields, rest, given);
    }
}

/// Adds the items of `given` to the list at the dotted path `field`.
fn append(fields: &mut BTreeMap<String, Located<Tree>>, field: &str, given: Located<Tree>) {
    let Some((section, rest)) = field.split_once('.') else {
        match (fields.get_mut(field).map(|list| &mut list.value), given.value) {
            (Some(Tree::List(items)), Tree::List(more)) => items.extend(more),
            (_, value) => {
                fields.insert(field.to_owned(), Located { value, at: given.at });
            }
        }
        return;
    };
    let inner = fields.entry(section.to_owned()).or_insert_with(|| bare(Tree::Map(BTreeMap::new())));
    if let Tree::Map(fields) = &mut inner.value {
        append(fields, rest, given);
    }
}
