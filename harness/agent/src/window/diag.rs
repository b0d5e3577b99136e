//! "Does anybody listen on this port in that network namespace?", asked of the kernel's socket tables.
//!
//! One exact look-up by sock_diag costs a few microseconds. `/proc/PID/net/tcp` walks the machine-wide hash table (over a
//! millisecond on a large machine) and is only the way out where the kernel has no inet_diag.

use crate::failure::{Failure, Outcome};
use std::fs::{self, File};
use std::io::Error;
use std::mem::zeroed;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const TCP_LISTEN: u8 = 10;
const HEADER_BYTES: usize = 16;
const REQUEST_BYTES: usize = HEADER_BYTES + 56;

pub enum Prober {
    Netlink { socket: OwnedFd, address: Ipv4Addr },
    ProcNet { pid: u32 },
}

fn open_socket() -> std::io::Result<OwnedFd> {
    // SAFETY: socket(2) with constant arguments; the descriptor is owned right after.
    unsafe {
        match libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, libc::NETLINK_SOCK_DIAG) {
            fd @ 0.. => Ok(OwnedFd::from_raw_fd(fd)),
            _ => Err(Error::last_os_error()),
        }
    }
}

/// Whether this kernel answers sock_diag for TCP. One without it says "no such socket" to everything, so a socket that is
/// there is asked for, once, before anything is measured.
pub fn is_supported() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return false };
        let port = listener.local_addr().map(|address| address.port());
        let found = port.and_then(|port| look_up(&open_socket()?, Ipv4Addr::LOCALHOST, port));
        found.unwrap_or(false)
    })
}

