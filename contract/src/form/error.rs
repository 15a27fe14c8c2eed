//! What is wrong with a form file, told to its author.

use std::fmt;

/// One place of a form file that the engine does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionError {
    /// Path within the file (`sections[2].fields[0].visible`), or the line where it is not even JSON of the right shape.
    pub place: String,
    /// Character within the condition or template, or within the line; counted from 1.
    pub column: Option<u32>,
    /// English, for the author.
    pub message: String,
}

impl DefinitionError {
    /// An error about the whole of `place`.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), column: None, message: message.into() }
    }

    /// An error at a character of `place`.
    pub fn at(place: impl Into<String>, column: u32, message: impl Into<String>) -> Self {
        Self { place: place.into(), column: Some(column), message: message.into() }
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(formatter, "{}, column {column}: {}", self.place, self.message),
            None => write!(formatter, "{}: {}", self.place, self.message),
        }
    }
}

impl std::error::Error for DefinitionError {}
