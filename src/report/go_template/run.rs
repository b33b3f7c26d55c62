//! Templates and a document → text.

use super::DEEPEST;
use super::eval::Budget;
use super::fault::{Fault, TemplateFault};
use super::node::{Branch, BranchKind, Pipe, Sets, Span, TemplateNode, Templates};
use super::parse::WHOLE;
use crate::report::MissingKeys;
use crate::report::go::{self, Value};

/// What a part of a run gives, or why it cannot go on.
pub type Ran<T> = Result<T, Fault>;

/// What one step, one command or one item of a range costs, in bytes of text.
pub const STEP: usize = 16;

/// How many bytes of text may be made, and how many steps taken.
const MOST: usize = 16 << 20;

/// The text that comes out of the document.
///
/// # Errors
/// The first fault, or a bound that is reached.
pub fn render(templates: &Templates, document: &Value, missing: MissingKeys) -> Ran<String> {
    let budget = Budget(MOST);
    let mut run = Run { templates, missing, variables: Vec::new(), text: String::new(), budget, depth: 0 };
    run.template(WHOLE, document, &(0..0))?;
    Ok(run.text)
}

/// A template that is being run.
pub struct Run<'a> {
    templates: &'a Templates,
    /// What a key that is not there is.
    pub missing: MissingKeys,
    /// The last one of a name counts.
    variables: Vec<(&'a str, Value)>,
    text: String,
    /// What is left of the bounds.
    pub budget: Budget,
    depth: usize,
}

/// What comes next in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl<'a> Run<'a> {
    /// It knows no variables but the document that it is given.
    fn template(&mut self, name: &str, dot: &Value, span: &Span) -> Ran<()> {
        let Some(steps) = self.templates.get(name) else {
            return Err(Fault::from(TemplateFault::Template(name.to_owned())).at(span));
        };
        let variables = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let ran = self.steps(steps, dot);
        self.variables = variables;
        ran.map(|_| ()).map_err(|fault| fault.within(name))
    }

    /// Runs one level further in.
    ///
    /// # Errors
    /// Those of `run`; there are too many levels.
    pub fn nested<T>(&mut self, run: impl FnOnce(&mut Self) -> Ran<T>) -> Ran<T> {
        if self.depth == DEEPEST {
            return Err(TemplateFault::TooDeep.into());
        }
        self.depth += 1;
        let ran = run(self);
        self.depth -= 1;
        ran
    }

    fn steps(&mut self, steps: &'a [TemplateNode], dot: &Value) -> Ran<Flow> {
        self.nested(|run| {
            for step in steps {
                let flow = run.step(step, dot).map_err(|fault| match step.span() {
                    Some(span) => fault.at(&span),
                    None => fault,
                })?;
                if flow != Flow::On {
                    return Ok(flow);
                }
            }
            Ok(Flow::On)
        })
    }

    fn step(&mut self, step: &'a TemplateNode, dot: &Value) -> Ran<Flow> {
        self.budget.spend(STEP)?;
        match step {
            TemplateNode::Text(text) => self.write(text)?,
            TemplateNode::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    self.write(&go::plain(&value.or_no_value()))?;
                }
            }
            TemplateNode::Branch(branch) => return self.branch(branch, dot),
            TemplateNode::Call { span, name, with } => {
                let dot = match with {
                    Some(pipe) => self.pipe(pipe, dot)?,
                    None => Value::Nothing,
                };
                self.template(name, &dot, span)?;
            }
            TemplateNode::Break => return Ok(Flow::Break),
            TemplateNode::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn write(&mut self, text: &str) -> Ran<()> {
        self.budget.spend(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// Variables are known up to its end.
    fn branch(&mut self, branch: &'a Branch, dot: &Value) -> Ran<Flow> {
        let known = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let flow = match branch.kind {
            BranchKind::Range => self.range(branch, dot, &value)?,
            BranchKind::If if value.is_true() => self.steps(&branch.body, dot)?,
            BranchKind::With if value.is_true() => self.steps(&branch.body, &value)?,
            BranchKind::If | BranchKind::With => self.steps(&branch.otherwise, dot)?,
        };
        self.variables.truncate(known);
        Ok(flow)
    }

    fn range(&mut self, branch: &'a Branch, dot: &Value, value: &Value) -> Ran<Flow> {
        let known = self.variables.len();
        let mut items = items(value, &branch.pipe)?.peekable();
        if items.peek().is_none() {
            return self.steps(&branch.otherwise, dot);
        }
        for (key, item) in items {
            self.budget.spend(STEP)?;
            self.bind(&branch.pipe, key, &item)?;
            let flow = self.steps(&branch.body, &item)?;
            self.variables.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    /// With one variable, it is the item; with two, the first is its key.
    fn bind(&mut self, pipe: &'a Pipe, key: Value, item: &Value) -> Ran<()> {
        let keys = (pipe.variables.len() > 1).then_some(key);
        let values: Vec<Value> = keys.into_iter().chain([item.clone()]).collect();
        let declared = self.variables.len() - pipe.variables.len().min(self.variables.len());
        for (index, (name, value)) in pipe.variables.iter().zip(values).enumerate() {
            match pipe.sets {
                // They are the last ones.
                Sets::Declared => self.variables[declared + index].1 = value,
                Sets::Assigned => self.assign(name, value)?,
            }
        }
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value) -> Ran<()> {
        let found = self.variables.iter_mut().rev().find(|(known, _)| *known == name);
        let (_, variable) = found.ok_or_else(|| TemplateFault::Variable(name.to_owned()))?;
        *variable = value;
        Ok(())
    }

    /// Gives `value` to the pipe's variables, if it has any.
    ///
    /// # Errors
    /// A variable is assigned to that was not declared.
    pub fn set(&mut self, pipe: &'a Pipe, value: &Value) -> Ran<()> {
        for name in &pipe.variables {
            match pipe.sets {
                Sets::Declared => self.variables.push((name, value.clone())),
                Sets::Assigned => self.assign(name, value.clone())?,
            }
        }
        Ok(())
    }

    /// Of a branch that was not gone through, variables are known to the parser alone.
    pub fn variable(&self, name: &str) -> Ran<Value> {
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| TemplateFault::Variable(name.to_owned()).into())
    }
}

type Items<'a> = Box<dyn Iterator<Item = (Value, Value)> + 'a>;

/// What a range goes through, with its keys.
fn items<'a>(value: &'a Value, pipe: &Pipe) -> Ran<Items<'a>> {
    if value.whole().is_some() && pipe.variables.len() > 1 {
        return Err(TemplateFault::TwoVariables.into());
    }
    Ok(match value {
        Value::Nothing | Value::Nil => Box::new(std::iter::empty()),
        Value::List(items) => Box::new((0..).map(Value::Int).zip(items.iter().cloned())),
        Value::Map(fields) => Box::new(fields.iter().map(|(name, value)| (Value::text(name), value.clone()))),
        Value::Int(number) => Box::new((0..*number).map(|item| (Value::Nothing, Value::Int(item)))),
        Value::Int64(number) => Box::new((0..*number).map(|item| (Value::Nothing, Value::Int64(item)))),
        Value::Byte(number) => Box::new((0..*number).map(|item| (Value::Nothing, Value::Byte(item)))),
        Value::Bool(_) | Value::Float(_) | Value::Text(_) => {
            return Err(TemplateFault::NotARange(value.type_name()).into());
        }
    })
}
