//! What each member of etcd says of itself, with this host's files for a client.

use std::time::Duration;

use futures::future::join_all;

use super::etcd::{EtcdClient, EtcdError};
use super::files::Tree;
use super::member;
use crate::facts::{EtcdMember, EtcdSaid, Member, MemberStatus, Seen, Unseen};
use crate::plan::EtcdAccess;
use crate::text::in_full;

/// Asks all of them at once, within `limit` each.
pub async fn survey(tree: &Tree, endpoints: &[String], access: &EtcdAccess, limit: Duration) -> EtcdSaid {
    let tls = match member::tls(tree, access) {
        Ok(tls) => tls,
        Err(error) => return EtcdSaid::Unseen(Unseen::new("etcd", in_full(&error))),
    };
    let mut client = match EtcdClient::connect(endpoints, &tls, limit).await {
        Ok(client) => client,
        Err(error) => return EtcdSaid::Silent(in_full(&error)),
    };
    match client.members().await {
        Ok(members) => {
            let asked = members.into_iter().map(|member| asked(&client, member));
            EtcdSaid::Local(join_all(asked).await)
        }
        Err(error) => EtcdSaid::Silent(in_full(&error)),
    }
}

async fn asked(client: &EtcdClient, member: Member) -> EtcdMember {
    let status = status(client, &member).await;
    EtcdMember { member, status }
}

/// At the first of its URLs that answers.
async fn status(client: &EtcdClient, member: &Member) -> Seen<MemberStatus> {
    let mut answers = client.statuses(member).await;
    let why = match answers.iter().position(Result::is_ok) {
        Some(first) => return answers.swap_remove(first).map_err(|error| unseen(member, in_full(&error))),
        None => {
            answers.first().and_then(|answer| answer.as_ref().err()).map(|error: &EtcdError| in_full(error))
        }
    };
    Err(unseen(member, why.unwrap_or_else(|| "it has no URL".to_owned())))
}

fn unseen(member: &Member, why: String) -> Unseen {
    Unseen::new(format!("the member {} of etcd", member.id), why)
}
