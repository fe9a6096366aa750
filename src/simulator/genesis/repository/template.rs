//! A file as a template: `%{name}` stands for a value of the moment.

/// A file that will be filled with the values of a moment.
#[derive(Debug, Clone)]
pub struct Template {
    pub path: String,
    pub text: String,
}

impl Template {
    /// The names of the values it stands on.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text.split("%{").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }

    /// Fill it. A line that holds nothing but an empty value goes.
    pub fn fill(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut out = String::with_capacity(self.text.len());
        for line in self.text.split_inclusive('\n') {
            let mut filled = String::new();
            let mut rest = line;
            while let Some((before, after)) = rest.split_once("%{") {
                let Some((name, after)) = after.split_once('}') else { break };
                filled.push_str(before);
                filled.push_str(&value(name).unwrap_or_default());
                rest = after;
            }
            let gone = rest.len() != line.len() && filled.is_empty() && rest.trim().is_empty();
            if !gone {
                out.push_str(&filled);
                out.push_str(rest);
            }
        }
        out
    }
}
