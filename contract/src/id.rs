//! Names of things: newtypes over text, so that one kind of id is never taken for another. Ids made by the hub carry a
//! readable prefix (`req_…`); ids of forms and fields are words chosen by their author.

use serde::{Deserialize, Serialize};

/// A text newtype that travels as plain text, in JSON, TypeScript and OpenAPI alike.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

text_type!(/// A firm: `ten_` and a UUIDv7.
    TenantId);
text_type!(/// A person of a firm, or of the provider: `per_` and a UUIDv7.
    PersonId);
text_type!(/// A request at the hub: `req_` and a UUIDv7.
    RequestId);
text_type!(/// A draft on one desktop: `dra_` and a UUIDv7.
    DraftId);
text_type!(/// One item of the outbox, at the same time its idempotency key: `out_` and a UUIDv7.
    OutboxId);
text_type!(/// A picture held in memory by the desktop: `pic_` and a UUIDv7.
    PictureId);
text_type!(/// A form, named by its author: lower case letters, digits and hyphens (`user-create`).
    FormId);
text_type!(/// A field of a form, named by its author: lower case letters, digits and underscores (`last_name`).
    FieldId);
text_type!(/// SHA-256 of some bytes: 64 lower case hexadecimal digits.
    Digest);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        Self(data_encoding::HEXLOWER.encode(digest.as_ref()))
    }

    /// Whether the text has the shape of a digest.
    pub fn is_well_formed(&self) -> bool {
        self.0.len() == 64 && self.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// A moment in UTC, RFC 3339 on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
#[serde(transparent)]
pub struct Moment(#[cfg_attr(feature = "ts", ts(skip))] pub jiff::Timestamp);

/// A calendar day, `2026-12-01` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = Date))]
#[serde(transparent)]
pub struct Day(#[cfg_attr(feature = "ts", ts(skip))] pub jiff::civil::Date);

impl Day {
    /// A day written `2026-12-01` and in no other way.
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if shape { text.parse().ok().map(Self) } else { None }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}
