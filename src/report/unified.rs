//! Two texts → what differs, in unified form, as `diff -u` and kubeadm have it.

use similar::TextDiff;

/// Nothing where they are equal; `context` lines stand around each change.
pub fn unified(before: &str, after: &str, names: [&str; 2], context: usize) -> String {
    let [old, new] = names;
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(context).header(old, new).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stands_between_its_context_and_equal_texts_have_none() {
        let text = unified("a\nb\nc\nd\n", "a\nb\nx\nd\n", ["/old", "new"], 1);
        assert_eq!(text, "--- /old\n+++ new\n@@ -2,3 +2,3 @@\n b\n-c\n+x\n d\n");
        assert_eq!(unified("a\n", "a\n", ["/old", "new"], 3), "");
    }
}
