//! The groups in which help and manual pages show flags.

use clap::Arg;

/// What a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagGroup {
    /// Files that say what is wanted.
    Configuration,
    /// What holds for the whole cluster, and how it is reached.
    Cluster,
    /// With what nodes find a cluster and enter it.
    Joining,
    /// What holds for one node.
    Node,
    /// The user that a kubeconfig is for.
    User,
    /// What of the command is done, left out, or only shown.
    Run,
    /// What is printed, and how.
    Output,
    /// Of every command.
    Global,
}

/// In the order in which help shows them.
const ALL: &[FlagGroup] = &[
    FlagGroup::Configuration,
    FlagGroup::Cluster,
    FlagGroup::Joining,
    FlagGroup::Node,
    FlagGroup::User,
    FlagGroup::Run,
    FlagGroup::Output,
    FlagGroup::Global,
];

impl FlagGroup {
    /// What stands above its flags.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration options",
            Self::Cluster => "Cluster options",
            Self::Joining => "Joining options",
            Self::Node => "Node options",
            Self::User => "User options",
            Self::Run => "Run options",
            Self::Output => "Output options",
            Self::Global => "Global options",
        }
    }

    /// The place of an argument's group in the order; those without a group stand before all others.
    pub fn place(arg: &Arg) -> Option<usize> {
        let heading = arg.get_help_heading()?;
        ALL.iter().position(|group| group.heading() == heading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_its_place() {
        assert!(ALL.is_sorted());
        for (place, group) in ALL.iter().enumerate() {
            assert_eq!(FlagGroup::place(&Arg::new("a").help_heading(group.heading())), Some(place));
        }
        assert_eq!(FlagGroup::place(&Arg::new("a")), None);
    }
}
