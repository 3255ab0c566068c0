//! tsg
fn main() {}
