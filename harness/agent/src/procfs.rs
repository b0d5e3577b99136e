//! What `/proc` says about processes and the machine, parsed.

use serde::Serialize;
use std::fs;

/// One line of `/proc/PID/stat`, as far as it is needed here.
#[derive(Debug, Clone, PartialEq)]
pub struct Stat {
    pub pid: u32,
    pub name: String,
    pub state: char,
    pub parent: u32,
    /// In clock ticks since boot; tells a process from a later one with the same pid.
    pub started: u64,
}

/// The name stands in parentheses and may itself hold spaces and parentheses.
pub fn parse_stat(text: &str) -> Option<Stat> {
    let (pid, rest) = text.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    Some(Stat {
        pid: pid.trim().parse().ok()?,
        name: name.into(),
        state: fields.first()?.chars().next()?,
        parent: u32::try_from(number(1)?).ok()?,
        started: number(19)?,
    })
}

pub fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Every process that can be seen, without those that are dead already.
pub fn processes() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(stat).filter(|process| !matches!(process.state, 'Z' | 'X')).collect()
}

/// The value of a `Name:   123 kB` line, in bytes.
pub fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))?;
    let value: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(value * 1_024)
}

/// Proportional set size: what a process holds alone, plus its share of what it shares.
pub fn pss_bytes(pid: u32) -> Option<u64> {
    kilobytes(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?, "Pss")
}

pub fn available_bytes() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable")
}

/// Facts about the machine around a sample. Ticks are of USER_HZ over all processors.
#[derive(Serialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Pressure {
    loadavg1: f64,
    steal_ticks: u64,
    total_ticks: u64,
    idle_ticks: u64,
    /// Microseconds in which some task waited for a processor, since boot; null where the kernel has no PSI.
    cpu_pressure_some_us: Option<u64>,
    /// Context switches since boot.
    ctxt: u64,
}

pub fn pressure() -> Pressure {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    parse_pressure(&text("/proc/loadavg"), &text("/proc/stat"), &text("/proc/pressure/cpu"))
}

fn parse_pressure(loadavg: &str, stat: &str, psi: &str) -> Pressure {
    let line = |name: &str| stat.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
    // user nice system idle iowait irq softirq steal; guest time is part of user time already.
    let cpu: Vec<u64> = line("cpu ").split_ascii_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
    let at = |index: usize| cpu.get(index).copied().unwrap_or(0);
    let some = psi.lines().find(|line| line.starts_with("some "));
    Pressure {
        loadavg1: loadavg.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0.0),
        steal_ticks: at(7),
        total_ticks: cpu.iter().sum(),
        idle_ticks: at(3) + at(4),
        cpu_pressure_some_us: some.and_then(|line| line.rsplit_once("total=")?.1.trim().parse().ok()),
        ctxt: line("ctxt ").trim().parse().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_be_called_anything() {
        let text =
            "42 (a) b (c) S 7 42 42 0 -1 4194560 100 0 0 0 30 12 0 0 20 0 1 0 987654 1000 200 18446744073709551615";
        let stat = parse_stat(text).unwrap();
        assert_eq!((stat.pid, stat.name.as_str(), stat.state, stat.parent), (42, "a) b (c", 'S', 7));
        assert_eq!(stat.started, 987_654);
        assert_eq!(parse_stat("42 (cut"), None);
    }

    #[test]
    fn pss_is_told_from_its_parts() {
        let text = "00400000-7fff rollup\nRss:  900 kB\nPss_Anon:   100 kB\nPss:    340 kB\nPss_Dirty:   10 kB\n";
        assert_eq!(kilobytes(text, "Pss"), Some(340 * 1_024));
        assert_eq!(kilobytes(text, "Swap"), None);
    }

    #[test]
    fn pressure_is_read_with_and_without_psi() {
        let stat = "cpu  1 2 3 4 5 6 7 8 100 100\ncpu0 1 2 3\nctxt 99\n";
        let psi = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull avg10=0.00 total=9\n";
        let got = parse_pressure("0.52 0.1 0.1 1/99 7\n", stat, psi);
        assert_eq!((got.loadavg1, got.steal_ticks, got.total_ticks, got.ctxt), (0.52, 8, 36, 99));
        assert_eq!((got.idle_ticks, got.cpu_pressure_some_us), (9, Some(1_234)));
        assert_eq!(parse_pressure("", stat, "").cpu_pressure_some_us, None);
    }

    #[test]
    fn we_see_ourselves() {
        let me = stat(std::process::id()).unwrap();
        assert!(processes().iter().any(|process| process.pid == me.pid && process.started == me.started));
        assert!(pss_bytes(me.pid).unwrap() > 100_000 && available_bytes().unwrap() > 1_000_000);
    }
}
