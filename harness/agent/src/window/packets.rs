//! Requests and answers on the provider's port, seen on the wire with the kernel's own timestamps.

use super::bpf;
use crate::failure::{Failure, Outcome};
use serde::Serialize;
use std::collections::HashSet;
use std::io::Error;
use std::mem::{size_of, size_of_val, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const MAX_PACKETS: usize = 4_096;

#[derive(Serialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Request,
    Response,
}

#[derive(Serialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Packet {
    pub kind: Kind,
    /// CLOCK_REALTIME when the kernel saw it; a window makes it relative to its t0.
    pub ns: i64,
    pub method: Option<String>,
    pub path: Option<String>,
    pub status: Option<u16>,
    /// The client's TCP port: pairs an answer with its request.
    pub client_port: u16,
}

/// Where a TCP segment belongs; the same segment is seen once per interface that it crosses.
#[derive(PartialEq, Eq, Hash, Clone, Debug)]
struct SegmentId {
    source: Vec<u8>,
    destination: Vec<u8>,
    source_port: u16,
    destination_port: u16,
    sequence: u32,
}

pub struct Capture {
    socket: OwnedFd,
    provider_port: u16,
    seen: HashSet<SegmentId>,
    pub packets: Vec<Packet>,
}

fn set<T>(fd: i32, level: i32, name: i32, value: &T) -> Outcome<()> {
    // SAFETY: the value outlives the call and its size is given.
    let done = unsafe { libc::setsockopt(fd, level, name, (value as *const T).cast(), size_of_val(value) as u32) };
    match done {
        0 => Ok(()),
        _ => Err(Failure::io("packet socket option", &Error::last_os_error())),
    }
}

impl Capture {
    pub fn open(provider_port: u16) -> Outcome<Self> {
        let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // Protocol 0 receives nothing: no packet gets in before the filter is there.
        // SAFETY: a plain socket(2); the descriptor is owned right after.
        let fd = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
        if fd < 0 {
            return Err(Failure::io("packet socket (needs CAP_NET_RAW)", &Error::last_os_error()));
        }
        // SAFETY: `fd` was just made and belongs to nobody else.
        let socket = unsafe { OwnedFd::from_raw_fd(fd) };
        let mut filter = bpf::http_on_port(provider_port);
        let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
        set(fd, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)?;
        set(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &1i32)?;
        // SAFETY: sockaddr_ll is plain data; all interfaces (index 0), all protocols, so that what leaves is seen too.
        let bound = unsafe {
            let mut address: libc::sockaddr_ll = zeroed();
            address.sll_family = libc::AF_PACKET as u16;
            address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
            libc::bind(fd, (&raw const address).cast(), size_of::<libc::sockaddr_ll>() as u32)
        };
        match bound {
            0 => Ok(Self { socket, provider_port, seen: HashSet::new(), packets: Vec::new() }),
            _ => Err(Failure::io("binding the packet socket", &Error::last_os_error())),
        }
    }

    pub fn fd(&self) -> i32 {
        self.socket.as_raw_fd()
    }

    /// Takes what has come; only the first sight of a segment counts.
    pub fn drain(&mut self) {
        let mut buffer = [0u8; 2_048];
        while let Some((count, ns)) = self.receive(&mut buffer) {
            let Some((id, payload)) = parse_segment(&buffer[..count]) else { continue };
            let client_port = if id.source_port == self.provider_port { id.destination_port } else { id.source_port };
            let Some(packet) = parse_first_line(payload, ns, client_port) else { continue };
            if self.packets.len() < MAX_PACKETS && self.seen.insert(id) {
                self.packets.push(packet);
            }
        }
    }

    fn receive(&self, buffer: &mut [u8]) -> Option<(usize, i64)> {
        let mut control = [0u64; 16];
        let mut slice = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        // SAFETY: all buffers outlive the call; control messages are read with the macros made for it.
        unsafe {
            let mut message: libc::msghdr = zeroed();
            message.msg_iov = &mut slice;
            message.msg_iovlen = 1;
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = size_of_val(&control);
            let count = libc::recvmsg(self.fd(), &mut message, 0);
            if count < 0 {
                return None;
            }
            let mut ns = crate::clock::realtime_ns();
            let mut header = libc::CMSG_FIRSTHDR(&message);
            while !header.is_null() {
                if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_TIMESTAMPNS {
                    let stamp = libc::CMSG_DATA(header).cast::<libc::timespec>().read_unaligned();
                    ns = stamp.tv_sec * 1_000_000_000 + stamp.tv_nsec;
                }
                header = libc::CMSG_NXTHDR(&message, header);
            }
            Some((count as usize, ns))
        }
    }

