//! `Printf`: a format and values → text. What does not fit is told within it, as Go tells it: `%!d(string=x)`.

use std::fmt::{self, Write};

use super::print::plain;
use super::value::Value;
use super::verb::{Spec, write_value};

/// No width and no precision is larger.
const LARGEST: i64 = 1_000_000;

/// Go's fmt.Fprintf: `format` with its verbs filled in from `values`; what does not fit is told in the text, as
/// `%!d(string=a)`.
///
/// # Errors
/// `out` cannot be written to.
pub fn printf(out: &mut impl Write, format: &str, values: &[Value]) -> fmt::Result {
    let mut reader = Reader { rest: format, values, next: 0, is_reordered: false };
    while let Some((text, directive)) = reader.rest.split_once('%') {
        out.write_str(text)?;
        reader.rest = directive;
        reader.directive(out)?;
    }
    out.write_str(reader.rest)?;
    let extra = values.get(reader.next..).unwrap_or_default();
    if reader.is_reordered || extra.is_empty() {
        return Ok(());
    }
    let extra: Vec<String> = extra.iter().map(with_type).collect();
    write!(out, "%!(EXTRA {})", extra.join(", "))
}

fn with_type(value: &Value) -> String {
    match value {
        Value::Nothing | Value::Nil => "<nil>".to_owned(),
        value => format!("{}={}", value.type_name(), plain(value)),
    }
}

struct Reader<'a> {
    rest: &'a str,
    values: &'a [Value],
    /// Which value the next verb takes.
    next: usize,
    is_reordered: bool,
}

/// `[3]`: which value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    Absent,
    Good,
    Bad,
}

impl<'a> Reader<'a> {
    /// What follows a percent sign: flags, index, width, precision and verb.
    fn directive(&mut self, out: &mut impl Write) -> fmt::Result {
        let mut flags = self.take_while(|char| "#0+- ".contains(char)).to_owned();
        let mut is_good = true;
        let mut index = self.index(&mut is_good);
        let width = if self.skip('*') {
            index = Index::Absent;
            self.width(out, &mut flags)?
        } else {
            let width = self.number();
            is_good &= index != Index::Good || width.is_none();
            width
        };
        let mut precision = None;
        if self.rest.len() > 1 && self.skip('.') {
            is_good &= index != Index::Good;
            index = self.index(&mut is_good);
            precision = if self.skip('*') {
                index = Index::Absent;
                self.precision(out)?
            } else {
                Some(self.number().unwrap_or_default())
            };
        }
        if index != Index::Good {
            self.index(&mut is_good);
        }
        let Some(verb) = self.rest.chars().next() else { return out.write_str("%!(NOVERB)") };
        self.rest = &self.rest[verb.len_utf8()..];
        match self.values.get(self.next) {
            _ if verb == '%' => out.write_char('%'),
            _ if !is_good => write!(out, "%!{verb}(BADINDEX)"),
            None => write!(out, "%!{verb}(MISSING)"),
            Some(value) => {
                self.next += 1;
                write_value(out, &Spec::new(flags, width, precision, verb), verb, value)
            }
        }
    }

