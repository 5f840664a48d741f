//! A streamed body, event by event.

use axum::body::Body;
use http_body_util::BodyExt;

pub(crate) struct Frames {
    body: Body,
    unread: String,
}

impl Frames {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            body,
            unread: String::new(),
        }
    }

    /// The next event or comment, as it is on the wire.
    pub(crate) async fn next(&mut self) -> Option<String> {
        while !self.unread.contains("\n\n") {
            let frame = self.body.frame().await?.unwrap();
            let bytes = frame.into_data().unwrap();
            self.unread.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        let (event, rest) = self.unread.split_once("\n\n")?;
        let event = format!("{event}\n\n");
        self.unread = rest.to_owned();
        Some(event)
    }
}
