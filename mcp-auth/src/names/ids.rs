use std::fmt;

use super::InvalidName;

const MAX_ID: usize = 2048;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks the length (1 to 2,048 bytes) and that no control character is inside.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
                let text = text.into();
                if text.is_empty() || text.len() > MAX_ID {
                    return Err(InvalidName::new($what, "must have 1 to 2,048 bytes"));
                }
                if text.chars().any(char::is_control) {
                    return Err(InvalidName::new($what, "must not contain control characters"));
                }
                Ok(Self(text.into_boxed_str()))
            }

            /// The identifier as the issuer wrote it; compare it as a whole, it has no parts.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }
    };
}

identifier!(
    /// The `sub` of a token (RFC 7519 §4.1.2): unique within its issuer only.
    Subject,
    "subject"
);
identifier!(
    /// An OAuth client identifier (RFC 6749 §2.2); a URL for Client ID Metadata Documents.
    ClientId,
    "client id"
);
