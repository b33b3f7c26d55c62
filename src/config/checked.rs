//! A document → its checked tree, in the form of v1beta4.

use std::collections::BTreeMap;

use super::document::{Api, Document};
use super::error::Place;
use super::given::{At, Given, Remarks, Tree, object};
use super::walk::check;
use super::{ComponentDocument, v1beta3};
use crate::duration::GoDuration;
use crate::versions::schema::SchemaText;

const CLUSTER_V1BETA4: SchemaText = SchemaText(include_str!("../../templates/schema/cluster-v1beta4.json"));
const CLUSTER_V1BETA3: SchemaText = SchemaText(include_str!("../../templates/schema/cluster-v1beta3.json"));
const INIT_V1BETA4: SchemaText = SchemaText(include_str!("../../templates/schema/init-v1beta4.json"));
const INIT_V1BETA3: SchemaText = SchemaText(include_str!("../../templates/schema/init-v1beta3.json"));
const JOIN_V1BETA4: SchemaText = SchemaText(include_str!("../../templates/schema/join-v1beta4.json"));
const JOIN_V1BETA3: SchemaText = SchemaText(include_str!("../../templates/schema/join-v1beta3.json"));

pub fn init(document: &Document, api: Api, remarks: &mut Remarks) -> Given<Tree> {
    match api {
        Api::V1beta4 => checked(document, INIT_V1BETA4, remarks),
        Api::V1beta3 => v1beta3::init(checked(document, INIT_V1BETA3, remarks)),
    }
}

/// The ClusterConfiguration, and v1beta3's `apiServer.timeoutForControlPlane`.
pub fn cluster(document: &Document, api: Api, remarks: &mut Remarks) -> (Given<Tree>, Option<GoDuration>) {
    match api {
        Api::V1beta4 => (checked(document, CLUSTER_V1BETA4, remarks), None),
        Api::V1beta3 => v1beta3::cluster(checked(document, CLUSTER_V1BETA3, remarks)),
    }
}

pub fn join(document: &Document, api: Api, remarks: &mut Remarks) -> Given<Tree> {
    match api {
        Api::V1beta4 => checked(document, JOIN_V1BETA4, remarks),
        Api::V1beta3 => v1beta3::join(checked(document, JOIN_V1BETA3, remarks)),
    }
}

pub fn component(
    document: Option<&Document>,
    schema: SchemaText,
    remarks: &mut Remarks,
) -> ComponentDocument {
    let Some(document) = document else { return ComponentDocument::default() };
    match checked(document, schema, remarks).value {
        Tree::Map(fields) => ComponentDocument { fields: object(&fields) },
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => ComponentDocument::default(),
    }
}

/// A document of which nothing was given.
pub fn empty() -> Given<Tree> {
    let at = At { place: Place::File, field: String::new() };
    Given { value: Tree::Map(BTreeMap::new()), at }
}

fn checked(document: &Document, schema: SchemaText, remarks: &mut Remarks) -> Given<Tree> {
    check(&document.tree, &schema.schema(), &document.origin, remarks)
}
