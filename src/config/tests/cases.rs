//! Tables of files and of what is said of each: `== ` begins a case, `=> ` a line that is said; the file is between.

pub struct Case {
    pub title: &'static str,
    pub text: String,
    pub said: Vec<&'static str>,
}

pub fn cases(table: &'static str) -> Vec<Case> {
    table.split("\n== ").skip(1).map(case).collect()
}

fn case(block: &'static str) -> Case {
    let (title, rest) = block.split_once('\n').unwrap();
    let lines: Vec<&str> = rest.lines().filter(|line| !line.starts_with("=> ")).collect();
    let text = format!("{}\n", lines.join("\n").trim_end_matches('\n'));
    let said = rest.lines().filter_map(|line| line.strip_prefix("=> ")).collect();
    Case { title, text, said }
}
