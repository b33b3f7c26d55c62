//! `[?(…)]`: which items of a list stay.

use super::evaluate::{Failed, Results, Run, Stopped, not_filterable};
use super::node::{Filter, Node, Operator, Test};
use crate::report::go::{Incomparable, Value, equal, less};

/// Those of the lists' items in `input` that the filter lets through.
pub fn apply(run: &mut Run, input: Vec<Value>, filter: &Filter) -> Results {
    let mut results = Vec::new();
    for value in &input {
        let Value::List(items) = value else {
            let why = not_filterable(value);
            return Err(Stopped { left: input, why });
        };
        for item in items.iter() {
            match passes(run, item, filter) {
                Ok(true) => results.push(item.clone()),
                Ok(false) => {}
                Err(why @ (Failed::Operator(_) | Failed::Incomparable(_))) => {
                    return Err(Stopped { left: results, why });
                }
                Err(why) => return Err(Stopped { left: input, why }),
            }
        }
    }
    Ok(results)
}

/// An item that one of the sides finds nothing in does not pass.
fn passes(run: &mut Run, item: &Value, filter: &Filter) -> Result<bool, Failed> {
    let left = run.list(vec![item.clone()], &filter.left);
    match &filter.test {
        Test::Exists => Ok(!left.unwrap_or_else(|stopped| stopped.left).is_empty()),
        Test::Compares { operator, right } => {
            let Some(left) = single(left)? else { return Ok(false) };
            let Some(right) = single(right_of(run, item, right))? else { return Ok(false) };
            compare(operator, &left, &right)
        }
    }
}

fn right_of(run: &mut Run, item: &Value, right: &[Node]) -> Results {
    run.list(vec![item.clone()], right)
}

fn single(results: Results) -> Result<Option<Value>, Failed> {
    let mut results = results.map_err(|stopped| stopped.why)?;
    if results.len() > 1 { Err(Failed::OneAtATime) } else { Ok(results.pop()) }
}

fn compare(operator: &Operator, left: &Value, right: &Value) -> Result<bool, Failed> {
    let at_most = || -> Result<bool, Incomparable> { Ok(less(left, right)? || equal(left, right)?) };
    let passes = match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => equal(left, right).map(|is| !is),
        Operator::Less => less(left, right),
        Operator::LessOrEqual => at_most(),
        Operator::Greater => at_most().map(|is| !is),
        Operator::GreaterOrEqual => less(left, right).map(|is| !is),
        Operator::Unknown(text) => return Err(Failed::Operator(text.clone())),
    };
    Ok(passes?)
}
