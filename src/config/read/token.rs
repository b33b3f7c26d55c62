//! `bootstrapTokens`.

use std::collections::BTreeSet;

use super::component::one_of;
use super::timeouts::not_negative;
use crate::config::given::{Located, Remarks, Section};
use crate::config::problem::Problem;
use crate::config::requested::RequestedToken;
use crate::config::{Expiry, TokenString, defaults};
use crate::duration::GoDuration;
use crate::moment::moment;
use crate::secret::Secret;

const USAGES: [&str; 2] = ["signing", "authentication"];
/// Groups begin so; at most 256 characters may follow.
const GROUP_PREFIX: &str = "system:bootstrappers:";

/// The list, or the one token of a list that is empty.
pub fn bootstrap_tokens(section: Section, remarks: &mut Remarks) -> Vec<RequestedToken> {
    let tokens: Vec<RequestedToken> =
        section.sections("bootstrapTokens").map(|token| bootstrap_token(token, remarks)).collect();
    judge_ids(section, &tokens, remarks);
    if tokens.is_empty() { vec![bootstrap_token(Section::default(), remarks)] } else { tokens }
}

/// Tokens are Secrets named by their id.
fn judge_ids(section: Section, tokens: &[RequestedToken], remarks: &mut Remarks) {
    let mut ids = BTreeSet::new();
    for (given, token) in section.sections("bootstrapTokens").zip(tokens) {
        let twice = token.token.as_ref().is_some_and(|token| !ids.insert(token.id.clone()));
        if let (true, Some(given)) = (twice, given.text("token")) {
            remarks.refuse(&given.at, Problem::TokenIdTwice);
        }
    }
}

fn bootstrap_token(section: Section, remarks: &mut Remarks) -> RequestedToken {
    let usages = texts(section, "usages", remarks, usage);
    let groups = texts(section, "groups", remarks, group);
    let usages = if usages.is_empty() { USAGES.map(str::to_owned).to_vec() } else { usages };
    let groups = if groups.is_empty() { vec![defaults::TOKEN_GROUP.to_owned()] } else { groups };
    if let (false, Some(at)) = (usages.iter().any(|usage| usage == "authentication"), section.at()) {
        let at = section.get("groups").or_else(|| section.get("usages")).map_or(at, |given| &given.at);
        remarks.refuse(at, Problem::GroupsWithoutAuthentication);
    }
    RequestedToken {
        token: section.text("token").and_then(|given| given.read(remarks, str::parse::<TokenString>)),
        description: section.text("description").map(|given| given.value.to_owned()),
        expiry: expiry(section, remarks),
        usages,
        groups,
    }
}

fn texts(
    section: Section,
    name: &str,
    remarks: &mut Remarks,
    read: impl Fn(&str) -> Result<String, Problem>,
) -> Vec<String> {
    section.texts(name).into_iter().filter_map(|given| given.read(remarks, &read)).collect()
}

fn usage(text: &str) -> Result<String, Problem> {
    one_of(text, &USAGES).map_err(|_| Problem::NotAUsage { value: text.to_owned() })
}

/// As the token authenticator has it
/// (<https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#bootstrap-token-secret-format>).
fn group(text: &str) -> Result<String, Problem> {
    let name = text.strip_prefix(GROUP_PREFIX).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = name.bytes().all(|byte| plain(byte) || matches!(byte, b':' | b'-'));
    let sound = inner && name.len() <= 256 && name.bytes().next_back().is_some_and(plain);
    if sound { Ok(text.to_owned()) } else { Err(Problem::NotAGroup { value: text.to_owned() }) }
}

fn expiry(section: Section, remarks: &mut Remarks) -> Expiry {
    let ttl = section.text("ttl");
    let expires = section.text("expires");
    if let (Some(_), Some(expires)) = (&ttl, &expires) {
        remarks.refuse(&expires.at, Problem::TtlAndExpires);
    }
    let moment = expires.and_then(|given: Located<&str>| moment(given.value));
    if let Some(moment) = moment {
        return Expiry::At(moment);
    }
    match ttl.and_then(|given| given.read(remarks, not_negative)).unwrap_or(defaults::TOKEN_LIFE) {
        GoDuration::ZERO => Expiry::Never,
        life => Expiry::After(life),
    }
}

/// Whether a text is the first part of a token, which is public.
pub fn is_token_id(text: &str) -> bool {
    text.len() == 6 && is_plain(text)
}

fn is_plain(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

impl std::str::FromStr for TokenString {
    type Err = Problem;

    /// # Errors
    /// [`Problem::BadToken`], which does not say the token.
    fn from_str(text: &str) -> Result<Self, Problem> {
        match text.split_once('.') {
            Some((id, secret)) if is_token_id(id) && secret.len() == 16 && is_plain(secret) => {
                Ok(Self { id: id.to_owned(), secret: Secret::new(secret) })
            }
            _ => Err(Problem::BadToken),
        }
    }
}
