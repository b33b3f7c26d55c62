//! A document → its checked tree, in the form of v1beta4.

use std::collections::BTreeMap;

use super::document::Document;
use super::error::Place;
use super::given::{At, Located, Remarks, Section, Tree, object};
use super::walk::check;
use super::{ComponentDocument, Release, kind, read, v1beta3};
use crate::duration::GoDuration;
use crate::versions::ConfigFormat;
use crate::versions::facts::Component;
use crate::versions::schema::SchemaText;

/// The InitConfiguration.
pub fn init(document: &Document, format: ConfigFormat, remarks: &mut Remarks) -> Located<Tree> {
    match format {
        ConfigFormat::V1Beta4 => checked(document, kind::INIT_V1BETA4, remarks),
        ConfigFormat::V1Beta3 => v1beta3::init(checked(document, kind::INIT_V1BETA3, remarks)),
    }
}

/// The ClusterConfiguration, and v1beta3's `apiServer.timeoutForControlPlane`.
pub fn cluster(
    document: &Document,
    format: ConfigFormat,
    remarks: &mut Remarks,
) -> (Located<Tree>, Option<GoDuration>) {
    match format {
        ConfigFormat::V1Beta4 => (checked(document, kind::CLUSTER_V1BETA4, remarks), None),
        ConfigFormat::V1Beta3 => v1beta3::cluster(checked(document, kind::CLUSTER_V1BETA3, remarks)),
    }
}

/// The JoinConfiguration.
pub fn join(document: &Document, format: ConfigFormat, remarks: &mut Remarks) -> Located<Tree> {
    match format {
        ConfigFormat::V1Beta4 => checked(document, kind::JOIN_V1BETA4, remarks),
        ConfigFormat::V1Beta3 => v1beta3::join(checked(document, kind::JOIN_V1BETA3, remarks)),
    }
}

/// The ResetConfiguration, which v1beta3 has not.
pub fn reset(document: &Document, remarks: &mut Remarks) -> Located<Tree> {
    checked(document, kind::RESET_V1BETA4, remarks)
}

/// The UpgradeConfiguration, which v1beta3 has not.
pub fn upgrade(document: &Document, remarks: &mut Remarks) -> Located<Tree> {
    checked(document, kind::UPGRADE_V1BETA4, remarks)
}

/// A component's own document against its schema in the release; without a document, nothing was given.
pub fn component(
    document: Option<&Document>,
    schema: SchemaText,
    (of, release): (Component, Release),
    remarks: &mut Remarks,
) -> ComponentDocument {
    let Some(document) = document else { return ComponentDocument::default() };
    let tree = checked(document, schema, remarks);
    read::gates_of_document(Section::of(&tree), of, release, remarks);
    match tree.value {
        Tree::Map(fields) => ComponentDocument { fields: object(&fields), is_generated: false },
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => ComponentDocument::default(),
    }
}

/// A document of which nothing was given.
pub fn empty() -> Located<Tree> {
    let at = At { place: Place::File, field: String::new() };
    Located { value: Tree::Map(BTreeMap::new()), at }
}

fn checked(document: &Document, schema: SchemaText, remarks: &mut Remarks) -> Located<Tree> {
    check(&document.tree, &schema.schema(), &document.origin, remarks)
}
