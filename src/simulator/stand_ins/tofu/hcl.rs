//! The part of HCL that is read here: blocks, and attributes whose values are literals or references.

use super::TofuError;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(String),
    Flag(bool),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    /// `hcloud_network.office.id`.
    Reference(String),
}

/// A block: its kind, its labels, and what is within.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub kind: String,
    pub labels: Vec<String>,
    /// Of its first word; 1-based.
    pub line: usize,
    /// Name, value, line.
    pub attributes: Vec<(String, Value, usize)>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Mark(char),
    Newline,
}

/// Every block of a file.
pub fn blocks(file: &str, text: &str) -> Result<Vec<Block>, TofuError> {
    let mut reader = Reader { file, tokens: tokens(file, text)?, at: 0 };
    let mut all = Vec::new();
    loop {
        reader.newlines();
        if reader.at >= reader.tokens.len() {
            return Ok(all);
        }
        let (name, line) = reader.word()?;
        all.push(reader.block(name, line)?);
    }
}

struct Reader<'a> {
    file: &'a str,
    tokens: Vec<(Token, usize)>,
    at: usize,
}

impl Reader<'_> {
    fn refused<T>(&self, why: impl Into<String>) -> Result<T, TofuError> {
        let line = self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |it| it.1);
        Err(TofuError::Refused { file: self.file.to_owned(), line, why: why.into() })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|it| &it.0)
    }

    fn newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    fn take(&mut self, mark: char) -> bool {
        let there = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(there);
        there
    }

    fn word(&mut self) -> Result<(String, usize), TofuError> {
        match self.tokens.get(self.at) {
            Some((Token::Word(word), line)) => {
                let found = (word.clone(), *line);
                self.at += 1;
                Ok(found)
            }
            _ => self.refused("a name is expected here"),
        }
    }

    fn block(&mut self, kind: String, line: usize) -> Result<Block, TofuError> {
        let mut block = Block { kind, labels: Vec::new(), line, attributes: Vec::new(), blocks: Vec::new() };
        while let Some(Token::Text(label)) = self.peek() {
            block.labels.push(label.clone());
            self.at += 1;
        }
        if !self.take('{') {
            return self.refused("a { is expected here");
        }
        loop {
            self.newlines();
            if self.take('}') {
                return Ok(block);
            }
            let (name, line) = self.word()?;
            if self.take('=') {
                let value = self.value()?;
                block.attributes.push((name, value, line));
            } else {
                block.blocks.push(self.block(name, line)?);
            }
            if !matches!(self.peek(), Some(Token::Newline | Token::Mark('}'))) {
                return self.refused("only literals and references are known to the stand-in for tofu");
            }
        }
    }

    fn value(&mut self) -> Result<Value, TofuError> {
        let value = match self.peek() {
            Some(Token::Text(text)) => Value::Text(text.clone()),
            Some(Token::Number(text)) => Value::Number(text.clone()),
            Some(Token::Word(word)) if word == "true" || word == "false" => Value::Flag(word == "true"),
            Some(Token::Word(word)) => Value::Reference(word.clone()),
            Some(Token::Mark('[')) => return self.list(),
            Some(Token::Mark('{')) => return self.map(),
            _ => return self.refused("a value is expected here"),
        };
        self.at += 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, TofuError> {
        self.at += 1;
        let mut all = Vec::new();
        loop {
            self.newlines();
            if self.take(']') {
                return Ok(Value::List(all));
            }
            all.push(self.value()?);
            self.newlines();
            if !self.take(',') && self.peek() != Some(&Token::Mark(']')) {
                return self.refused("a , or ] is expected here");
            }
        }
    }

    fn map(&mut self) -> Result<Value, TofuError> {
        self.at += 1;
        let mut all = Vec::new();
        loop {
            self.newlines();
            if self.take('}') {
                return Ok(Value::Map(all));
            }
            let key = match self.peek() {
                Some(Token::Word(key) | Token::Text(key)) => key.clone(),
                _ => return self.refused("a key is expected here"),
            };
            self.at += 1;
            if !self.take('=') && !self.take(':') {
                return self.refused("a = is expected here");
            }
            all.push((key, self.value()?));
            self.take(',');
        }
    }
}

fn tokens(file: &str, text: &str) -> Result<Vec<(Token, usize)>, TofuError> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    let mut line = 1;
    while let Some(letter) = letters.next() {
        let refused = |why: &str| TofuError::Refused { file: file.to_owned(), line, why: why.to_owned() };
        let token = match letter {
            '\n' => {
                found.push((Token::Newline, line));
                line += 1;
                continue;
            }
            it if it.is_whitespace() => continue,
            '#' => {
                while letters.next_if(|it| *it != '\n').is_some() {}
                continue;
            }
            '/' if letters.peek() == Some(&'/') => {
                while letters.next_if(|it| *it != '\n').is_some() {}
                continue;
            }
            '/' if letters.peek() == Some(&'*') => {
                let mut before = ' ';
                for it in letters.by_ref() {
                    line += usize::from(it == '\n');
                    if before == '*' && it == '/' {
                        break;
                    }
                    before = it;
                }
                continue;
            }
            '"' => {
                let mut text = String::new();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => text.extend(letters.next()),
                        Some('$' | '%') if letters.peek() == Some(&'{') => {
                            return Err(refused("templates are not known to the stand-in for tofu"));
                        }
                        Some('\n') | None => return Err(refused("a text that does not end")),
                        Some(other) => text.push(other),
                    }
                }
                Token::Text(text)
            }
            it if it.is_ascii_digit() || it == '-' => {
                let mut text = String::from(it);
                while let Some(next) = letters.next_if(|it| it.is_ascii_digit() || *it == '.') {
                    text.push(next);
                }
                Token::Number(text)
            }
            it if it.is_alphabetic() || it == '_' => {
                let mut text = String::from(it);
                let part = |it: &char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.');
                while let Some(next) = letters.next_if(part) {
                    text.push(next);
                }
                Token::Word(text)
            }
            '{' | '}' | '[' | ']' | '=' | ',' | ':' => Token::Mark(letter),
            _ => return Err(refused("only literals and references are known to the stand-in for tofu")),
        };
        found.push((token, line));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_with_their_lines() {
        let text = "# guard\nresource \"a\" \"b\" {\n  name = \"x\" // why\n\n  rule {\n    ips = [\n      \"::/0\",\n    ]\n  }\n  of = c.d.id\n}\n";
        let all = blocks("a.tf", text).unwrap();
        assert_eq!((all[0].labels.as_slice(), all[0].line), (["a".to_owned(), "b".to_owned()].as_slice(), 2));
        assert_eq!(all[0].attributes[1], ("of".into(), Value::Reference("c.d.id".into()), 10));
        let ips = Value::List(vec![Value::Text("::/0".into())]);
        assert_eq!((all[0].blocks[0].line, &all[0].blocks[0].attributes[0].1), (5, &ips));
    }

    #[test]
    fn what_would_have_to_be_computed_is_refused_with_its_line() {
        for text in
            ["a {\n b = \"${x}\"\n}", "a {\n b = max(1, 2)\n}", "a {\n b = 1 + 2\n}", "a {\n b = \"x\n}"]
        {
            assert!(blocks("a.tf", text).unwrap_err().to_string().starts_with("a.tf:2: "), "{text}");
        }
    }
}
