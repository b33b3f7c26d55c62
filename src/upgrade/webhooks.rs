//! Check of admission webhooks: whether any that fails closed would refuse what an upgrade writes, because nobody answers for it.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::facts::Webhook;

/// An error where none of its pods is ready, and a warning where they are all on this host.
pub fn in_the_way(hop: &Hop<'_>) -> Vec<Finding> {
    let Ok(webhooks) = &hop.facts.webhooks else { return Vec::new() };
    let own = hop.facts.host.node_name.as_deref();
    webhooks.iter().filter_map(|webhook| judge(webhook, own)).collect()
}

fn judge(webhook: &Webhook, own: Option<&str>) -> Option<Finding> {
    let Webhook { configuration, name, service, ready_on, .. } = webhook;
    let what = webhook.resources.join(", ");
    let some = if webhook.has_conditions { "some of " } else { "" };
    let refused =
        format!("is asked about {some}what an upgrade writes ({what}), which fails where it does not answer");
    let fix = format!(
        "fix the pods behind the Service {service}; or, until the upgrade is over, have {configuration} leave kube-system out (namespaceSelector), \
         or set its failurePolicy to Ignore"
    );
    let is_only_here = own.is_some_and(|own| ready_on.len() == 1 && ready_on.contains(own));
    if ready_on.is_empty() {
        let message = format!("the webhook {name} has nobody who answers, and {refused}");
        let seen = format!(
            "{configuration} has failurePolicy Fail, and the Service {service} has no endpoint that is ready"
        );
        Some(Finding::error("WebhookInTheWay", Place::Cluster, message).seen(seen).fix(fix))
    } else if is_only_here {
        let message = format!("the webhook {name} is answered by pods of this host alone, and {refused}");
        let seen = format!(
            "{configuration} has failurePolicy Fail, and all ready endpoints of the Service {service} are on this host"
        );
        Some(Finding::warning("WebhookInTheWay", Place::Cluster, message).seen(seen).fix(fix))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;
    use crate::facts::Unseen;

    #[test]
    fn a_webhook_is_in_the_way_where_nobody_or_this_host_alone_answers_for_it() {
        let told = |ready_on: &[&str], own: Option<&str>| {
            let mut case = Case::to("v1.37.2");
            case.facts.host.node_name = own.map(str::to_owned);
            case.facts.webhooks = Ok(vec![Webhook {
                configuration: "ValidatingWebhookConfiguration policies".to_owned(),
                name: "a.test".to_owned(),
                resources: vec!["configmaps".to_owned()],
                service: "policies/webhook".to_owned(),
                has_conditions: false,
                ready_on: ready_on.iter().map(|name| (*name).to_owned()).collect(),
            }]);
            labels(&in_the_way(&case.hop()))
        };
        assert_eq!(told(&[], Some("cp1")), ["error WebhookInTheWay"]);
        assert_eq!(told(&["cp1"], Some("cp1")), ["warning WebhookInTheWay"]);
        assert!(told(&["cp1"], None).is_empty() && told(&["cp1", "w1"], Some("cp1")).is_empty());
        assert!(told(&["w1"], Some("cp1")).is_empty());
        let mut case = Case::to("v1.37.2");
        case.facts.webhooks = Err(Unseen::new("admission webhooks", "forbidden"));
        assert!(in_the_way(&case.hop()).is_empty());
    }
}
