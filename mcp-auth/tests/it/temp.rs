//! A folder that goes when the test ends.

use std::path::{Path, PathBuf};

use portcullis_auth::{Entropy as _, OsEntropy};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let mut id = [0; 8];
        OsEntropy.fill(&mut id).unwrap();
        let name = format!("portcullis-{:016x}", u64::from_be_bytes(id));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
