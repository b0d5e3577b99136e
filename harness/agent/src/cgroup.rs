//! Memory control groups, v1 and v2, also from inside a container with a cgroup namespace of its own.

use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the memory controller is mounted. With both versions mounted side by side a controller lives in one of them.
#[derive(Debug, Clone, PartialEq)]
pub enum MemoryMount {
    V1 { point: PathBuf, root: String },
    V2 { point: PathBuf, root: String },
}

#[derive(Serialize, Debug, Clone, Copy, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct CgroupMemory {
    /// v1 `memory.usage_in_bytes`, v2 `memory.current`.
    pub cgroup_bytes: u64,
    /// v1 `total_rss`, v2 `anon`, of memory.stat.
    pub cgroup_anonymous_bytes: Option<u64>,
    /// v1 `memory.max_usage_in_bytes`, v2 `memory.peak` (Linux 5.19 and later).
    pub cgroup_peak_bytes: Option<u64>,
    /// v1 `memory.limit_in_bytes`, v2 `memory.max`; none where there is no limit.
    pub cgroup_limit_bytes: Option<u64>,
}

/// Without a limit v1 has the largest number of whole pages that fits into 63 bits, v2 the word `max`.
const NO_LIMIT: u64 = 1 << 62;

/// A line of mountinfo: `id parent dev root point options … - type source super-options`.
fn parse_mounts(mountinfo: &str) -> Vec<(&str, &str, &str, &str)> {
    mountinfo
        .lines()
        .filter_map(|line| {
            let (left, right) = line.split_once(" - ")?;
            let mut left = left.split(' ').skip(3);
            let mut right = right.split(' ');
            let (root, point) = (left.next()?, left.next()?);
            let (kind, options) = (right.next()?, right.nth(1)?);
            kind.starts_with("cgroup").then_some((kind, root, point, options))
        })
        .collect()
}

pub fn memory_mount(mountinfo: &str) -> Option<MemoryMount> {
    let mounts = parse_mounts(mountinfo);
    let v1 = mounts.iter().find(|(kind, _, _, options)| *kind == "cgroup" && options.split(',').any(|o| o == "memory"));
    if let Some((_, root, point, _)) = v1 {
        return Some(MemoryMount::V1 { point: point.into(), root: (*root).into() });
    }
    let v2 = mounts.iter().find(|(kind, ..)| *kind == "cgroup2");
    v2.map(|(_, root, point, _)| MemoryMount::V2 { point: point.into(), root: (*root).into() })
}

/// 1, 2 or "hybrid" (both mounted).
pub fn version(mountinfo: &str) -> serde_json::Value {
    let mounts = parse_mounts(mountinfo);
    let has = |wanted: &str| mounts.iter().any(|(kind, ..)| *kind == wanted);
    match (has("cgroup"), has("cgroup2")) {
        (true, true) => "hybrid".into(),
        (true, false) => 1.into(),
        _ => 2.into(),
    }
}

pub fn read_mountinfo() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
}

/// The folder of a process's memory cgroup; `cgroups` is its `/proc/PID/cgroup`, lines of `id:controllers:path`.
pub fn folder(mount: &MemoryMount, cgroups: &str) -> Option<PathBuf> {
    let lines = || cgroups.lines().filter_map(|line| line.splitn(3, ':').skip(1).collect::<Vec<_>>().try_into().ok());
    let path_of = |wanted: &dyn Fn(&str) -> bool| {
        lines().find_map(|[controllers, path]: [&str; 2]| wanted(controllers).then_some(path))
    };
    let (point, root, path) = match mount {
        MemoryMount::V1 { point, root } => (point, root, path_of(&|c| c.split(',').any(|one| one == "memory"))?),
        MemoryMount::V2 { point, root } => (point, root, path_of(&str::is_empty)?),
    };
    // Without a namespace of its own, a container's mount shows its own subtree only: the path begins with that root.
    let below = match root.as_str() {
        "/" => path,
        root => path.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path),
    };
    // A path that climbs out of our view of the tree cannot be reached from this mount.
    if below.split('/').any(|part| part == "..") {
        return None;
    }
    Some(point.join(below.trim_start_matches('/')))
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn stat_value(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.parse().ok())
}

