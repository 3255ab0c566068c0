//! The shipped data and the rules that it must keep.

mod corpus;
mod data;
mod literal;
mod names;
mod parse;
mod precedence;
mod properties;
mod relate;
mod truncation;
