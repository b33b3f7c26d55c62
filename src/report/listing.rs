//! The dry run that writes nothing: every effect as text, without a secret.

use super::text::{out, say};
use crate::host::{ApplyError, Host, Outcome, WaitWatcher};
use crate::plan::{Action, Answer, Question};

/// Stands for the host and prints what would be done to it: as the run's result, or, where that is JSON, beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// The run's result is text: the listing is it, on standard output.
    AsResult,
    /// The run's result is JSON, on standard output: the listing goes to standard error.
    BesideJson,
}

impl Listing {
    fn print(self, text: &str) {
        match self {
            Self::AsResult => out(text),
            Self::BesideJson => say(text.trim_end()),
        }
    }
}

impl Host for Listing {
    fn carry_out(&self, action: &Action, _: &mut dyn WaitWatcher) -> Result<Outcome, ApplyError> {
        self.print(&action.describe().text());
        Ok(Outcome::Skipped("dry run"))
    }

    /// To become a member of etcd is a question that changes something.
    fn ask(&self, question: &Question) -> Result<Answer, ApplyError> {
        if let Question::EtcdMembers(wanted) = question {
            self.print(&format!(
                "etcd: add the member {} at {}, as a learner\n",
                wanted.name, wanted.peer_url
            ));
        }
        Ok(question.unasked())
    }
}
