//! What the compiler says to an author who forgot something.

#[test]
fn errors_say_what_to_write() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
