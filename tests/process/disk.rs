//! A disk of its own that can be filled: ext4 on a loop device, as root.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::daemon::{need, run};

/// A small file system mounted on a folder; unmounted at the end of a test.
pub(crate) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Makes one of so many MiB, in a file beside the folder, and mounts it there.
    pub(crate) fn mount(folder: &Path, mebibytes: u64) -> Self {
        need("mkfs.ext4", "e2fsprogs");
        let user = run(Command::new("id").arg("-u"));
        assert_eq!(user.trim(), "0", "this test mounts a loop device: run it as root");
        let image = folder.with_extension("img");
        std::fs::File::create(&image).unwrap().set_len(mebibytes << 20).unwrap();
        std::fs::create_dir(folder).unwrap();
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&image));
        let mounted = Command::new("mount").args(["-o", "loop"]).arg(&image).arg(folder).output().unwrap();
        let said = String::from_utf8_lossy(&mounted.stderr);
        assert!(
            mounted.status.success(),
            "this test mounts a loop device: run it as root where that is allowed ({said})"
        );
        Self { folder: folder.to_owned() }
    }

    /// Leaves no room at all.
    pub(crate) fn fill(&self) {
        let path = self.folder.join("filler");
        let mut block = 256_u64 << 20;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        while block >= 4096 {
            let length = file.metadata().unwrap().len() + block;
            let size = length.to_string();
            let grown = Command::new("fallocate").args(["-l", &size]).arg(&path).output().unwrap();
            if !grown.status.success() {
                block /= 2;
            }
        }
        while file.write(&[0; 512]).is_ok_and(|written| written > 0) {}
        file.sync_all().unwrap();
    }

    /// Makes room again.
    pub(crate) fn make_room(&self) {
        std::fs::remove_file(self.folder.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.folder).status());
    }
}
