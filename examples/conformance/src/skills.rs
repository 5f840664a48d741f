//! Skills (SEP-2640): each folder below `skills/` that holds a `SKILL.md`.

use rmcp::handler::server::skill_catalog::{SkillCatalog, SkillCatalogError};

/// The folder in this package: the fixture is run from where it was built.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/skills");

/// Reads the folder once, so that digests and files cannot come apart while the suite looks.
pub(crate) fn catalog() -> Result<SkillCatalog, SkillCatalogError> {
    SkillCatalog::from_dir(FOLDER)
}
