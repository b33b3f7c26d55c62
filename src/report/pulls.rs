//! Pulls while they happen: on a terminal a line an image that changes, elsewhere a line an event.

use std::cell::RefCell;
use std::collections::BTreeMap;

use indicatif::ProgressBar;

use super::format::Format;
use super::spinner::{Spinners, can_change, one_line, turn};
use super::text::{out, say};
use crate::host::pull::{PullObserver, PullProgress};

/// Tells of several pulls at a time.
#[derive(Debug)]
pub struct PullView {
    format: Format,
    ended: RefCell<InOrder>,
    bars: Option<Bars>,
}

#[derive(Debug)]
struct Bars {
    /// Clears them all when it goes.
    _all: Spinners,
    each: BTreeMap<String, ProgressBar>,
}

impl PullView {
    /// Of `images`, in the order in which they are to be told.
    pub fn new(images: &[String], format: Format) -> Self {
        let bars = can_change().then(|| Bars::new(images));
        Self { format, ended: RefCell::new(InOrder::new(images)), bars }
    }

    /// What programs look for in kubeadm's output.
    fn tell(&self, pulled: &[String]) {
        match self.format {
            Format::Text => pulled.iter().for_each(|image| out(&format!("[config/images] Pulled {image}\n"))),
            Format::Json | Format::Yaml => {}
        }
    }
}

impl PullObserver for PullView {
    fn report(&self, image: &str, progress: &PullProgress) {
        let pulled = match progress {
            PullProgress::Started | PullProgress::Retrying { .. } => Vec::new(),
            PullProgress::Done => self.ended.borrow_mut().end(image, End::Pulled),
            PullProgress::Failed { .. } => self.ended.borrow_mut().end(image, End::Failed),
        };
        if let Some(bars) = &self.bars {
            bars.show(image, progress);
        } else if let Some(line) = plain(image, progress) {
            say(&format!("[config/images] {line}"));
        }
        self.tell(&pulled);
    }
}

/// A failure is told with its cause in the run's end, and a pull that went well is the run's result.
fn plain(image: &str, progress: &PullProgress) -> Option<String> {
    match progress {
        PullProgress::Started => Some(format!("Pulling {image}")),
        PullProgress::Retrying { attempt, .. } => Some(format!("Pulling {image}, try {attempt}")),
        PullProgress::Done | PullProgress::Failed { .. } => None,
    }
}

impl Bars {
    fn new(images: &[String]) -> Self {
        let all = Spinners::begin("{spinner} {elapsed} {wide_msg}");
        let each = images.iter().map(|image| (image.clone(), all.add(image))).collect();
        Self { _all: all, each }
    }

    fn show(&self, image: &str, progress: &PullProgress) {
        let Some(bar) = self.each.get(image) else { return };
        match progress {
            PullProgress::Started => turn(bar),
            PullProgress::Retrying { attempt, why } => {
                bar.set_message(one_line(&format!("{image}: try {attempt}: {why}")));
            }
            PullProgress::Done | PullProgress::Failed { .. } => bar.finish_and_clear(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Pulled,
    Failed,
}

/// Images that end in any order, told in kubeadm's: that of its list.
#[derive(Debug)]
struct InOrder {
    waiting: Vec<(String, Option<End>)>,
}

impl InOrder {
    fn new(images: &[String]) -> Self {
        Self { waiting: images.iter().map(|image| (image.clone(), None)).collect() }
    }

    /// Those that were pulled, of the images that can be told once this one has ended.
    fn end(&mut self, image: &str, end: End) -> Vec<String> {
        if let Some(entry) = self.waiting.iter_mut().find(|(name, found)| name == image && found.is_none()) {
            entry.1 = Some(end);
        }
        let ready = self.waiting.iter().take_while(|(_, end)| end.is_some()).count();
        let told = self.waiting.drain(..ready).filter(|(_, end)| *end == Some(End::Pulled));
        told.map(|(image, _)| image).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_in_the_order_of_the_list_and_those_that_failed_are_not() {
        let images = ["a", "b", "c", "d"].map(str::to_owned);
        let mut ended = InOrder::new(&images);
        assert_eq!(ended.end("c", End::Pulled), [""; 0]);
        assert_eq!(ended.end("a", End::Pulled), ["a"]);
        assert_eq!(ended.end("b", End::Failed), ["c"]);
        assert_eq!(ended.end("d", End::Pulled), ["d"]);
    }
}
