//! What a container asks for, and what it may take at most.

use k8s_openapi::api::core::v1::ResourceRequirements;

use super::container::ContainerPath;
use super::{Faults, Rule};
use crate::quantity::billionths;

/// Notes amounts that are no quantities, and requests above their limits.
pub fn judge(place: &ContainerPath<'_>, given: &ResourceRequirements, faults: &mut Faults) {
    for (list, amounts) in [("requests", &given.requests), ("limits", &given.limits)] {
        for (name, amount) in amounts.iter().flatten() {
            let field = place.field(&format!("resources.{list}.{name}"));
            if billionths(&amount.0).is_none_or(|number| number < 0) {
                faults.add(&field, Rule::NotAQuantity { value: amount.0.clone() });
            }
        }
    }
    for (name, request) in given.requests.iter().flatten() {
        let Some(limit) = given.limits.as_ref().and_then(|limits| limits.get(name)) else { continue };
        if let (Some(asked), Some(most)) = (billionths(&request.0), billionths(&limit.0))
            && asked > most
        {
            let rule = Rule::RequestAboveLimit { request: request.0.clone(), limit: limit.0.clone() };
            faults.add(&place.field(&format!("resources.requests.{name}")), rule);
        }
    }
}
