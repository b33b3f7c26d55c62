//! Pipes, commands and their arguments → values.

use super::fault::{CallError, TemplateFault};
use super::functions::{Function, Work};
use super::node::{Command, Number, Pipe, Term, Word};
use super::run::{Ran, Run, STEP};
use crate::report::MissingKeys;
use crate::report::go::Value;

/// What is left of the text that may be made, and the work that may be done.
pub struct Budget(pub usize);

impl Budget {
    /// Counts `cost` against the bound of all steps.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn spend(&mut self, cost: usize) -> Ran<()> {
        self.0 = self.0.checked_sub(cost).ok_or(TemplateFault::TooMuch)?;
        Ok(())
    }

    /// What it costs to look at a value, or to have made it.
    fn look_at(&mut self, value: &Value) -> Ran<()> {
        self.spend(match value {
            Value::Text(text) => text.len(),
            Value::List(items) => items.len(),
            Value::Map(fields) => fields.len(),
            Value::Nothing
            | Value::Nil
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Int64(_)
            | Value::Byte(_)
            | Value::Float(_) => 1,
        })
    }
}

/// What a word is given besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Nothing,
    Arguments,
}

impl<'a> Run<'a> {
    /// Null within it is like nothing at all.
    pub fn pipe(&mut self, pipe: &'a Pipe, dot: &Value) -> Ran<Value> {
        let mut last = None;
        for command in &pipe.commands {
            let value = self.command(command, dot, last).map_err(|fault| fault.at(&command.span))?;
            last = Some(if value.is_nil() { Value::Nothing } else { value });
        }
        let value = last.unwrap_or(Value::Nothing);
        self.set(pipe, &value).map_err(|fault| fault.at(&pipe.span()))?;
        Ok(value)
    }

    fn command(&mut self, command: &'a Command, dot: &Value, last: Option<Value>) -> Ran<Value> {
        self.budget.spend(STEP)?;
        let word = &command.first;
        let is_alone = command.rest.is_empty() && last.is_none();
        let given = if is_alone { Given::Nothing } else { Given::Arguments };
        match &word.term {
            Term::Function(function) => self.call(function, &command.rest, dot, last),
            Term::Field(_) | Term::Chain(..) => self.word(word, dot, given),
            Term::Variable(_, fields) if !fields.is_empty() => self.word(word, dot, given),
            _ if given == Given::Arguments => Err(TemplateFault::NotAFunction.into()),
            Term::Nil => Err(TemplateFault::NilCommand.into()),
            Term::Dot
            | Term::Bool(_)
            | Term::Number(_)
            | Term::Text(_)
            | Term::Variable(..)
            | Term::Pipe(_) => self.word(word, dot, given),
        }
    }

    fn argument(&mut self, word: &'a Word, dot: &Value) -> Ran<Value> {
        self.budget.spend(STEP)?;
        self.word(word, dot, Given::Nothing).map_err(|fault| fault.at(&word.span))
    }

    fn word(&mut self, word: &'a Word, dot: &Value, given: Given) -> Ran<Value> {
        Ok(match &word.term {
            Term::Dot => dot.clone(),
            Term::Nil => Value::Nothing,
            Term::Bool(value) => Value::Bool(*value),
            Term::Number(Number::Int(number)) => Value::Int(*number),
            Term::Number(Number::Float(number)) => Value::Float(*number),
            Term::Text(text) => {
                self.budget.spend(text.len())?;
                Value::text(text)
            }
            Term::Field(names) => self.fields(dot.clone(), names, given)?,
            Term::Variable(name, names) => {
                let value = self.variable(name)?;
                self.fields(value, names, given)?
            }
            Term::Function(function) => self.call(function, &[], dot, None)?,
            Term::Pipe(pipe) => self.nested(|run| run.pipe(pipe, dot))?,
            Term::Chain(of, names) => {
                let value = self.argument(of, dot)?;
                self.fields(value, names, given)?
            }
        })
    }

    /// Only the last one could be a method, and be given something.
    fn fields(&self, mut value: Value, names: &[String], given: Given) -> Ran<Value> {
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            value = self.field(&value, name, if is_last { given } else { Given::Nothing })?;
        }
        Ok(value)
    }

    fn field(&self, value: &Value, name: &str, given: Given) -> Result<Value, TemplateFault> {
        let name = || name.to_owned();
        let refuses = self.missing == MissingKeys::Refused;
        match value {
            Value::Nothing if refuses => Err(TemplateFault::FieldOfNothing(name())),
            Value::Nothing => Ok(Value::Nothing),
            Value::Nil => Err(TemplateFault::FieldOfNull(name())),
            Value::Map(_) if given == Given::Arguments => Err(TemplateFault::NotAMethod(name())),
            Value::Map(fields) => match fields.get(&name()) {
                Some(field) => Ok(field.clone()),
                None if refuses => Err(TemplateFault::Missing(name())),
                None => Ok(Value::Nothing),
            },
            Value::Bool(_)
            | Value::Int(_)
            | Value::Int64(_)
            | Value::Byte(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::List(_) => Err(TemplateFault::NoFields { name: name(), of: value.type_name() }),
        }
    }

    /// What the pipe has given so far comes last.
    fn call(
        &mut self,
        function: &'static Function,
        words: &'a [Word],
        dot: &Value,
        last: Option<Value>,
    ) -> Ran<Value> {
        function.check(words.len() + usize::from(last.is_some()))?;
        let call = match function.work {
            Work::And => return self.first(words, dot, last, |value| !value.is_true()),
            Work::Or => return self.first(words, dot, last, Value::is_true),
            Work::Call(call) => call,
        };
        let mut values = Vec::new();
        for word in words {
            values.push(self.argument(word, dot)?);
        }
        values.extend(last);
        for value in &values {
            self.budget.look_at(value)?;
        }
        let made = call(&values, self.budget.0).map_err(|why| match why {
            CallError::TooMuch => TemplateFault::TooMuch,
            why => TemplateFault::Call { name: function.name, why },
        })?;
        self.budget.look_at(&made)?;
        Ok(made)
    }

    /// The first that decides, else the last.
    fn first(
        &mut self,
        words: &'a [Word],
        dot: &Value,
        last: Option<Value>,
        decides: impl Fn(&Value) -> bool,
    ) -> Ran<Value> {
        let mut value = Value::Nothing;
        for word in words {
            value = self.argument(word, dot)?;
            if decides(&value) {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }
}

impl Function {
    fn check(&self, got: usize) -> Result<(), TemplateFault> {
        let wanted = if self.most == Some(self.least) {
            self.least.to_string()
        } else {
            format!("at least {}", self.least)
        };
        if got < self.least || self.most.is_some_and(|most| got > most) {
            return Err(TemplateFault::Count { name: self.name, wanted, got });
        }
        Ok(())
    }
}
