//! Each call to the file system fails in turn.

use crate::host::{Host, INIT, RENEW};
use crate::injection::{Point, each, injected, points, recorded};
use crate::program::Ended;
use crate::tree::Files;

/// Wherever it fails, init says what is in the way, leaves no half file, and goes on when it is run again.
#[test]
fn init_fails_clearly_at_each_call_and_the_next_run_makes_the_whole_tree() {
    let model = Host::new();
    let made = model.run(&recorded(&model.log()), INIT);
    assert_eq!(made.code, Some(0), "{}", made.said);
    let whole = model.files();
    let complaints = each(&points(&model.log(), &model.root()), |point| {
        let host = Host::new();
        let failed = host.run(&injected(point, &host.root()), INIT);
        told(&failed, point)?;
        let (left, before) = (host.left(), host.files());
        wanted(left.is_empty(), || format!("{left:?} are left"))?;
        let again = host.run(&[], INIT);
        wanted(again.code == Some(0), || format!("the next run failed: {}", again.said))?;
        let after = host.files();
        wanted(outlines(&after) == outlines(&whole), || "the next run's tree is another".to_owned())?;
        wanted(host.torn().is_empty(), || format!("{:?} do not fit", host.torn()))?;
        let lost: Vec<_> =
            before.iter().filter(|(path, content)| after.get(*path) != Some(*content)).collect();
        let lost: Vec<_> = lost.iter().map(|row| row.0).filter(|path| !path.starts_with("cluster")).collect();
        wanted(lost.is_empty(), || format!("{lost:?} were not kept"))
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Wherever it fails, keys and certificates fit, all are there, and the next run renews them.
#[test]
fn renewal_fails_clearly_at_each_call_and_never_tears_a_pair() {
    let old = Host::laid_out();
    let model = old.copy();
    let renewed = model.run(&recorded(&model.log()), RENEW);
    assert_eq!(renewed.code, Some(0), "{}", renewed.said);
    let complaints = each(&points(&model.log(), &model.root()), |point| {
        let host = old.copy();
        let failed = host.run(&injected(point, &host.root()), RENEW);
        told(&failed, point)?;
        wanted(host.torn().is_empty(), || format!("{:?} do not fit", host.torn()))?;
        let left = host.left();
        wanted(left.is_empty(), || format!("{left:?} are left"))?;
        wanted(outlines(&host.files()) == outlines(&old.files()), || "the tree is another".to_owned())?;
        let again = host.run(&[], RENEW);
        wanted(again.code == Some(0), || format!("the next run failed: {}", again.said))?;
        wanted(host.torn().is_empty(), || format!("{:?} do not fit now", host.torn()))?;
        wanted(outlines(&host.files()) == outlines(&old.files()), || "the new tree is another".to_owned())
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// It says which file, what was wrong, and what to do.
fn told(ended: &Ended, point: &Point) -> Result<(), String> {
    let said = &ended.said;
    wanted(ended.code == Some(1), || format!("ended with {:?}: {said}", ended.code))?;
    wanted(ended.id() == point.fault.id, || format!("told as {}: {said}", ended.id()))?;
    let number = format!("(os error {})", point.fault.number);
    wanted(said.contains(&number) && said.contains("cannot "), || format!("said {said}"))?;
    wanted(said.contains("/root/") && said.contains("hint: "), || format!("said {said}"))?;
    wanted(!said.contains("panicked"), || format!("said {said}"))
}

/// Names and modes.
fn outlines(files: &Files) -> Vec<(String, u32)> {
    files.iter().map(|(path, (mode, _))| (path.display().to_string(), *mode)).collect()
}

fn wanted(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