    fn take_while(&mut self, is_wanted: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|char| !is_wanted(char)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, char: char) -> bool {
        let rest = self.rest.strip_prefix(char);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// One that is far too large takes all that follows along.
    fn number(&mut self) -> Option<usize> {
        let digits = self.take_while(|char| char.is_ascii_digit());
        if digits.is_empty() {
            return None;
        }
        let number = digits.parse().ok().filter(|number: &i64| number / 10 <= LARGEST);
        if number.is_none() {
            self.rest = "";
        }
        usize::try_from(number?).ok()
    }

    fn index(&mut self, is_good: &mut bool) -> Index {
        if !self.rest.starts_with('[') {
            return Index::Absent;
        }
        self.is_reordered = true;
        let inside = self.rest[1..].split_once(']').filter(|_| self.rest.len() > 2);
        let Some((inside, rest)) = inside else {
            *is_good = false;
            self.rest = &self.rest[1..];
            return Index::Bad;
        };
        self.rest = rest;
        let is_number = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<usize> = inside.parse().ok().filter(|_| is_number);
        let index = number.and_then(|number| number.checked_sub(1));
        if let Some(index) = index.filter(|index| *index < self.values.len()) {
            self.next = index;
            return Index::Good;
        }
        *is_good = false;
        if is_number { Index::Good } else { Index::Bad }
    }

    /// A whole number among the values.
    fn value(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        value.whole().filter(|number| (-LARGEST..=LARGEST).contains(number))
    }

    /// A negative one pads on the right.
    fn width(&mut self, out: &mut impl Write, flags: &mut String) -> Result<Option<usize>, fmt::Error> {
        let Some(number) = self.value() else {
            out.write_str("%!(BADWIDTH)")?;
            return Ok(None);
        };
        if number < 0 {
            flags.push('-');
        }
        Ok(usize::try_from(number.unsigned_abs()).ok())
    }

    fn precision(&mut self, out: &mut impl Write) -> Result<Option<usize>, fmt::Error> {
        let precision = self.value().and_then(|number| usize::try_from(number).ok());
        if precision.is_none() {
            out.write_str("%!(BADPREC)")?;
        }
        Ok(precision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_and_told_as_by_go() {
        let text = Value::text("hi");
        let map = Value::of(&serde_json::json!({ "a": [1, "x", null, true] }), super::super::Numbers::Whole);
        let one = |value: Value| vec![value];
        #[rustfmt::skip]
        let cases = [
            ("%d|%5d|%-5d|%05d|%+d|% d", vec![Value::Int(7); 6], "7|    7|7    |00007|+7| 7"),
            ("%x %X %#x %o %#o %O %b %c %q %U %#U", vec![Value::Int(65); 11], "41 41 0x41 101 0101 0o101 1000001 A 'A' U+0041 U+0041 'A'"),
            ("%.3d|%6.3d|%-6.3d|%06d|%.0d|%3.0d", vec![Value::Int(-5), Value::Int(5), Value::Int(5), Value::Int(-5), Value::Int(0), Value::Int(0)], "-005|   005|005   |-00005||   "),
            ("%s|%5s|%-5s|%05s|%.1s|%q|%#q|%x|% x|%#x|%v|%#v", vec![text.clone(); 12], "hi|   hi|hi   |000hi|h|\"hi\"|`hi`|6869|68 69|0x6869|hi|\"hi\""),
            ("%+q|%#q", vec![Value::text("é`"), Value::text("é`")], "\"\\u00e9`\"|\"é`\""),
            ("%f|%.2f|%8.3f|%e|%g|%G|%v|%+.1f|%08.2f", vec![Value::Float(1.5); 9], "1.500000|1.50|   1.500|1.500000e+00|1.5|1.5|1.5|+1.5|00001.50"),
            ("%t|%6v|%T|%T", vec![Value::Bool(true), Value::Bool(false), Value::Int64(1), Value::Nil], "true| false|int64|<nil>"),
            ("%v|%s|%d", vec![map.clone(); 3], "map[a:[1 x <nil> true]]|map[a:[%!s(int64=1) x <nil> %!s(bool=true)]]|map[%!d(string=a):[1 %!d(string=x) <nil> %!d(bool=true)]]"),
            ("%#v", one(map), "map[string]interface {}{\"a\":[]interface {}{1, \"x\", interface {}(nil), true}}"),
            ("%#v %v|%#5v|%#.3v", vec![Value::Byte(10); 4], "0xa 10|  0xa|0x00a"),
            ("%[2]d %[1]d", vec![Value::Int(1), Value::Int(2)], "2 1"),
            ("%[3]d|%[x]d|%[2]3d|%[", vec![Value::Int(1), Value::Int(2)], "%!d(BADINDEX)|%!d(BADINDEX)|%!d(BADINDEX)|%!(NOVERB)"),
            ("%*d|%-*d|%*d", vec![Value::Int(4), Value::Int(1), Value::Int(4), Value::Int(1), Value::Int(-3), Value::Int(2)], "   1|1   |2  "),
            ("%.*f|%*d", vec![Value::Int(1), Value::Float(2.0), text.clone(), Value::Int(1)], "2.0|%!(BADWIDTH)1"),
            ("%d %d", one(Value::Int(1)), "1 %!d(MISSING)"),
            ("%%|%5%|%!", one(Value::Int(1)), "%|%|%!!(int=1)"),
            ("a", vec![Value::Int(1), Value::Nil, text.clone()], "a%!(EXTRA int=1, <nil>, string=hi)"),
            ("%d", one(text.clone()), "%!d(string=hi)"),
            ("%6.1z", one(text), "%!z(string=     h)"),
            ("%s|%v|%5v", vec![Value::Nil; 3], "%!s(<nil>)|<nil>|<nil>"),
            ("%c%q%U", vec![Value::Int(-1); 3], "\u{fffd}'\u{fffd}'U+FFFFFFFFFFFFFFFF"),
            ("50%", Vec::new(), "50%!(NOVERB)"),
            ("%99999999d", one(Value::Int(1)), "%!(NOVERB)%!(EXTRA int=1)"),
            ("%#O|%#o|%o", vec![Value::Int(65), Value::Int(0), Value::Int(65)], "0o0101|0|101"),
            ("%-05d|%-05s|%+5v|%+q", vec![Value::Int(3), Value::text("x"), Value::Int(4), Value::Int(0xe9)], "3    |x    |    4|'\\u00e9'"),
            ("%05x|%#05x|%+05d|%x", vec![Value::Int(10), Value::Int(10), Value::Int(3), Value::Int(-10)], "0000a|0x0000a|+0003|-a"),
        ];
        for (format, values, wanted) in cases {
            let mut out = String::new();
            printf(&mut out, format, &values).unwrap();
            assert_eq!(out, wanted, "{format}");
        }
    }

    #[test]
    fn it_stops_at_the_bound() {
        let mut out = super::super::Bounded::new(100);
        assert!(printf(&mut out, "%1000000d", &[Value::Int(1)]).is_err());
        assert!(out.into_text().is_empty());
    }
}
