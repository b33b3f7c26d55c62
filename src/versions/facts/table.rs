//! A table of `templates/facts`: above its rows the versions of which it tells, and each row with those that it holds for, as in
//! `kubelet cloud-config 1.29-1.33`.

use semver::Version;

/// An embedded table.
#[derive(Debug, Clone, Copy)]
pub struct Table(pub &'static str);

/// A version as tables have it: a minor of Kubernetes, `1.36`, or a patch of another program, `3.6.8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(u64, u64, u64);

/// A row, without its versions.
#[derive(Debug, Clone)]
pub struct Row {
    /// All but the versions.
    pub fields: Vec<&'static str>,
    spans: &'static str,
}

/// Whether a version has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has it.
    Here,
    /// It has it no more.
    Gone {
        /// The first version without it.
        since: Label,
    },
    /// It does not have it yet.
    Later {
        /// The first version that has it.
        from: Label,
    },
    /// No version has it.
    Never,
    /// Nothing is known of the version.
    Unknown,
}

impl Table {
    /// All rows, in the table's order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + Clone + use<> {
        self.0.lines().skip(1).filter_map(|line| {
            let (fields, spans) = line.rsplit_once(' ')?;
            Some(Row { fields: fields.split(' ').collect(), spans })
        })
    }

    /// The versions of which it tells, the oldest first.
    pub fn known(&self) -> impl Iterator<Item = Label> + use<> {
        let head = self.0.lines().next().unwrap_or_default();
        head.split(' ').filter_map(Label::parse)
    }

    /// The version that stands for `at`: itself, or the nearest before it. None where it is older than all that are known.
    pub fn known_at(&self, at: Label) -> Option<Label> {
        self.known().take_while(|known| *known <= at).last()
    }

    /// What has become, at a version, of the rows that `is_it` picks by their fields.
    pub fn presence(&self, is_it: impl Fn(&[&str]) -> bool, at: Label) -> Presence {
        let Some(known) = self.known_at(at) else { return Presence::Unknown };
        let rows: Vec<Row> = self.rows().filter(|row| is_it(&row.fields)).collect();
        match self.presence_of(&rows, known) {
            // What came between that version and this one is not known, nor what has come since the table was made.
            Presence::Later { .. } if known < at => Presence::Unknown,
            Presence::Never if known < at && self.known().last() == Some(known) => Presence::Unknown,
            told => told,
        }
    }

    /// The same for rows that have been found already, at a version that the table tells of.
    pub fn presence_of(&self, rows: &[Row], at: Label) -> Presence {
        let spans = || rows.iter().flat_map(Row::spans);
        if spans().any(|(first, last)| (first..=last).contains(&at)) {
            return Presence::Here;
        }
        let after = |last: Label| self.known().find(|known| *known > last);
        let gone = spans().map(|(_, last)| last).filter(|last| *last < at).max().and_then(after);
        let later = || spans().map(|(first, _)| first).filter(|first| *first > at).min();
        match (gone, later()) {
            (Some(since), _) => Presence::Gone { since },
            (None, Some(from)) => Presence::Later { from },
            (None, None) => Presence::Never,
        }
    }
}

impl Row {
    /// The first and the last version of each of its spans.
    pub fn spans(&self) -> impl Iterator<Item = (Label, Label)> + use<> {
        self.spans.split(',').filter_map(|span| {
            let (first, last) = span.split_once('-').unwrap_or((span, span));
            Some((Label::parse(first)?, Label::parse(last)?))
        })
    }

    /// Whether it holds for a version that the table tells of.
    pub fn holds_at(&self, at: Label) -> bool {
        self.spans().any(|(first, last)| (first..=last).contains(&at))
    }
}

impl Label {
    /// That of Kubernetes 1.`number`.
    pub const fn of_minor(number: u64) -> Self {
        Self(1, number, 0)
    }

    /// That of a version of another program.
    pub const fn of(version: &Version) -> Self {
        Self(version.major, version.minor, version.patch)
    }

    /// The second of its numbers: 36 for Kubernetes 1.36.
    pub const fn minor(self) -> u64 {
        self.1
    }

    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        let label = Self(numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next().unwrap_or(Ok(0)).ok()?);
        numbers.next().is_none().then_some(label)
    }

    /// With all three numbers, as etcd and CoreDNS have them.
    pub fn version(self) -> Version {
        Version::new(self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table =
        Table("# 1.29 1.30 1.31 1.33\na x 1.29-1.30\na y 1.31\nb x 1.30,1.33\nc x 1.29-1.33\ne x 1.33\n");

    fn at(first: &str, second: &str, minor: u64) -> Presence {
        TABLE.presence(|row| row == [first, second], Label::of_minor(minor))
    }

    #[test]
    fn a_row_holds_for_its_spans_and_is_gone_or_comes_beside_them() {
        assert_eq!(at("a", "x", 30), Presence::Here);
        assert_eq!(at("a", "x", 31), Presence::Gone { since: Label::of_minor(31) });
        assert_eq!(at("a", "y", 29), Presence::Later { from: Label::of_minor(31) });
        assert_eq!(at("a", "y", 33), Presence::Gone { since: Label::of_minor(33) });
        assert_eq!(at("b", "x", 31), Presence::Gone { since: Label::of_minor(31) });
        assert_eq!([at("b", "x", 33), at("c", "x", 31)], [Presence::Here; 2]);
        assert_eq!(at("d", "x", 31), Presence::Never);
    }

    #[test]
    fn a_version_that_is_not_known_is_as_the_one_before_and_nothing_is_said_of_what_may_have_come() {
        assert_eq!(at("a", "y", 32), Presence::Here);
        assert_eq!(at("a", "y", 40), Presence::Gone { since: Label::of_minor(33) });
        assert_eq!([at("d", "x", 40), at("c", "x", 28)], [Presence::Unknown; 2]);
        assert_eq!(
            [at("d", "x", 32), at("b", "x", 32)],
            [Presence::Never, Presence::Gone { since: Label::of_minor(31) }]
        );
        assert_eq!(at("e", "x", 32), Presence::Unknown);
    }
}
