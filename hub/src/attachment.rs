//! Owns the files of attachments: growing ones of one person, finished ones by content and firm. Leaves who may see which
//! to `store`.
//!
//! Invariants: a finished file is complete, of an accepted type and named by its own hash; files of one firm never serve
//! another. A chunk that was acknowledged is on disk.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use ring::digest::{Context, SHA256};
use service_tool_contract::{
    code::Code,
    id::{Digest, PersonId, TenantId},
    wire::UploadState,
};

use crate::data::{DataFolder, create_private_folder, sync_folder};
use crate::failure::{Answer, Failure, disk};
use crate::picture;
use crate::store::TenantScope;

/// Bytes of the largest attachment.
pub const MOST_BYTES: u64 = 25 * 1024 * 1024;
/// Bytes of the largest chunk.
pub const MOST_CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Finished uploads of one person that no request names yet: more than any order needs, and no way to fill the disk.
pub const MOST_UNUSED: u64 = 60;
/// Bytes of them.
pub const MOST_UNUSED_BYTES: u64 = 1024 * 1024 * 1024;
/// Unfinished uploads of one person.
const MOST_UNFINISHED: usize = 40;

/// The folder of attachments.
#[derive(Debug, Clone)]
pub struct AttachmentFolder {
    root: PathBuf,
}

/// One chunk of an upload.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    pub offset: u64,
    /// Of the whole file.
    pub size: u64,
    pub media_type: &'a str,
    pub bytes: &'a [u8],
}

/// Where an upload stands after a chunk.
pub enum Received {
    Part(UploadState),
    /// Complete, and this is what it is.
    Whole {
        size: u64,
        media_type: &'static str,
    },
}

impl AttachmentFolder {
    /// Of a data folder.
    pub fn open(folder: &DataFolder) -> anyhow::Result<Self> {
        let root = folder.path("attachments");
        create_private_folder(&root)?;
        Ok(Self { root })
    }

    fn of_tenant(&self, tenant: &TenantId) -> PathBuf {
        self.root.join(tenant.as_str())
    }

    fn finished_path(&self, tenant: &TenantId, digest: &Digest) -> PathBuf {
        self.of_tenant(tenant).join(&digest.as_str()[..2]).join(digest.as_str())
    }

    fn unfinished_folder(&self, tenant: &TenantId, person: &PersonId) -> PathBuf {
        self.of_tenant(tenant).join("unfinished").join(person.as_str())
    }

    /// Bytes of a person's unfinished upload that have arrived. Blocks.
    pub fn received(&self, scope: &TenantScope, person: &PersonId, digest: &Digest) -> u64 {
        let path = self.unfinished_folder(scope.tenant(), person).join(digest.as_str());
        fs_err::metadata(path).map_or(0, |metadata| metadata.len())
    }

    /// Adds a chunk to a person's upload; the last one finishes it. Blocks. Calls for one upload must not overlap.
    pub fn receive(
        &self,
        scope: &TenantScope,
        person: &PersonId,
        digest: &Digest,
        chunk: Chunk<'_>,
    ) -> Answer<Received> {
        if chunk.size == 0 || chunk.size > MOST_BYTES {
            return Err(size_refused(chunk.size));
        }
        if !matches!(chunk.media_type, "image/png" | "image/jpeg") {
            return Err(Failure::new(Code::FileRefused, "only image/png and image/jpeg are taken"));
        }
        let end = chunk.offset.saturating_add(chunk.bytes.len() as u64);
        if end > chunk.size || (chunk.bytes.is_empty() && end < chunk.size) {
            return Err(Failure::malformed("the chunk does not lie within the size"));
        }
        let folder = self.unfinished_folder(scope.tenant(), person);
        let path = folder.join(digest.as_str());
        let received = self.received(scope, person, digest);
        if chunk.offset != received {
            let mut failure = Failure::new(Code::StateConflict, "the upload stands at another offset");
            failure.upload = Some(UploadState { received, complete: false });
            return Err(failure);
        }
        if received == 0 {
            private(&self.of_tenant(scope.tenant()))?;
            private(&folder)?;
            let unfinished = fs_err::read_dir(&folder).map_err(|error| disk(&error))?.count();
            if unfinished >= MOST_UNFINISHED {
                return Err(Failure::too_many(600));
            }
        }
        append(&path, chunk.offset, chunk.bytes).map_err(|error| disk(&error))?;
        if end < chunk.size {
            return Ok(Received::Part(UploadState { received: end, complete: false }));
        }
        self.finish(scope, digest, &path, chunk.media_type)
    }