pub fn memory(mount: &MemoryMount, folder: &Path) -> Option<CgroupMemory> {
    let (current, peak, limit, anonymous) = match mount {
        MemoryMount::V1 { .. } => {
            ("memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.limit_in_bytes", "total_rss")
        }
        MemoryMount::V2 { .. } => ("memory.current", "memory.peak", "memory.max", "anon"),
    };
    Some(CgroupMemory {
        cgroup_bytes: number(&folder.join(current))?,
        cgroup_anonymous_bytes: fs::read_to_string(folder.join("memory.stat"))
            .ok()
            .and_then(|text| stat_value(&text, anonymous)),
        cgroup_peak_bytes: number(&folder.join(peak)),
        cgroup_limit_bytes: number(&folder.join(limit)).filter(|bytes| *bytes < NO_LIMIT),
    })
}

/// Pids in the cgroup and those below it.
pub fn pids(folder: &Path) -> Vec<u32> {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let mut pids: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            pids.extend(self::pids(&entry.path()));
        }
    }
    pids
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
30 23 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs rw\n\
31 30 0:27 / /sys/fs/cgroup/unified rw shared:1 - cgroup2 cgroup2 rw\n\
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
33 30 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
    const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw,nsdelegate\n";
    const OF_A_FUNCTION: &str = "9:memory:/openfaas-fn/hello\n4:cpu,cpuacct:/other\n0::/unified/hello\n";

    #[test]
    fn with_both_versions_the_one_that_has_the_memory_controller_counts() {
        let mount = memory_mount(HYBRID).unwrap();
        assert_eq!(folder(&mount, OF_A_FUNCTION), Some("/sys/fs/cgroup/memory/openfaas-fn/hello".into()));
        assert_eq!(version(HYBRID), "hybrid");
    }

    #[test]
    fn with_v2_alone_the_line_without_controllers_counts() {
        let mount = memory_mount(V2).unwrap();
        assert_eq!(folder(&mount, "0::/openfaas-fn/hello\n"), Some("/sys/fs/cgroup/openfaas-fn/hello".into()));
        assert_eq!(version(V2), 2);
        assert_eq!(folder(&mount, "9:memory:/x\n"), None);
    }

    #[test]
    fn without_a_cgroup_namespace_the_containers_own_prefix_is_taken_off_once() {
        let text = "33 30 0:29 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let mount = memory_mount(text).unwrap();
        let of = |path: &str| folder(&mount, &format!("9:memory:{path}\n"));
        assert_eq!(of("/docker/abc/openfaas-fn/hello"), Some("/sys/fs/cgroup/memory/openfaas-fn/hello".into()));
        assert_eq!(of("/docker/abcdef/x"), Some("/sys/fs/cgroup/memory/docker/abcdef/x".into()));
    }

    #[test]
    fn a_process_outside_our_view_has_no_folder() {
        assert_eq!(folder(&memory_mount(V2).unwrap(), "0::/../other\n"), None);
        assert_eq!(memory_mount(""), None);
    }

    #[test]
    fn a_limit_is_told_and_its_absence_is_none_in_both_versions() {
        let folder = std::env::temp_dir().join(format!("givre-cgroup-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
        let limit = |mount: &MemoryMount| memory(mount, &folder).unwrap().cgroup_limit_bytes;
        let v1 = MemoryMount::V1 { point: "/".into(), root: "/".into() };
        let v2 = MemoryMount::V2 { point: "/".into(), root: "/".into() };
        write("memory.usage_in_bytes", "4096\n");
        write("memory.current", "4096\n");
        write("memory.limit_in_bytes", "33554432\n");
        write("memory.max", "33554432\n");
        assert_eq!((limit(&v1), limit(&v2)), (Some(32 << 20), Some(32 << 20)));
        write("memory.limit_in_bytes", "9223372036854771712\n");
        write("memory.max", "max\n");
        assert_eq!((limit(&v1), limit(&v2)), (None, None));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn memory_stat_keys_are_matched_whole() {
        assert_eq!(stat_value("anon_thp 5\nanon 7\n", "anon"), Some(7));
    }
}
