use std::fmt;

use serde::Serialize;
use url::Url;

/// Everything that was found, in the order in which it was asked.
#[derive(Serialize)]
pub(super) struct Report {
    url: Url,
    healthy: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    level: Level,
    /// What was seen.
    seen: String,
    /// What to change; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    /// Some clients stumble.
    Warn,
    /// Clients cannot sign in, or somebody can who must not.
    Fail,
}

impl Report {
    /// A query is left out: reports are passed on, and its values may be secrets.
    pub(super) fn new(url: &Url) -> Self {
        let mut url = url.clone();
        url.set_query(None);
        Self {
            url,
            healthy: true,
            findings: Vec::new(),
        }
    }

    pub(super) fn healthy(&self) -> bool {
        self.healthy
    }

    pub(super) fn ok(&mut self, check: &'static str, seen: impl Into<String>) {
        self.add(check, Level::Ok, seen.into(), None);
    }

    pub(super) fn warn(
        &mut self,
        check: &'static str,
        seen: impl Into<String>,
        change: impl Into<String>,
    ) {
        self.add(check, Level::Warn, seen.into(), Some(change.into()));
    }

    pub(super) fn fail(
        &mut self,
        check: &'static str,
        seen: impl Into<String>,
        change: impl Into<String>,
    ) {
        self.healthy = false;
        self.add(check, Level::Fail, seen.into(), Some(change.into()));
    }

    /// `ok` if `condition` holds, else `fail`.
    pub(super) fn require(
        &mut self,
        condition: bool,
        check: &'static str,
        seen: impl Into<String>,
        change: &str,
    ) {
        if condition {
            self.ok(check, seen)
        } else {
            self.fail(check, seen, change)
        }
    }

    fn add(&mut self, check: &'static str, level: Level, seen: String, change: Option<String>) {
        // What a server sends must not drive the terminal.
        let printable = |text: String| -> String {
            text.chars()
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect()
        };
        self.findings.push(Finding {
            check,
            level,
            seen: printable(seen),
            change: change.map(printable),
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.url)?;
        for finding in &self.findings {
            writeln!(
                f,
                "{:<5} {:<24} {}",
                finding.level.as_str(),
                finding.check,
                finding.seen
            )?;
            if let Some(change) = &finding.change {
                writeln!(f, "{:<5} {:<24} -> {change}", "", "")?;
            }
        }
        let count = |level| self.findings.iter().filter(|it| it.level == level).count();
        let (failures, warnings) = (count(Level::Fail), count(Level::Warn));
        writeln!(f, "\n{failures} to fix, {warnings} to consider")
    }
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}