    fn finish(&self, scope: &TenantScope, wanted: &Digest, path: &PathBuf, claimed: &str) -> Answer<Received> {
        let bytes = fs_err::read(path).map_err(|error| disk(&error))?;
        let refuse = |reason: String| {
            if let Err(error) = fs_err::remove_file(path) {
                tracing::warn!(%error, "a refused upload cannot be removed");
            }
            Err(Failure::new(Code::FileRefused, reason))
        };
        if Digest::of(&bytes) != *wanted {
            return refuse("the content is not what the hash says".to_owned());
        }
        let picture = match picture::examine(&bytes) {
            Ok(picture) => picture,
            Err(reason) => return refuse(reason.to_string()),
        };
        if picture.media_type != claimed {
            return refuse(format!("the content is {}", picture.media_type));
        }
        let finished = self.finished_path(scope.tenant(), wanted);
        if let Some(parent) = finished.parent() {
            private(parent)?;
        }
        fs_err::rename(path, &finished).map_err(|error| disk(&error))?;
        sync_folder(&finished).map_err(|error| disk(&error))?;
        Ok(Received::Whole { size: bytes.len() as u64, media_type: picture.media_type })
    }

    /// A finished attachment, checked against its hash, to be read from its beginning. Blocks.
    pub fn open_finished(&self, scope: &TenantScope, wanted: &Digest) -> Answer<std::fs::File> {
        if !wanted.is_well_formed() {
            return Err(Failure::not_found());
        }
        let opened = fs_err::File::open(self.finished_path(scope.tenant(), wanted)).and_then(|mut file| {
            let is_whole = hash_of(&mut file)? == wanted.as_str();
            file.rewind()?;
            Ok((file, is_whole))
        });
        match opened {
            Ok((file, true)) => Ok(file.into_parts().0),
            Ok((_, false)) => {
                tracing::error!(digest = %wanted, "an attachment's file is damaged");
                Err(Failure::new(Code::Internal, "the attachment's file is damaged"))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tracing::error!(digest = %wanted, "an attachment's file is gone");
                Err(Failure::new(Code::Internal, "the attachment's file is gone"))
            }
            Err(error) => Err(disk(&error)),
        }
    }

    /// Removes a finished attachment that nobody refers to, unless it has just been uploaded again. Blocks.
    pub fn remove(&self, scope: &TenantScope, digest: &Digest, now: SystemTime, idle: Duration) {
        let path = self.finished_path(scope.tenant(), digest);
        if is_idle(&path, now, idle)
            && let Err(error) = fs_err::remove_file(path)
        {
            tracing::warn!(%error, "an unused attachment cannot be removed");
        }
    }

    /// Removes unfinished uploads that nothing was added to for so long. Blocks.
    pub fn remove_unfinished(&self, now: SystemTime, idle: Duration) {
        let tenants = fs_err::read_dir(&self.root).into_iter().flatten().flatten();
        let people = tenants
            .filter_map(|tenant| fs_err::read_dir(tenant.path().join("unfinished")).ok())
            .flat_map(|people| people.flatten());
        let files = people.filter_map(|person| fs_err::read_dir(person.path()).ok()).flat_map(|files| files.flatten());
        for file in files {
            if is_idle(&file.path(), now, idle)
                && let Err(error) = fs_err::remove_file(file.path())
            {
                tracing::warn!(%error, "an unfinished upload cannot be removed");
            }
        }
    }
}

fn is_idle(path: &std::path::Path, now: SystemTime, idle: Duration) -> bool {
    fs_err::metadata(path)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > idle))
}

fn private(path: &std::path::Path) -> Answer<()> {
    let parents: Vec<_> = path.ancestors().skip(1).take_while(|parent| !parent.is_dir()).collect();
    for parent in parents.into_iter().rev() {
        create_private_folder(parent).map_err(|error| disk(&error))?;
    }
    create_private_folder(path).map_err(|error| disk(&error))
}

fn append(path: &std::path::Path, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written =
        file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes)).and_then(|()| file.sync_data());
    if written.is_err() {
        // half a chunk was not acknowledged: the file is as long as what was
        file.set_len(offset)?;
    }
    written
}

/// SHA-256 of a file, read piece by piece.
fn hash_of(file: &mut impl Read) -> std::io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(data_encoding::HEXLOWER.encode(context.finish().as_ref())),
            length => context.update(&piece[..length]),
        }
    }
}

fn size_refused(size: u64) -> Failure {
    if size == 0 {
        Failure::new(Code::FileRefused, "an empty file")
    } else {
        Failure::new(Code::TooLarge, "an attachment has at most 25 MiB")
    }
}
