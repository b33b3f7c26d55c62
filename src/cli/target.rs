//! What a command's effects are carried out on.

use std::path::PathBuf;
use std::sync::Arc;

use super::failure::Failure;
use super::flags::FlagValues;
use crate::host::{Access, Folder, Host, Machine, Node, Pace};
use crate::report::{self, Listing, Status};

/// This host, or what stands for it in a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyTarget {
    /// This host itself.
    Host,
    /// A dry run that is printed.
    Listing,
    /// A dry run that is written below a folder.
    Folder(PathBuf),
}

impl ApplyTarget {
    /// As the flags say; `is_dry` comes from the flag or the configuration.
    ///
    /// # Errors
    /// `--output-dir` without a dry run.
    pub fn read(given: FlagValues<'_>, is_dry: bool) -> Result<Self, Failure> {
        match (given.text("output-dir"), is_dry) {
            (None, false) => Ok(Self::Host),
            (None, true) => Ok(Self::Listing),
            (Some(folder), true) => Ok(Self::Folder(folder.into())),
            (Some(_), false) => Err(Failure::OutputDirAlone),
        }
    }

    /// The node that it begins with: this one, or what stands for it.
    pub fn node(&self, this: &Node) -> Node {
        match self {
            Self::Host | Self::Listing => this.clone(),
            Self::Folder(folder) => this.in_folder(folder),
        }
    }

    /// What carries out the effects: one for the whole run, since it knows since when what is seen on the host is this run's doing.
    ///
    /// # Errors
    /// There is no event loop for the calls to the cluster.
    pub fn open(
        &self,
        host: &Node,
        given: FlagValues<'_>,
        access: impl FnOnce() -> Access,
    ) -> Result<Arc<dyn Host>, Failure> {
        Ok(match self {
            Self::Host => Arc::new(Machine::new(host.clone(), access())?),
            Self::Listing if given.wants_json() => Arc::new(Listing::BesideJson),
            Self::Listing => Arc::new(Listing::AsResult),
            Self::Folder(folder) => Arc::new(Folder::new(host, folder)),
        })
    }

    /// What a dry run shows is read from top to bottom.
    pub fn pace(&self) -> Pace {
        match self {
            Self::Host => Pace::SideBySide,
            Self::Listing | Self::Folder(_) => Pace::OneByOne,
        }
    }

    /// How a run ends that has done all that it was to do.
    pub fn status(&self) -> Status {
        match self {
            Self::Host | Self::Folder(_) => Status::Done,
            Self::Listing => Status::Planned,
        }
    }

    /// What a dry run has left behind.
    pub fn say_if_dry(&self) {
        match self {
            Self::Host => {}
            Self::Listing => report::say("this was a dry run: nothing was changed"),
            Self::Folder(folder) => report::say(&format!(
                "this was a dry run: the host's files are below {}, the cluster's objects in its folder cluster, and \
                 nothing else was changed",
                folder.display()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::host::given;

    #[test]
    fn only_a_folder_stands_for_the_host_and_its_clock_is_the_host_s() {
        let host = Node::given(Path::new("/host"), given());
        let at = |target: ApplyTarget| target.node(&host).tree().locate(Path::new("/etc"));
        assert_eq!(
            (at(ApplyTarget::Host), at(ApplyTarget::Listing)),
            ("/host/etc".into(), "/host/etc".into())
        );
        let folder = ApplyTarget::Folder("/folder".into());
        assert_eq!(folder.node(&host).now(), given().now);
        assert_eq!(at(folder), Path::new("/folder/etc"));
    }
}
