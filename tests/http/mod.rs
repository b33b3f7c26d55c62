//! What the tests' plain API servers are made of.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// Reads one request and answers it: `answer` is given the method and the target.
pub fn talk(mut stream: &TcpStream, answer: impl FnOnce(&str, &str) -> (u16, Value)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let mut words = first.split(' ');
    let (code, body) = answer(words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let body = body.to_string();
    let head = "content-type: application/json\r\nconnection: close";
    write!(stream, "HTTP/1.1 {code} x\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
