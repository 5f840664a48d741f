/// The longest name that is kept, in characters.
const MAX_CHARS: usize = 64;

/// What is left of a name that a client gave itself: no control characters, nothing invisible, nothing
/// that turns the direction of the text around it (T14). `None` if nothing is left.
///
/// HTML is the template's business.
pub(crate) fn clean(name: &str) -> Option<String> {
    let visible = name
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c));
    let name: String = visible.take(MAX_CHARS).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// Format characters: zero-width ones, bidirectional controls (UAX #9), tags, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}'
    )
}