    /// Packets that the kernel had to drop, or that were one too many for us.
    pub fn lost(&self) -> u32 {
        // SAFETY: the kernel writes two u32 (packets, drops) and no more than `length` bytes.
        let mut statistics = [0u32; 2];
        let mut length = size_of_val(&statistics) as u32;
        unsafe {
            let out = statistics.as_mut_ptr().cast();
            libc::getsockopt(self.fd(), libc::SOL_PACKET, libc::PACKET_STATISTICS, out, &mut length);
        }
        statistics[1] + u32::from(self.packets.len() >= MAX_PACKETS)
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// IPv4 or IPv6 without extension headers, then TCP.
fn parse_segment(bytes: &[u8]) -> Option<(SegmentId, &[u8])> {
    let (header, source, destination) = match bytes.first()? >> 4 {
        4 => (usize::from(bytes[0] & 0x0f) * 4, bytes.get(12..16)?, bytes.get(16..20)?),
        6 => (40, bytes.get(8..24)?, bytes.get(24..40)?),
        _ => return None,
    };
    let tcp = bytes.get(header..)?;
    let offset = usize::from(tcp.get(12)? >> 4) * 4;
    let id = SegmentId {
        source: source.to_vec(),
        destination: destination.to_vec(),
        source_port: be16(tcp, 0)?,
        destination_port: be16(tcp, 2)?,
        sequence: u32::from_be_bytes(tcp.get(4..8)?.try_into().ok()?),
    };
    Some((id, tcp.get(offset..)?))
}

fn parse_first_line(payload: &[u8], ns: i64, client_port: u16) -> Option<Packet> {
    if !bpf::STARTS.iter().any(|start| payload.starts_with(*start)) {
        return None;
    }
    let end = payload.iter().position(|byte| *byte == b'\r').unwrap_or(payload.len());
    let line = String::from_utf8_lossy(&payload[..end]);
    let mut words = line.split(' ');
    let (first, second) = (words.next()?, words.next()?);
    if first.starts_with("HTTP/") {
        let status = Some(second.parse().ok()?);
        return Some(Packet { kind: Kind::Response, ns, method: None, path: None, status, client_port });
    }
    // A body can begin like a method; a target of ours always begins with a slash (RFC 9112, origin-form).
    if !second.starts_with('/') {
        return None;
    }
    let (method, path) = (Some(first.to_string()), Some(second.to_string()));
    Some(Packet { kind: Kind::Request, ns, method, path, status: None, client_port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2];
        bytes.extend([0xc3, 0x50, 0x1f, 0x91, 0, 0, 0, 9, 0, 0, 0, 0, 0x80, 0x18, 0, 0, 0, 0, 0, 0]);
        bytes.extend([1u8; 12]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_request_line_is_read_out_of_a_segment_with_options() {
        let bytes = segment(b"POST /system/scale-function/hello HTTP/1.1\r\nHost: x\r\n\r\n");
        let (id, payload) = parse_segment(&bytes).unwrap();
        assert_eq!((id.source_port, id.destination_port, id.sequence), (50_000, 8_081, 9));
        let packet = parse_first_line(payload, 5, id.source_port).unwrap();
        assert_eq!((packet.kind, packet.client_port), (Kind::Request, 50_000));
        assert_eq!(packet.path.as_deref(), Some("/system/scale-function/hello"));
    }

    #[test]
    fn a_status_line_is_read_and_a_body_is_not() {
        assert_eq!(parse_first_line(b"HTTP/1.1 202 Accepted\r\n", 0, 1).unwrap().status, Some(202));
        assert_eq!(parse_first_line(b"HTTPS is nice", 0, 1), None);
        assert_eq!(parse_first_line(b"{\"a\":1}", 0, 1), None);
        assert_eq!(parse_segment(&segment(b"")).unwrap().1, b"");
        assert!(parse_segment(&segment(b"")[..30]).is_none());
    }
}
