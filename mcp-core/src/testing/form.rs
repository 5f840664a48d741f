//! The forms of login and consent pages.

/// A form that a browser would submit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    /// The first `<form method="post">` of a page: the one that goes forward.
    pub(super) fn first_post(page: &str) -> Option<Self> {
        let mut rest = page;
        loop {
            let (tag, after) = next_tag(rest, "<form")?;
            rest = after;
            if attribute(tag, "method").is_some_and(|m| m.eq_ignore_ascii_case("post")) {
                let inside = after.split("</form").next().unwrap_or_default();
                return Some(Self {
                    action: attribute(tag, "action").unwrap_or_default(),
                    fields: fields(inside),
                });
            }
        }
    }

    /// Fills a field in, if the form has it.
    pub(super) fn fill(&mut self, name: &str, text: &str) {
        for (field, value) in &mut self.fields {
            if field == name {
                text.clone_into(value);
            }
        }
    }
}

fn fields(mut inside: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    while let Some((tag, after)) = next_tag(inside, "<input") {
        inside = after;
        if let Some(name) = attribute(tag, "name") {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    fields
}

/// The attributes of the next such tag, and what follows it.
fn next_tag<'a>(html: &'a str, tag: &str) -> Option<(&'a str, &'a str)> {
    let (_, from) = html.split_once(tag)?;
    from.split_once('>')
}

/// An attribute in double quotes, which is how our pages write them.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, from) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = from.split_once('"')?;
    Some(unescape(value))
}

fn unescape(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    let unescape = |text: String, (entity, c): (&str, &str)| text.replace(entity, c);
    entities.into_iter().fold(text.to_owned(), unescape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_post_form_is_taken_with_all_its_fields() {
        let page = r#"<form action="/search"><input name="q"></form>
            <form method="post" action="/consent?a=1&amp;b=2">
              <input type="hidden" name="request" value="x&#34;y">
              <input id="username" name="username" value="" required>
            </form><form method="post" action="/deny"></form>"#;
        let mut form = Form::first_post(page).unwrap();
        form.fill("username", "me");
        form.fill("absent", "!");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(form.action, "/consent?a=1&b=2");
        assert_eq!(
            form.fields,
            [pair("request", "x\"y"), pair("username", "me")]
        );
        assert_eq!(Form::first_post("<p>no form</p>"), None);
    }
}