/// Moves the calling thread into the network namespace of `pid`; the thread is not to be used for anything else after.
fn enter(pid: u32) -> Outcome<()> {
    let path = format!("/proc/{pid}/ns/net");
    let theirs = File::open(&path).map_err(|e| Failure::io(&path, &e))?;
    let inode = |meta: std::io::Result<fs::Metadata>| meta.map(|m| m.ino()).map_err(|e| Failure::io(&path, &e));
    if inode(theirs.metadata())? == inode(fs::metadata("/proc/self/ns/net"))? {
        return Err(Failure::new("host_network", format!("process {pid} shares our network namespace")));
    }
    // SAFETY: setns with an open namespace descriptor concerns only this thread.
    match unsafe { libc::setns(theirs.as_raw_fd(), libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(Failure::io("setns (needs CAP_SYS_ADMIN)", &Error::last_os_error())),
    }
}

impl Prober {
    /// Moves the calling thread for good, see `enter`.
    pub fn of(pid: u32) -> Outcome<Self> {
        let supported = is_supported();
        enter(pid)?;
        match open_socket() {
            Ok(socket) if supported => Ok(Self::Netlink { socket, address: Ipv4Addr::LOCALHOST }),
            _ => Ok(Self::ProcNet { pid }),
        }
    }

    /// A listener on the wildcard address answers for the loopback address too; one on the interface's own address only
    /// for that, which exists once CNI is done.
    pub fn look_for_address(&mut self) {
        match self {
            Self::Netlink { address, .. } if address.is_loopback() => {
                *address = own_addresses().first().copied().unwrap_or(*address);
            }
            _ => {}
        }
    }

    pub fn listens(&self, port: u16) -> Outcome<bool> {
        match self {
            Self::ProcNet { pid } => Ok(listens_in_proc(*pid, port)),
            Self::Netlink { socket, address } => {
                look_up(socket, *address, port).map_err(|e| Failure::io("sock_diag", &e))
            }
        }
    }
}

fn look_up(socket: &OwnedFd, address: Ipv4Addr, port: u16) -> std::io::Result<bool> {
    let request = encode(address, port);
    let mut reply = [0u8; 512];
    // SAFETY: both buffers outlive the calls and their lengths are given.
    let count = unsafe {
        let fd = socket.as_raw_fd();
        if libc::send(fd, request.as_ptr().cast(), request.len(), 0) < 0 {
            return Err(Error::last_os_error());
        }
        libc::recv(fd, reply.as_mut_ptr().cast(), reply.len(), 0)
    };
    match usize::try_from(count) {
        Ok(count) => decode(&reply[..count]),
        Err(_) => Err(Error::last_os_error()),
    }
}

/// struct nlmsghdr, then struct inet_diag_req_v2 (linux/inet_diag.h).
fn encode(address: Ipv4Addr, port: u16) -> [u8; REQUEST_BYTES] {
    let mut bytes = [0u8; REQUEST_BYTES];
    bytes[0..4].copy_from_slice(&(REQUEST_BYTES as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&(libc::NLM_F_REQUEST as u16).to_ne_bytes());
    let request = &mut bytes[HEADER_BYTES..];
    request[0] = libc::AF_INET as u8;
    request[1] = libc::IPPROTO_TCP as u8;
    request[4..8].copy_from_slice(&(1u32 << TCP_LISTEN).to_ne_bytes());
    request[8..10].copy_from_slice(&port.to_be_bytes());
    request[12..16].copy_from_slice(&address.octets());
    // "No cookie": any socket that fits will do.
    request[48..56].copy_from_slice(&[0xff; 8]);
    bytes
}

fn decode(reply: &[u8]) -> std::io::Result<bool> {
    let kind = reply.get(4..6).map(|b| u16::from_ne_bytes([b[0], b[1]]));
    match (kind, reply.get(HEADER_BYTES..)) {
        (Some(SOCK_DIAG_BY_FAMILY), Some(body)) => Ok(body.get(1) == Some(&TCP_LISTEN)),
        (Some(2), Some([a, b, c, d, ..])) => match -i32::from_ne_bytes([*a, *b, *c, *d]) {
            libc::ENOENT => Ok(false),
            code => Err(Error::from_raw_os_error(code)),
        },
        _ => Err(Error::other("unexpected netlink answer")),
    }
}

/// IPv4 addresses of the calling thread's network namespace, without the loopback's.
fn own_addresses() -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    // SAFETY: the list is walked as getifaddrs(3) describes and freed once; entries may have no address.
    unsafe {
        let mut list: *mut libc::ifaddrs = zeroed();
        if libc::getifaddrs(&mut list) != 0 {
            return found;
        }
        let mut entry = list;
        while let Some(interface) = entry.as_ref() {
            if let Some(address) = interface.ifa_addr.as_ref() {
                if i32::from(address.sa_family) == libc::AF_INET {
                    let inet = interface.ifa_addr.cast::<libc::sockaddr_in>().read_unaligned();
                    found.push(Ipv4Addr::from(u32::from_be(inet.sin_addr.s_addr)));
                }
            }
            entry = interface.ifa_next;
        }
        libc::freeifaddrs(list);
    }
    found.retain(|address| !address.is_loopback());
    found
}

/// IPv4 addresses in the network namespace of a process; none if it is gone or shares ours.
pub fn addresses_of(pid: u32) -> Vec<Ipv4Addr> {
    let look = move || enter(pid).map(|()| own_addresses()).unwrap_or_default();
    super::spawn("addresses", look).ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
}

fn listens_in_proc(pid: u32, port: u16) -> bool {
    ["tcp", "tcp6"]
        .iter()
        .any(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")).is_ok_and(|text| has_listener(&text, port)))
}

/// Lines of `/proc/net/tcp`: `sl local_address rem_address st …`, the port in hex, state 0A = LISTEN.
fn has_listener(table: &str, port: u16) -> bool {
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let local = fields.next().and_then(|address| address.rsplit_once(':'));
        let state = fields.nth(1);
        state == Some("0A") && local.is_some_and(|(_, hex)| u16::from_str_radix(hex, 16) == Ok(port))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
        \x20  0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n\
        \x20  1: 0100007F:0CEA 0100007F:1F91 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 20 4 30 10 -1\n";

    #[test]
    fn only_listening_sockets_count_and_only_on_their_own_port() {
        assert!(has_listener(TABLE, 8_080));
        assert!(!has_listener(TABLE, 3_306) && !has_listener(TABLE, 8_081));
        let v6 = "  sl  local\n   0: 00000000000000000000000000000000:1F91 0000:0000 0A 0:0\n";
        assert!(has_listener(v6, 8_081));
    }

    fn here() -> Prober {
        Prober::Netlink { socket: open_socket().unwrap(), address: Ipv4Addr::LOCALHOST }
    }

    #[test]
    fn the_kernel_tells_of_a_listener_from_the_moment_it_listens_until_it_is_closed() {
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            assert!(here().listens(port).unwrap(), "{address}");
            drop(listener);
            assert!(!here().listens(port).unwrap(), "{address}");
        }
    }

    #[test]
    fn this_kernel_answers_so_that_the_tables_in_proc_are_not_needed() {
        assert!(is_supported());
    }

    #[test]
    fn proc_and_the_kernel_agree() {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listens_in_proc(std::process::id(), port));
        drop(listener);
        assert!(!listens_in_proc(std::process::id(), port));
    }
}
