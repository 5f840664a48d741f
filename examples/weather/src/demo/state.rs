use std::fs;
use std::path::{Path, PathBuf};

use portcullis::auth::{RedbStore, SealingKeys, SigningKeys, demo_keys};

use super::DataSetting;
use crate::run::StartError;

/// What outlives a restart: the grants, and the keys that they are sealed and signed with.
pub(super) struct State {
    pub(super) signing: SigningKeys,
    pub(super) sealing: SealingKeys,
    /// None: in memory.
    pub(super) file: Option<RedbStore>,
    pub(super) description: String,
}

impl State {
    pub(super) fn open(setting: &Option<DataSetting>) -> Result<Self, StartError> {
        match setting {
            Some(DataSetting::Memory) => Self::in_memory(),
            Some(DataSetting::File(file)) => Self::in_file(file),
            None => Self::in_file(&default_file()?),
        }
    }

    fn in_memory() -> Result<Self, StartError> {
        Ok(Self {
            signing: SigningKeys::parse_demo(&SigningKeys::generate("demo-memory")?)?,
            sealing: SealingKeys::parse_demo(&SealingKeys::generate("demo-memory")?)?,
            file: None,
            description: "memory: clients sign in again after a restart".to_owned(),
        })
    }

    fn in_file(file: &Path) -> Result<Self, StartError> {
        if let Some(folder) = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(|source| StartError::Folder {
                folder: folder.to_owned(),
                source,
            })?;
        }
        let mut keys = file.as_os_str().to_owned();
        keys.push(".keys");
        let (signing, sealing) = demo_keys(PathBuf::from(keys))?;
        Ok(Self {
            signing,
            sealing,
            file: Some(RedbStore::open(file).map_err(StartError::store("--data"))?),
            description: file.display().to_string(),
        })
    }
}

/// In the user's state folder (XDG Base Directory Specification).
fn default_file() -> Result<PathBuf, StartError> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .ok_or(StartError::NoStateFolder)?;
    Ok(folder.join("portcullis/weather-demo.redb"))
}
